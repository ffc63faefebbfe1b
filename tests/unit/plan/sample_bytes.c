/* SPDX-License-Identifier: Apache-2.0 */
/* Plans to bytes, by another way than the library's; and taken from them. */
#include "sample.h"

#include <sys/resource.h>

#define BLOCK 65536

static void
add_bytes(struct bytes *b, const void *data, size_t len)
{
	size_t had = (b->len + BLOCK - 1) / BLOCK;
	size_t needs = (b->len + len + BLOCK - 1) / BLOCK;

	if (needs > had)
		b->data = realloc(b->data, needs * BLOCK);
	assert_non_null(b->data);
	if (len > 0)
		memcpy(b->data + b->len, data, len);
	b->len += len;
}

static void
add_number(struct bytes *b, uint64_t n)
{
	const uint8_t text[8] = { (uint8_t)(n >> 56), (uint8_t)(n >> 48),
				  (uint8_t)(n >> 40), (uint8_t)(n >> 32),
				  (uint8_t)(n >> 24), (uint8_t)(n >> 16),
				  (uint8_t)(n >> 8),  (uint8_t)n };

	add_bytes(b, text, sizeof(text));
}

static void
add_text(struct bytes *b, const char *text)
{
	add_number(b, strlen(text) + 1);
	add_bytes(b, text, strlen(text) + 1);
}

static size_t
count(char *const *v)
{
	size_t n = 0;

	for (; v[n] != NULL; n++)
		continue;
	return n;
}

static void
add_numbers(struct bytes *b, const struct plan *p)
{
	add_number(b, 0x63616973706c6e31);
	add_number(b, 0);
	add_number(b, p->new_session ? 2 : p->new_group ? 1 : 0);
	add_number(b, p->foreground ? 3 : p->tty);
	add_number(b, (uint64_t)p->parent_death_signal);
	add_number(b, p->set_umask ? p->umask + 1 : 0);
	add_number(b, p->set_nice ? (uint64_t)(p->nice + 21) : 0);
	add_number(b, p->set_oom_score_adj ? (uint64_t)(p->oom_score_adj + 1001)
					   : 0);
	add_number(b, p->deadline_ms);
	add_number(b, p->uid);
	add_number(b, p->gid);
	add_number(b, p->sets.permitted);
	add_number(b, p->filter.len == 0);
	add_number(b, count(p->argv));
	add_number(b, count(p->envp));
	add_number(b, p->n_groups);
	add_number(b, p->n_rlimits + (p->set_nofile ? 1 : 0));
	add_number(b, p->n_fds);
}

static void
add_limit(struct bytes *b, const struct plan_rlimit *limit)
{
	add_number(b, limit->resource);
	add_number(b, limit->soft);
	add_number(b, limit->hard);
}

static void
add_limits(struct bytes *b, const struct plan *p)
{
	bool nofile = p->set_nofile;

	for (size_t i = 0; i < p->n_rlimits; i++) {
		if (nofile && p->rlimits[i].resource > RLIMIT_NOFILE) {
			add_limit(b, &p->nofile);
			nofile = false;
		}
		add_limit(b, &p->rlimits[i]);
	}
	if (nofile)
		add_limit(b, &p->nofile);
}

struct bytes
sample_bytes(const struct plan *p)
{
	struct bytes b = { NULL, 0 };

	add_numbers(&b, p);
	add_text(&b, p->path);
	add_text(&b, p->cwd);
	add_text(&b, p->chroot == NULL ? "/" : p->chroot);
	for (size_t i = 0; p->argv[i] != NULL; i++)
		add_text(&b, p->argv[i]);
	for (size_t i = 0; p->envp[i] != NULL; i++)
		add_text(&b, p->envp[i]);
	for (size_t i = 0; i < p->n_groups; i++)
		add_number(&b, p->groups[i]);
	add_limits(&b, p);
	for (size_t i = 0; i < p->n_fds; i++)
		add_number(&b, (uint64_t)p->fds[i].target);
	add_number(&b, p->filter.len * 8u);
	add_bytes(&b, p->filter.insns, p->filter.len * 8u);
	/* No more than there is, so that a look beyond it is seen. */
	b.data = realloc(b.data, b.len + 1);
	assert_non_null(b.data);
	return b;
}

struct bytes
sample_put(const struct plan *plan)
{
	struct bytes b = { NULL, 0 };
	struct caisson_error err = { 0 };
	int r = plan_put_size(plan, &b.len, &err);

	if (r < 0)
		fail_msg("%s", err.msg);
	b.data = malloc(b.len);
	assert_non_null(b.data);
	assert_int_equal(plan_put(plan, b.data, b.len, &err), 0);
	return b;
}

static struct plan_memory memory;

enum plan_part
sample_take(struct bytes in, size_t n_fds, struct plan *out)
{
	int fds[PLAN_SENT_MAX + 2];
	struct plan_input input = { in.data, in.len, fds, n_fds,
				    SAMPLE_LAST_CAP };

	for (size_t i = 0; i < PLAN_SENT_MAX + 2; i++)
		fds[i] = 1000 + (int)i;
	return plan_take(&input, &memory, out);
}

const struct plan *
sample_taken(struct bytes in, size_t n_fds)
{
	static struct plan plan;

	assert_int_equal(sample_take(in, n_fds, &plan), PLAN_TAKEN);
	return &plan;
}
