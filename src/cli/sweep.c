/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Killing and reaping what a program leaves behind.  Rounds of stopping the
 * whole tree, killing it and reaping what became our child are made until
 * nothing is left.  A program may fork without end, so they also end when
 * time is up; what is left then is counted and not hidden.
 */
#include "cli/sweep.h"

#include "base/clock.h"
#include "base/err.h"
#include "cli/tree.h"

#include <errno.h>
#include <sys/prctl.h>
#include <sys/wait.h>

/* A killed process that is not gone by then hangs in the kernel... */
#define STUCK_MS 5000u
/* ...and a tree that still grows by then grows faster than it is stopped. */
#define SEARCH_MS 30000u
#define FREEZE_MS 10000u
#define DYING_MS  30000u
#define ROUND_MS  20

int
sweep_begin(struct sweep *s, struct caisson_error *err)
{
	/* Until it has started, nothing is the program's. */
	*s = (struct sweep){ .before = PIDS_NONE, .since = INT64_MAX };
	if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
		return err_set(err, CAISSON_E_SYSTEM, CAISSON_STAGE_NONE, errno,
			       "PR_SET_CHILD_SUBREAPER");
	/* Blind without /proc: said at the end, when it matters. */
	s->active = children_own(&s->before) == 0;
	return 0;
}

void
sweep_started(struct sweep *s, pid_t program)
{
	struct children_stat stat;

	s->since = children_stat(program, &stat) ? stat.start : 0;
}

void
sweep_done(struct sweep *s)
{
	pids_done(&s->before);
}

/* Is there any child at all, dead or alive? */
static bool
has_children(void)
{
	siginfo_t si;

	return waitid(P_ALL, 0, &si, WEXITED | WNOHANG | WNOWAIT | __WALL) == 0;
}

static void
reap(pid_t pid)
{
	siginfo_t si;

	(void)waitid(P_PID, (id_t)pid, &si, WEXITED | WNOHANG | __WALL);
}

/* Somebody else's dead child would hide the others: one by one. */
static void
reap_listed(const struct sweep *s, pid_t program)
{
	struct pids list = PIDS_NONE;

	if (children_own(&list) == 0)
		for (size_t i = 0; i < list.n; i++)
			if (list.v[i] != program &&
			    !pids_have(&s->before, list.v[i]))
				reap(list.v[i]);
	pids_done(&list);
}

void
sweep_reap(struct sweep *s, pid_t program)
{
	if (s->active && s->before.n > 0)
		reap_listed(s, program);
	while (s->active && s->before.n == 0) {
		siginfo_t si = { .si_pid = 0 };

		if (waitid(P_ALL, 0, &si,
			   WEXITED | WNOHANG | WNOWAIT | __WALL) < 0 ||
		    si.si_pid == 0 || si.si_pid == program)
			return;
		reap(si.si_pid);
	}
}

/* How long to go on: longer while something is achieved. */
struct pace {
	uint64_t stuck_ms, search_ms, end_ms;
	size_t ended, found;
};

static bool
goes_on(struct pace *p, const struct tree *t)
{
	uint64_t now = clock_mono_ms();

	if (t->ended != p->ended || t->ended + t->n > p->found)
		p->stuck_ms = now + STUCK_MS;
	p->ended = t->ended;
	p->found = t->ended + t->n > p->found ? t->ended + t->n : p->found;
	return now < p->stuck_ms && now < p->end_ms;
}

static struct pace
pace_begin(void)
{
	uint64_t now = clock_mono_ms();

	return (struct pace){
		.stuck_ms = now + STUCK_MS,
		.search_ms = now + SEARCH_MS,
		.end_ms = now + SEARCH_MS + DYING_MS,
	};
}

/* When time for it is up, those that are held may still die. */
static int
search(struct tree *t, const struct pace *p)
{
	uint64_t now = clock_mono_ms(), end = now + FREEZE_MS;

	if (now >= p->search_ms)
		return 0;
	return tree_freeze(t, end < p->search_ms ? end : p->search_ms);
}

/* -1: there are children, and they cannot be seen. */
static int
rounds(struct sweep *s, struct tree *t)
{
	struct pace pace = pace_begin();
	unsigned quiet = 0;

	for (;;) {
		sweep_reap(s, 0);
		tree_collect(t, 0);
		if (!has_children())
			return 0;
		if (search(t, &pace) < 0)
			return -1;
		/* The list may miss one that appears meanwhile: look twice. */
		quiet = t->n == 0 ? quiet + 1 : 0;
		if (s->before.n > 0 && quiet > 1)
			return 0;
		tree_kill(t);
		/* Children of ours that are in no list: who are they? */
		if (!goes_on(&pace, t))
			return t->n > 0 ? 0 : -1;
		tree_collect(t, ROUND_MS);
	}
}

void
sweep_kill(struct sweep *s, struct sweep_result *out)
{
	struct tree t;

	*out = (struct sweep_result){ .outlived = 0 };
	if (!has_children())
		return;
	if (!s->active || tree_init(&t, &s->before, s->since) < 0) {
		out->blind = true;
		return;
	}
	out->blind = rounds(s, &t) < 0;
	out->left = t.n;
	out->outlived = t.ended + t.n;
	tree_done(&t);
}
