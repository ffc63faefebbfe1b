/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Waiting for a program: one look at everything that can have happened.  The
 * status is taken exactly once, under the mutex, and kept; the pid is not used
 * after that.
 */
#include "run/handle.h"

#include "base/clock.h"
#include "base/err.h"
#include "run/handle_handshake.h"
#include "run/monitor/monitor.h"
#include "run/process.h"
#include "run/session/session.h"

#include <signal.h>

static uint64_t
microseconds(struct timeval t)
{
	return (uint64_t)t.tv_sec * 1000000u + (uint64_t)t.tv_usec;
}

static void
record(struct caisson_child *c, const struct process_status *s)
{
	struct caisson_exit *e = &c->exit;

	e->how = s->how;
	e->value = s->value;
	e->core = s->core;
	e->timed_out = c->timed_out;
	e->has_usage = s->has_usage;
	e->user_us = microseconds(s->usage.ru_utime);
	e->system_us = microseconds(s->usage.ru_stime);
	e->max_rss_kib = (uint64_t)s->usage.ru_maxrss;
	e->ended_ns = clock_real_ns();
	c->done = true;
	if (c->denials != NULL)
		handle_end_denials(c);
}

/* As the launcher says; it has killed its group. */
static void
record_told(struct caisson_child *c, const struct session_status *s)
{
	struct caisson_exit *e = &c->exit;

	e->how = s->how;
	e->value = s->value;
	e->core = s->core;
	e->timed_out = s->timed_out || c->timed_out;
	e->has_usage = s->has_usage;
	e->user_us = s->user_us;
	e->system_us = s->system_us;
	e->max_rss_kib = s->max_rss_kib;
	e->started_ns = s->started_ns;
	e->ended_ns = s->ended_ns;
	c->done = true;
}

/*
 * A program of the launcher's: its pidfd says first that it has ended, and the
 * launcher how.  Without a launcher the kernel may still know.
 */
static void
reap_via(struct caisson_child *c, uint64_t now_ms)
{
	struct session_status told;
	struct process_status status;
	enum session_end end = session_child_look(c->via, &told);

	if (end == SESSION_RUNS ||
	    (end == SESSION_LEFT && !process_ended(c->pidfd, 0)))
		return;
	handle_handshake_ended(c, now_ms);
	if (end == SESSION_ENDED)
		record_told(c, &told);
	else if (process_reap(c->pidfd, &status) != PROCESS_RUNNING)
		record(c, &status);
}

/*
 * The handshake first: its last word was said before the end, and whoever sees
 * the end has seen that.  Then the last moment at which its group is certainly
 * still its group.
 */
static void
reap(struct caisson_child *c, uint64_t now_ms)
{
	struct process_status status;

	if (c->via != NULL) {
		reap_via(c, now_ms);
		return;
	}
	if (!process_ended(c->pidfd, 0))
		return;
	handle_handshake_ended(c, now_ms);
	if (c->is_ending)
		(void)handle_signal(c, SIGKILL, CAISSON_SCOPE_GROUP);
	if (process_reap(c->pidfd, &status) != PROCESS_RUNNING)
		record(c, &status);
}

static void
look(struct caisson_child *c)
{
	uint64_t now = clock_mono_ms();

	reap(c, now);
	if (c->done)
		return;
	handle_handshake_look(c, now);
	if (c->denials != NULL)
		denials_serve(c->denials);
	handle_do_due(c, now);
}

/* One look: true when it is over.  *due: when to look again at the latest. */
bool
handle_look(struct caisson_child *c, uint64_t *due)
{
	bool done, has_news;

	handle_lock(c);
	if (!c->done)
		look(c);
	*due = handle_due_at(c);
	done = c->done;
	has_news = c->has_news;
	c->has_news = false;
	if (has_news)
		handle_wake(c);
	has_news = has_news || handle_has_denials(c);
	handle_unlock(c);
	if (has_news)
		monitor_child_changed(c);
	return done;
}

/* With the mutex. */
static bool
is_done(const struct caisson_child *c)
{
	return c->done;
}

int
caisson_child_wait(struct caisson_child *child, uint64_t timeout_ms,
		   struct caisson_exit *out, struct caisson_error *err)
{
	if (!handle_wait(child, is_done, timeout_ms))
		return err_set(err, CAISSON_E_TIMEOUT, CAISSON_STAGE_WAIT, 0,
			       "still running");
	if (out != NULL)
		*out = child->exit;
	return 0;
}

uint64_t
caisson_child_next_ms(const struct caisson_child *child)
{
	uint64_t due, denial, now = clock_mono_ms();

	handle_lock(child);
	due = handle_due_at(child);
	denial = handle_denials_due(child);
	handle_unlock(child);
	if (denial < due)
		due = denial;
	if (due == CAISSON_FOREVER)
		return CAISSON_FOREVER;
	return due > now ? due - now : 0;
}
