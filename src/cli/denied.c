/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Telling of refused calls.  The library counts and limits; this only passes
 * on, and remembers the last count of each for the summary.
 */
#include "cli/denied.h"

#include "cli/cli.h"
#include "policy/calls.h"
#include "policy/policy.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAMED_MAX 8 /* in the summary */

const char *
denied_call(uint32_t arch, uint32_t nr, char out[32])
{
	const struct calls_arch *calls = calls_arch_of(arch, nr);
	const char *name = calls != NULL ? calls_name(calls, nr) : NULL;

	if (arch == 0)
		(void)snprintf(out, 32, "others");
	else if (name != NULL)
		(void)snprintf(out, 32, "%s", name);
	else
		(void)snprintf(out, 32, "call %u", nr);
	return out;
}

const char *
denied_action(uint32_t action, char out[32])
{
	const char *name = calls_errno_name((int)(action & SECCOMP_RET_DATA));

	if ((action & SECCOMP_RET_ACTION_FULL) != SECCOMP_RET_ERRNO)
		return policy_action_text(action, out);
	if (name != NULL)
		(void)snprintf(out, 32, "%s", name);
	else
		(void)snprintf(out, 32, "%u", action & SECCOMP_RET_DATA);
	return out;
}

const char *
denied_arch(uint32_t arch, uint32_t nr, char out[32])
{
	const struct calls_arch *calls = calls_arch_of(arch, nr);

	if (calls != NULL)
		(void)snprintf(out, 32, "%s", calls->name);
	else
		(void)snprintf(out, 32, "0x%08x", arch);
	return out;
}

static bool
is_same(const struct caisson_denial *a, const struct caisson_denial *b)
{
	return a->arch == b->arch && a->nr == b->nr && a->action == b->action &&
	       a->line == b->line && a->file == b->file;
}

/* At most one for each record of the library's; without memory, none. */
static void
remember(struct denied *d, const struct caisson_denial *one)
{
	struct caisson_denial *v;

	for (size_t i = 0; i < d->n; i++)
		if (is_same(&d->v[i], one)) {
			d->v[i] = *one;
			return;
		}
	v = reallocarray(d->v, d->n + 1, sizeof(*v));
	if (v == NULL)
		return;
	d->v = v;
	v[d->n++] = *one;
}

void
denied_take(struct denied *d, struct caisson_child *child, struct events *ev)
{
	struct caisson_denial one = { .size = sizeof(one) };

	while (caisson_child_denial(child, &one)) {
		remember(d, &one);
		events_denied(ev, &one);
	}
}

void
denied_done(struct denied *d)
{
	free(d->v);
	d->v = NULL;
	d->n = 0;
}

static bool
is_same_call(const struct caisson_denial *a, const struct caisson_denial *b)
{
	return a->arch == b->arch && a->nr == b->nr;
}

static bool
is_first(const struct denied *d, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (is_same_call(&d->v[k], &d->v[i]))
			return false;
	return true;
}

static unsigned long long
count_of(const struct denied *d, const struct caisson_denial *call)
{
	unsigned long long n = 0;

	for (size_t i = 0; i < d->n; i++)
		if (is_same_call(&d->v[i], call))
			n += d->v[i].count;
	return n;
}

/* A call that programs are meant to do without is no wish. */
static bool
is_wish(const struct caisson_denial *call)
{
	return call->name != NULL &&
	       call->action != (SECCOMP_RET_ERRNO | ENOSYS) &&
	       (call->arch == calls_arch_host()->token);
}

struct text {
	char v[240];
	size_t len, items, more;
};

static void
add(struct text *t, const char *item)
{
	int n;

	if (t->items >= NAMED_MAX) {
		t->more++;
		return;
	}
	n = snprintf(t->v + t->len, sizeof(t->v) - t->len, "%s%s",
		     t->items > 0 ? ", " : "", item);
	if (n < 0 || (size_t)n >= sizeof(t->v) - t->len) {
		t->v[t->len] = '\0';
		t->more++;
		return;
	}
	t->len += (size_t)n;
	t->items++;
}

static void
say(const char *verb, unsigned long long total, const struct text *calls,
    const struct text *wishes)
{
	const char *s = total == 1 ? "" : "s";
	char others[48] = "", hint[320] = "";

	if (calls->more > 0)
		(void)snprintf(others, sizeof(others), " and %zu others",
			       calls->more);
	if (wishes->items == 1)
		(void)snprintf(hint, sizeof(hint),
			       "; allow with \"%s: allow\" in a policy",
			       wishes->v);
	else if (wishes->items > 1)
		(void)snprintf(hint, sizeof(hint),
			       "; allow with \"{%s}: allow\" in a policy",
			       wishes->v);
	cli_say(verb, "%llu call%s refused: %s%s%s", total, s, calls->v, others,
		hint);
}

void
denied_say(const struct denied *d, const char *verb)
{
	struct text calls = { .len = 0 }, wishes = { .len = 0 };
	unsigned long long total = 0;

	for (size_t i = 0; i < d->n; i++) {
		unsigned long long n = count_of(d, &d->v[i]);
		char name[32], item[64];

		if (!is_first(d, i))
			continue;
		total += n;
		(void)denied_call(d->v[i].arch, d->v[i].nr, name);
		(void)snprintf(item, sizeof(item), "%s x%llu", name, n);
		add(&calls, item);
		if (is_wish(&d->v[i]))
			add(&wishes, name);
	}
	if (total > 0)
		say(verb, total, &calls, &wishes);
}
