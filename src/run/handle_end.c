/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signals to a program, and how it is ended: its timeout, a request to stop,
 * and the SIGKILL that follows when it does not end by itself.
 */
#include "run/handle.h"

#include "base/clock.h"
#include "base/err.h"
#include "run/handle_handshake.h"
#include "run/monitor/monitor.h"
#include "run/process.h"
#include "run/session/session.h"

#include <errno.h>
#include <signal.h>

/* The launcher's socket was full. */
#define AGAIN_MS 10u

int
handle_signal(struct caisson_child *c, int signo, uint32_t scope)
{
	if (c->via != NULL)
		return session_child_post(c->via, signo, scope);
	if (scope != CAISSON_SCOPE_PROCESS && c->leads_group)
		return process_signal_group(c->pidfd, c->pid, signo);
	return process_signal(c->pidfd, signo);
}

static uint64_t
later_by(uint64_t now_ms, uint64_t ms)
{
	return ms < CAISSON_FOREVER - now_ms ? now_ms + ms : CAISSON_FOREVER;
}

void
handle_kill_after(struct caisson_child *c, uint64_t now_ms, uint64_t grace_ms)
{
	uint64_t at = later_by(now_ms, grace_ms);

	c->is_ending = true;
	if (at < c->kill_at)
		c->kill_at = at;
}

/* SIGCONT: a stopped program would not see the other one. */
static int
terminate(struct caisson_child *c)
{
	int r = handle_signal(c, SIGTERM, CAISSON_SCOPE_GROUP);

	(void)handle_signal(c, SIGCONT, CAISSON_SCOPE_GROUP);
	return r;
}

void
handle_do_due(struct caisson_child *c, uint64_t now_ms)
{
	if (now_ms >= c->terminate_at) {
		c->terminate_at = CAISSON_FOREVER;
		c->timed_out = true;
		(void)terminate(c);
		handle_kill_after(c, now_ms, c->grace_ms);
	}
	if (now_ms >= c->kill_at) {
		c->kill_at = CAISSON_FOREVER;
		if (handle_signal(c, SIGKILL, CAISSON_SCOPE_TREE) == -EAGAIN)
			c->kill_at = now_ms + AGAIN_MS;
		else if (c->via == NULL)
			(void)handle_signal(c, SIGKILL, CAISSON_SCOPE_PROCESS);
	}
}

uint64_t
handle_due_at(const struct caisson_child *c)
{
	uint64_t due = handle_handshake_due(c);

	if (c->done)
		return CAISSON_FOREVER;
	if (c->terminate_at < due)
		due = c->terminate_at;
	return c->kill_at < due ? c->kill_at : due;
}

/* 0 is a question only, and the pidfd answers it. */
static int
signal_via(const struct caisson_child *c, int signo, uint32_t scope)
{
	int state, r;

	if (process_ended(c->pidfd, 0))
		return -ESRCH;
	if (signo == 0)
		return 0;
	(void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
	r = session_child_signal(c->via, signo, scope);
	(void)pthread_setcancelstate(state, NULL);
	return r;
}

int
caisson_child_signal(struct caisson_child *child, int signo, uint32_t scope,
		     struct caisson_error *err)
{
	int r = -ESRCH;
	bool done;

	handle_lock(child);
	done = child->done;
	if (!done && child->via == NULL)
		r = handle_signal(child, signo, scope);
	handle_unlock(child);
	/* without the mutex, because it sleeps */
	if (!done && child->via != NULL)
		r = signal_via(child, signo, scope);
	if (r < 0)
		return err_set(err, CAISSON_E_SYSTEM, CAISSON_STAGE_SIGNAL, -r,
			       "signal %d", signo);
	return 0;
}

int
caisson_child_kill(struct caisson_child *child, struct caisson_error *err)
{
	int r;

	if (child->via != NULL)
		return caisson_child_signal(child, SIGKILL, CAISSON_SCOPE_TREE,
					    err);
	r = caisson_child_signal(child, SIGKILL, CAISSON_SCOPE_GROUP, NULL);
	/* it may have left the group that it led */
	if (child->leads_group || r < 0)
		r = caisson_child_signal(child, SIGKILL, CAISSON_SCOPE_PROCESS,
					 err);
	return r;
}

int
caisson_child_stop(struct caisson_child *child, uint64_t grace_ms,
		   struct caisson_error *err)
{
	int r = -ESRCH;

	handle_lock(child);
	if (!child->done) {
		r = terminate(child);
		handle_kill_after(child, clock_mono_ms(), grace_ms);
		handle_wake(child);
	}
	handle_unlock(child);
	if (r < 0)
		return err_set(err, CAISSON_E_SYSTEM, CAISSON_STAGE_SIGNAL, -r,
			       "signal %d", SIGTERM);
	monitor_child_changed(child);
	return 0;
}
