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
int
launch_clone(const struct plan *given, struct child *c)
{
	struct plan plan = *given;
	int pair[2] = { -1, -1 }, pidfd = -1, report, program = -1;
	const long self = sys0(SYS_getpid);
	long r = sys2(SYS_pipe2, pair, O_CLOEXEC | O_NONBLOCK);

	report = pair[1];
	plan.report = &c->ready;
	plan.report_fd = &report;
	plan.program = &program;
	plan.parent_pid = (int32_t)self;
	if (r >= 0)
		r = sys5(SYS_clone, CLONE_PIDFD, 0, &pidfd, 0, 0);
	if (r == 0 && sys0(SYS_getpid) != self)
		(void)child_main(&plan);
	(void)sys1(SYS_close, pair[1]);
	c->pid = (int32_t)r;
	c->pidfd = pidfd;
	c->report = pair[0];
	c->state = CHILD_STARTING;
	if (r > 0 && pidfd > START_SOCKET && pair[0] > START_SOCKET)
		return 0;
	(void)sys1(SYS_close, pair[0]);
	c->state = CHILD_FREE;
	return r < 0 ? (int)r : -EIO;
}

static void
fail(struct child *c, int code, const struct report *why)
{
	if (why->error == PLAN_MISMATCH)
		code = CAISSON_E_MISMATCH;
	c->answer.type = FRAME_FAILED;
	c->answer.failed =
	    (struct frame_failed){ c->request, (uint64_t)-code, why->stage,
				   (uint64_t)why->error, why->index };
}

/* Until the pipe has nothing more to say. */
static void
hear(struct child *c)
{
	while (c->report >= 0) {
		struct report said = { 0 };
		const long r = sys3(SYS_read, c->report, &said, sizeof(said));

		if (r == -EAGAIN)
			return;
		if (r != sizeof(said)) {
			(void)sys1(SYS_close, c->report);
			c->report = -1;
		} else if (said.stage == CAISSON_STAGE_READY) {
			c->ready = said;
		} else {
			fail(c, CAISSON_E_SYSTEM, &said);
		}
	}
}

static void
started(struct launcher *l, struct child *c, uint64_t now)
{
	const struct report *r = &c->ready;

	c->state = CHILD_RUNNING;
	c->timed_out = false;
	c->due = c->timeout_ms > 0 ? now + c->timeout_ms : UINT64_MAX;
	c->started = (struct frame){
		.type = FRAME_STARTED,
		.started = { c->request, (uint64_t)c->pid, (uint64_t)r->pgid,
			     (uint64_t)r->sid,
			     (uint64_t)(r->nice - PLAN_NICE_LEAST), r->umask,
			     (uint64_t)r->seccomp },
		.n_fds = 1,
	};
	c->answer.type = FRAME_EXITED;
	c->answer.exited.started_ns = loop_clock_ns(CLOCK_REALTIME);
	if (l->once && once_confine(l) < 0) {
		l->ending = true;
		c->detach = false;
	}
	l->keeps_orphans |= c->detach;
}

/* It was dead before the pipe was read: what it has said is all there. */
void
launch_look(struct launcher *l, struct child *c, uint64_t now, bool dead)
{
	struct report why = { .stage = CAISSON_STAGE_CONFIRM };
	siginfo_t info = { .si_signo = -1 };
	long r;

	hear(c);
	/* until exec no wait that is not for all kinds of children sees it */
	r = sys5(SYS_waitid, P_PIDFD, c->pidfd, &info,
		 WEXITED | WNOHANG | WNOWAIT, 0);
	if (c->report < 0 && c->answer.type == 0 && r == 0 &&
	    info.si_signo != -1) {
		if (c->ready.stage == CAISSON_STAGE_READY) {
			started(l, c, now);
			return;
		}
		why.stage = CAISSON_STAGE_READY;
		fail(c, CAISSON_E_MISMATCH, &why);
	}
	if (c->answer.type == 0 && dead)
		fail(c, c->timed_out ? CAISSON_E_TIMEOUT : CAISSON_E_DIED,
		     &why);
	if (c->answer.type != 0 && !dead)
		(void)child_signal(l, c, FRAME_GROUP, SIGKILL);
}
