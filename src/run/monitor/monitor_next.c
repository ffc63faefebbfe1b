/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The loop in the caller's threads: one of them runs it at a time, the others
 * sleep until there is an event for them or nobody runs it any more.
 */
#include "run/monitor/internal.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/sized.h"

#include <errno.h>

static bool
is_looper(const struct caisson_monitor *m)
{
	return m->looping && pthread_equal(m->looper, pthread_self()) != 0;
}

static uint64_t
later(uint64_t timeout_ms)
{
	uint64_t now = clock_mono_ms();

	return timeout_ms < CAISSON_FOREVER - now ? now + timeout_ms
						  : CAISSON_FOREVER;
}

/* false: the time is over. */
static bool
sleep_for_news(struct caisson_monitor *m, uint64_t until)
{
	struct timespec at = { (time_t)(until / 1000),
			       (long)(until % 1000) * 1000000 };

	if (until == CAISSON_FOREVER)
		return pthread_cond_wait(&m->news, &m->lock) == 0;
	return pthread_cond_timedwait(&m->news, &m->lock, &at) != ETIMEDOUT;
}

/* The loop is free. */
static void
loop(struct caisson_monitor *m, uint64_t until)
{
	m->looping = true;
	m->looper = pthread_self();
	monitor_run(m, until);
	m->looping = false;
	(void)pthread_cond_broadcast(&m->news);
}

static int
dispatch(struct caisson_monitor *m, uint64_t until, struct caisson_error *err)
{
	if (m->has_thread)
		return err_usage(err, "the monitor has a thread");
	if (is_looper(m))
		return err_usage(err, "this is a callback of the monitor");
	while (m->looping)
		if (!sleep_for_news(m, until))
			return 0;
	loop(m, until);
	return 0;
}

/* A cancelled thread would leave the lock behind: cancel it elsewhere. */
int
caisson_monitor_dispatch(struct caisson_monitor *monitor, uint64_t timeout_ms,
			 struct caisson_error *err)
{
	int state, r;

	(void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
	(void)pthread_mutex_lock(&monitor->lock);
	r = dispatch(monitor, later(timeout_ms), err);
	(void)pthread_mutex_unlock(&monitor->lock);
	(void)pthread_setcancelstate(state, NULL);
	return r;
}

static bool
fetch(struct caisson_monitor *m, uint64_t until,
      struct caisson_monitor_event *out)
{
	bool is_last = false;

	while (!monitor_pop(m, out)) {
		if (is_last || is_looper(m))
			return false;
		if (m->has_thread || m->looping) {
			is_last = !sleep_for_news(m, until);
		} else {
			loop(m, until);
			is_last = clock_mono_ms() >= until;
		}
	}
	return true;
}

int
caisson_monitor_next(struct caisson_monitor *monitor, uint64_t timeout_ms,
		     struct caisson_monitor_event *out,
		     struct caisson_error *err)
{
	struct caisson_monitor_event event;
	bool is_there;
	int state;

	if (!monitor->has_queue)
		return err_usage(err, "the monitor has no queue");
	if (out->size < sizeof(out->size))
		return err_usage(err, "event.size is not set");
	(void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
	(void)pthread_mutex_lock(&monitor->lock);
	is_there = fetch(monitor, later(timeout_ms), &event);
	(void)pthread_mutex_unlock(&monitor->lock);
	(void)pthread_setcancelstate(state, NULL);
	if (!is_there)
		return err_set(err, CAISSON_E_TIMEOUT, CAISSON_STAGE_MONITOR, 0,
			       "no event");
	sized_give(&event, sizeof(event), out);
	return 0;
}
