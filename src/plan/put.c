/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A plan into bytes.  The same code counts them and writes them.  What the
 * launcher would refuse in any case is refused here in words; the rest is
 * judged there, and nothing that is said here counts for anything there.
 */
#include "plan/put.h"

#include "base/err.h"
#include "base/wire.h"
#include "spec/path.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

struct put {
	struct wire_writer to; /* data NULL: it is only counted */
	size_t size;
	bool full;
};

static void
put_number(struct put *p, uint64_t number)
{
	p->size += WIRE_U64;
	if (p->to.data != NULL && !wire_write_u64(&p->to, number))
		p->full = true;
}

static void
put_bytes(struct put *p, const void *data, size_t len)
{
	p->size += WIRE_U64 + len;
	if (p->to.data != NULL && !wire_write_bytes(&p->to, data, len))
		p->full = true;
}

static void
put_text(struct put *p, const char *text)
{
	put_bytes(p, text, strlen(text) + 1);
}

static size_t
count(char *const *v)
{
	size_t n = 0;

	while (v[n] != NULL)
		n++;
	return n;
}

/* Sorted, and none twice: the kernel would keep what is. */
static size_t
count_groups(const struct plan *plan)
{
	size_t n = 0;

	for (size_t i = 0; i < plan->n_groups; i++)
		if (i == 0 || plan->groups[i] != plan->groups[i - 1])
			n++;
	return n;
}

static uint64_t
terminal(const struct plan *plan)
{
	return plan->foreground ? PLAN_TERMINAL_FOREGROUND : plan->tty;
}

static uint64_t
group(const struct plan *plan)
{
	if (plan->new_session)
		return PLAN_GROUP_SESSION;
	return plan->new_group ? PLAN_GROUP_NEW : PLAN_GROUP_INHERIT;
}

/* 0: not set; else 1 more than what it is above the least. */
static uint64_t
given(bool is_set, int value, int least)
{
	return is_set ? (uint64_t)(value - least) + 1 : 0;
}

static uint64_t
deadline(const struct plan *plan)
{
	if (plan->deadline_ms == 0 || plan->deadline_ms > PLAN_DEADLINE_MAX_MS)
		return PLAN_DEADLINE_MAX_MS;
	return plan->deadline_ms;
}

static void
put_numbers(struct put *p, const struct plan *plan)
{
	const uint64_t numbers[PLAN_NUMBERS] = {
		[PLAN_MAGIC_NUMBER] = PLAN_MAGIC,
		[PLAN_GROUP] = group(plan),
		[PLAN_TERMINAL] = terminal(plan),
		[PLAN_PARENT_DEATH] = (uint64_t)plan->parent_death_signal,
		[PLAN_UMASK] = given(plan->set_umask, (int)plan->umask, 0),
		[PLAN_NICE] =
		    given(plan->set_nice, plan->nice, PLAN_NICE_LEAST),
		[PLAN_OOM] = given(plan->set_oom_score_adj, plan->oom_score_adj,
				   PLAN_OOM_LEAST),
		[PLAN_DEADLINE] = deadline(plan),
		[PLAN_UID] = plan->uid,
		[PLAN_GID] = plan->gid,
		[PLAN_CAPABILITIES] = plan->sets.permitted,
		[PLAN_UNCONFINED] = plan->filter.insns == NULL,
		[PLAN_ARGC] = count(plan->argv),
		[PLAN_ENVC] = count(plan->envp),
		[PLAN_GROUPC] = count_groups(plan),
		[PLAN_RLIMITC] = plan->n_rlimits + plan->set_nofile,
		[PLAN_FDC] = plan->n_fds,
	};

	for (size_t i = 0; i < PLAN_NUMBERS; i++)
		put_number(p, numbers[i]);
}

static void
put_rlimit(struct put *p, const struct plan_rlimit *limit)
{
	put_number(p, limit->resource);
	put_number(p, limit->soft);
	put_number(p, limit->hard);
}

static void
put_rlimits(struct put *p, const struct plan *plan)
{
	for (uint32_t resource = 0; resource < PLAN_RLIMITS_MAX; resource++) {
		if (plan->set_nofile && resource == RLIMIT_NOFILE)
			put_rlimit(p, &plan->nofile);
		for (size_t i = 0; i < plan->n_rlimits; i++)
			if (plan->rlimits[i].resource == resource)
				put_rlimit(p, &plan->rlimits[i]);
	}
}

static void
put_strings(struct put *p, char *const *v)
{
	for (; *v != NULL; v++)
		put_text(p, *v);
}

static void
put_all(struct put *p, const struct plan *plan, char *const *env)
{
	put_numbers(p, plan);
	put_text(p, plan->path);
	put_text(p, plan->cwd);
	put_text(p, plan->chroot != NULL ? plan->chroot : "/");
	put_strings(p, plan->argv);
	put_strings(p, env);
	for (size_t i = 0; i < plan->n_groups; i++)
		if (i == 0 || plan->groups[i] != plan->groups[i - 1])
			put_number(p, plan->groups[i]);
	put_rlimits(p, plan);
	for (size_t i = 0; i < plan->n_fds; i++)
		put_number(p, (uint64_t)plan->fds[i].target);
	put_bytes(p, plan->filter.insns,
		  plan->filter.insns != NULL ? plan->filter.len * PLAN_INSN
					     : 0);
}

static bool
is_one_set(const struct cred_sets *s)
{
	return s->permitted == s->effective && s->permitted == s->inheritable &&
	       s->permitted == s->ambient && s->permitted == s->bounding;
}

static int
refuse(const char *what, struct caisson_error *err)
{
	return err_set(err, CAISSON_E_UNSUPPORTED, CAISSON_STAGE_NONE, 0,
		       "%s is not for a program that the launcher starts",
		       what);
}

static int
check(const struct plan *plan, struct caisson_error *err)
{
	int r = path_check_directory("/path", plan->path, err);

	if (r == 0 && plan->join_group > 0)
		r = refuse("a process group to join", err);
	if (r == 0 && plan->ptrace)
		r = refuse("to be traced", err);
	if (r == 0 && plan->denials)
		r = refuse("a report of refused calls", err);
	if (r == 0 && !is_one_set(&plan->sets))
		r = refuse("a bounding set of its own", err);
	return r;
}

int
plan_put_size(const struct plan *plan, size_t *out, struct caisson_error *err)
{
	struct put p = { .size = 0 };
	int r = check(plan, err);

	if (r < 0)
		return r;
	put_all(&p, plan, plan->envp);
	if (p.size > PLAN_SIZE_MAX)
		return err_set(err, CAISSON_E_UNSUPPORTED, CAISSON_STAGE_NONE,
			       0,
			       "arguments, environment and groups of %zu bytes "
			       "are too many: the launcher takes %u",
			       p.size, PLAN_SIZE_MAX);
	*out = p.size;
	return 0;
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int
plan_put(const struct plan *plan, uint8_t *data, size_t size,
	 struct caisson_error *err)
{
	struct put p = { .to = { data, size } };
	size_t n = count(plan->envp);
	char **env = calloc(n + 1, sizeof(*env));

	if (env == NULL)
		return err_no_memory(err, CAISSON_STAGE_NONE);
	memcpy(env, plan->envp, n * sizeof(*env));
	qsort(env, n, sizeof(*env), by_text);
	put_all(&p, plan, env);
	free(env);
	if (p.full || p.to.left > 0)
		return err_usage(err, "%zu bytes are not the size of the plan",
				 size);
	return 0;
}
