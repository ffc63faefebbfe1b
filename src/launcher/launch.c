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

/*
 * Without CLONE_VM, and by clone, which containers permit.  Exit signal 0:
 * exec sets it, and by that shows.  A call that only pretends leaves us with
 * our own number, or without a pidfd.
 */
long
launch_clone(const struct plan *given, struct child *c)
{
	struct plan plan = *given;
	int pair[2] = { -1, -1 }, program = -1;
	const long self = sys0(SYS_getpid);
	long r = sys2(SYS_pipe2, pair, O_CLOEXEC | O_NONBLOCK);

	plan.report = &c->said;
	plan.report_fd = &pair[1];
	plan.program = &program;
	plan.parent_pid = (int32_t)self;
	if (r == 0 && pair[0] > START_SOCKET)
		r = sys5(SYS_clone, CLONE_PIDFD, 0, &c->pidfd, 0, 0);
	if (r == 0 && sys0(SYS_getpid) != self)
		(void)child_main(&plan);
	(void)sys1(SYS_close, pair[1]);
	if (r > 1 && c->pidfd > START_SOCKET && pair[0] > START_SOCKET) {
		c->pid = (int32_t)r;
		c->report = pair[0];
		c->state = CHILD_STARTING;
		return 0;
	}
	(void)sys1(SYS_close, pair[0]);
	return r < 0 ? r : -EIO;
}

static void
started(struct launcher *l, struct child *c)
{
	const struct report *r = &c->said;

	c->state = CHILD_RUNNING;
	c->timed_out = false;
	c->due =
	    c->asked.timeout_ms > 0 ? l->now + c->asked.timeout_ms : UINT64_MAX;
	c->started = (struct frame){
		.type = FRAME_STARTED,
		.started = { c->asked.request, (uint64_t)c->pid,
			     (uint64_t)r->pgid, (uint64_t)r->sid,
			     (uint64_t)(r->nice - PLAN_NICE_LEAST), r->umask,
			     (uint64_t)r->seccomp },
		.n_fds = 1,
	};
	c->answer.type = FRAME_EXITED;
	c->answer.exited.started_ns = loop_clock_ns(CLOCK_REALTIME);
	if (l->once && once_confine(l) < 0) {
		l->ending = true;
		c->asked.detach = 0;
	}
	l->keeps_orphans |= c->asked.detach != 0;
}

/*
 * It was dead before the pipe was read: what it has said is all there, and
 * nothing comes after a failure.  Until exec no wait that is not for all kinds
 * of children sees it.
 */
void
launch_look(struct launcher *l, struct child *c, bool dead)
{
	siginfo_t info = { .si_signo = -1 };
	struct report why = { 0 };
	int code = CAISSON_E_SYSTEM;
	bool has_execed;
	long r = 0;

	for (; c->report >= 0 && r != -EAGAIN; c->said = why) {
		why = c->said;
		r = sys3(SYS_read, c->report, &why, sizeof(why));
		if (r != sizeof(why) && r != -EAGAIN)
			child_close(&c->report);
	}
	has_execed = sys5(SYS_waitid, P_PIDFD, c->pidfd, &info,
			  WEXITED | WNOHANG | WNOWAIT, 0) == 0 &&
		     info.si_signo != -1 && c->report < 0;
	why = c->said;
	if (why.stage == CAISSON_STAGE_READY || why.stage == 0) {
		if (why.stage != 0 && has_execed) {
			started(l, c);
			return;
		}
		if (!has_execed && !dead)
			return;
		code = has_execed     ? CAISSON_E_MISMATCH
		       : c->timed_out ? CAISSON_E_TIMEOUT
				      : CAISSON_E_DIED;
		why.stage =
		    has_execed ? CAISSON_STAGE_READY : CAISSON_STAGE_CONFIRM;
	}
	if (why.error == PLAN_MISMATCH)
		code = CAISSON_E_MISMATCH;
	c->answer = (struct frame){
		.type = FRAME_FAILED,
		.failed = { c->asked.request, (uint64_t)-code, why.stage,
			    (uint64_t)why.error, why.index },
	};
	if (!dead)
		(void)child_signal(l, c, FRAME_GROUP, SIGKILL);
}
