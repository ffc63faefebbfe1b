/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Waiting for a program: one look at everything that can have happened, and
 * sleeping until there is something to look at.  The status is taken exactly
 * once, under the mutex, and kept; the pid is not used after that.
 */
#include "run/handle.h"

#include "base/clock.h"
#include "base/err.h"
#include "run/process.h"

#include <limits.h>
#include <poll.h>
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

/* The last moment at which its group is certainly still its group. */
static void
reap(struct caisson_child *c)
{
	struct process_status status;

	if (!process_ended(c->pidfd, 0))
		return;
	if (c->is_ending)
		(void)handle_signal(c, SIGKILL, CAISSON_SCOPE_GROUP);
	if (process_reap(c->pidfd, &status) != PROCESS_RUNNING)
		record(c, &status);
}

/* One look: true when it is over.  *due: when to look again at the latest. */
bool
handle_look(struct caisson_child *c, uint64_t *due)
{
	bool done;

	(void)pthread_mutex_lock(&c->mutex);
	if (!c->done)
		reap(c);
	if (!c->done && c->denials != NULL)
		denials_serve(c->denials);
	if (!c->done)
		handle_do_due(c, clock_mono_ms());
	*due = handle_due_at(c);
	done = c->done;
	(void)pthread_mutex_unlock(&c->mutex);
	return done;
}

static int
poll_ms(uint64_t now, uint64_t until)
{
	if (until == CAISSON_FOREVER)
		return -1;
	if (until <= now)
		return 0;
	return until - now > INT_MAX ? INT_MAX : (int)(until - now);
}

/* Wake at the end, at something to answer, or after ms. */
static void
sleep_until_news(const struct caisson_child *c, int ms)
{
	struct pollfd p[2] = { { c->pidfd, POLLIN, 0 },
			       { caisson_child_denials_fd(c), POLLIN, 0 } };

	(void)poll(p, p[1].fd >= 0 ? 2 : 1, ms);
}

int
caisson_child_wait(struct caisson_child *child, uint64_t timeout_ms,
		   struct caisson_exit *out, struct caisson_error *err)
{
	uint64_t now = clock_mono_ms(), until, due = 0;

	until = timeout_ms < CAISSON_FOREVER - now ? now + timeout_ms
						   : CAISSON_FOREVER;
	while (!handle_look(child, &due)) {
		now = clock_mono_ms();
		if (now >= until)
			return err_set(err, CAISSON_E_TIMEOUT,
				       CAISSON_STAGE_WAIT, 0, "still running");
		sleep_until_news(child,
				 poll_ms(now, due < until ? due : until));
	}
	if (out != NULL)
		*out = child->exit;
	return 0;
}

uint64_t
caisson_child_next_ms(const struct caisson_child *child)
{
	uint64_t due = handle_due_at(child), now = clock_mono_ms();
	uint64_t denial = handle_denials_due(child);

	if (denial < due)
		due = denial;
	if (due == CAISSON_FOREVER)
		return CAISSON_FOREVER;
	return due > now ? due - now : 0;
}
