/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What programs leave behind.  This process adopts it, being the subreaper.  A
 * program that ends takes its group and its session with it; what has left
 * both is ended when no program runs any more, as then it can be nobody's.
 * What the launcher starts, the launcher ends.
 */
#include "cli/serve.h"

#include "base/clock.h"
#include "base/fd.h"

#include <signal.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <time.h>

#define KILL_MS 2000u

void
serve_strays_begin(struct serve *s, pid_t program)
{
	if (!s->has_swept)
		sweep_started(&s->sweep, program);
	s->has_swept = true;
}

static bool
is_stray(const struct serve *s, pid_t pid)
{
	for (const struct serve_child *c = s->children; c != NULL; c = c->next)
		if (c->pid == pid)
			return false;
	return !pids_have(&s->sweep.before, pid);
}

static void
reap(pid_t pid)
{
	siginfo_t si;

	(void)waitid(P_PID, (id_t)pid, &si, WEXITED | WNOHANG | __WALL);
}

void
serve_strays_reap(struct serve *s)
{
	struct pids list = PIDS_NONE;

	if (s->sweep.active && children_own(&list) == 0)
		for (size_t i = 0; i < list.n; i++)
			if (is_stray(s, list.v[i]))
				reap(list.v[i]);
	pids_done(&list);
}

/* Only if it is still ours; the descriptor means no other process. */
static bool
kill_own(pid_t pid)
{
	siginfo_t si = { .si_pid = 0 };
	FD_OWNED fd = pidfd_open(pid, 0);

	if (fd < 0 ||
	    waitid(P_PIDFD, (id_t)fd, &si,
		   WEXITED | WNOHANG | WNOWAIT | __WALL) < 0 ||
	    si.si_pid != 0)
		return false;
	return pidfd_send_signal(fd, SIGKILL, NULL, 0) == 0;
}

/* How many had to be killed. */
static size_t
pass(struct serve *s, pid_t program)
{
	struct pids list = PIDS_NONE;
	struct children_stat stat;
	size_t n = 0;

	if (children_own(&list) == 0)
		for (size_t i = 0; i < list.n; i++)
			if (is_stray(s, list.v[i]) &&
			    children_stat(list.v[i], &stat) &&
			    (stat.group == program || stat.session == program))
				n += kill_own(list.v[i]) ? 1 : 0;
	pids_done(&list);
	return n;
}

void
serve_strays_kill(struct serve *s, pid_t program, struct sweep_result *out)
{
	const struct timespec moment = { 0, 1000000 };
	uint64_t end = clock_mono_ms() + KILL_MS;
	size_t n;

	*out = (struct sweep_result){ .outlived = 0 };
	if (s->n_children == 0) {
		sweep_kill(&s->sweep, out);
		return;
	}
	while (s->sweep.active && (n = pass(s, program)) > 0 &&
	       clock_mono_ms() < end) {
		out->outlived += n;
		(void)nanosleep(&moment, NULL);
		serve_strays_reap(s);
	}
}

void
serve_strays_spare(struct serve *s, int32_t launcher)
{
	/* without memory for it, it would be ended with what is left behind */
	if (launcher > 0 && pids_add(&s->sweep.before, launcher) < 0)
		return;
}
