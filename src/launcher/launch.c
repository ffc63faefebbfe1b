/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A child, until it is known to have become the program, or not to.  What it
 * says comes through a pipe that closes with its exec; that it has exec'ed
 * only the kernel says.  Nothing here waits: the loop looks again.  It has
 * failed only when it is dead, and started only when it has exec'ed after
 * everything that it was to read back.
 */
#include "launcher/launcher.h"

#include "run/child.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/wait.h>
#include <time.h>

/*
 * Without CLONE_VM, and by clone, which containers permit.  Exit signal 0:
 * exec sets it, and by that shows.  A call that only pretends leaves us with
 * our own number, or without a pidfd.
 */
int
launch_clone(struct plan *plan, struct child *c)
{
	int pair[2] = { -1, -1 }, pidfd = -1, report, program = -1;
	const long self = sys0(SYS_getpid);
	long r = sys2(SYS_pipe2, pair, O_CLOEXEC | O_NONBLOCK);

	if (r < 0)
		return (int)r;
	report = pair[1];
	plan->report = &c->ready;
	plan->report_fd = &report;
	plan->program = &program;
	plan->parent_pid = (int32_t)self;
	r = sys5(SYS_clone, CLONE_PIDFD, 0, &pidfd, 0, 0);
	if (r == 0 && sys0(SYS_getpid) != self)
		(void)child_main(plan);
	(void)sys1(SYS_close, pair[1]);
	if (r > 0 && pidfd > START_SOCKET && pair[0] > START_SOCKET) {
		c->state = CHILD_STARTING;
		c->pid = (int32_t)r;
		c->pidfd = pidfd;
		c->report = pair[0];
		return 0;
	}
	(void)sys1(SYS_close, pair[0]);
	return r < 0 ? (int)r : -EIO;
}

/* Until the pipe has nothing more to say. */
static void
hear(struct child *c)
{
	while (c->report >= 0) {
		struct report said = { 0 };
		long r = sys3(SYS_read, c->report, &said, sizeof(said));

		if (r == -EAGAIN || r == -EINTR)
			return;
		if (r != sizeof(said)) {
			(void)sys1(SYS_close, c->report);
			c->report = -1;
		} else if (said.stage == CAISSON_STAGE_READY) {
			c->ready = said;
		} else {
			child_fail(c,
				   said.error == PLAN_MISMATCH
				       ? CAISSON_E_MISMATCH
				       : CAISSON_E_SYSTEM,
				   said.stage, said.error, said.index);
		}
	}
}

static bool
has_execed(const struct child *c)
{
	siginfo_t info = { .si_signo = -1 };
	long r = sys5(SYS_waitid, P_PIDFD, c->pidfd, &info,
		      WEXITED | WNOHANG | WNOWAIT, 0);

	if (r < 0 || info.si_signo == -1)
		return false; /* ECHILD: no ordinary child */
	return info.si_pid == 0 || proc_has_execed(c->pid);
}

static void
started(struct launcher *l, struct child *c, uint64_t now)
{
	struct timespec t = { 0, 0 };

	(void)sys2(SYS_clock_gettime, CLOCK_REALTIME, &t);
	c->state = CHILD_RUNNING;
	c->owes = OWES_STARTED;
	c->answer = (struct frame){ .type = FRAME_EXITED };
	c->answer.exited.request = c->request;
	c->answer.exited.started_ns =
	    (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
	if (c->timeout_ms > 0)
		c->term_at = now + c->timeout_ms;
	l->confined = l->once && once_confine(l) == 0;
	if (l->once && !l->confined) {
		l->ending = true;
		c->detach = false;
	}
	l->keeps_orphans = l->keeps_orphans || c->detach;
}

/* Death first: what it said before is in the pipe then. */
void
launch_look(struct launcher *l, struct child *c, uint64_t now)
{
	const bool is_dead = child_is_dead(c);
	struct rusage usage;
	siginfo_t info;

	hear(c);
	if (c->answer.type == 0 && c->report < 0 && has_execed(c)) {
		if (c->ready.stage == CAISSON_STAGE_READY) {
			started(l, c, now);
			return;
		}
		child_fail(c, CAISSON_E_MISMATCH, CAISSON_STAGE_READY, 0, 0);
	}
	if (c->answer.type == 0 && is_dead)
		child_fail(c,
			   now >= c->exec_by ? CAISSON_E_TIMEOUT
					     : CAISSON_E_DIED,
			   CAISSON_STAGE_CONFIRM, 0, 0);
	if (!is_dead && (c->answer.type != 0 || now >= c->exec_by))
		child_kill(c);
	else if (is_dead && child_reap(c, &info, &usage))
		child_end(l, c, OWES_FAILED);
}
