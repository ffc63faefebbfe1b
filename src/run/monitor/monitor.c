/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Theory of operation.
 *
 * A monitor has an epoll descriptor, which is also what its user may poll, and
 * in it a pidfd of each process, the status pipe and the listener of those
 * children that have one, and one timer.  Whatever happens to a process makes
 * one of these readable; epoll names the slot of its item, the loop looks at
 * that one item (a child: handle_look, as every waiter does), and tells what
 * is new.  The timer stands at the first time at which something is due (a
 * heap), and goes off at once where a look is asked for by another thread: an
 * item that is due at 0.  So a wake-up costs what has happened, not what is
 * watched, and there is nothing to be woken by besides.
 *
 * Who runs the loop: the monitor's own thread, or one of the user's at a time
 * (monitor_next.c).  Nothing else tells events, so they are in order, and each
 * is told once; that a child's end was noticed first by somebody else's
 * caisson_child_wait makes no difference, for the record stays in the handle.
 *
 * Memory: an item per process, with room for each event that can wait at a
 * time; slots and heap grow when something is added.  Nothing later allocates.
 *
 * Locks: a handle's (or watch's) mutex, which says whether it has an item, is
 * taken before the monitor's lock, which is over everything else.  Neither is
 * held while the loop looks or calls back: meanwhile the item is `current`,
 * and who wants it gone takes it out of the tables and then sleeps until it is
 * not current any more, or, from the callback itself, says so.  The loop
 * touches an item after a callback only if it still is.
 *
 * A program with a parent death signal is cloned by a thread of the monitor's
 * own (monitor_start.c).  One that is traced is not: its tracer is the thread
 * that clones it, and has to be the caller.
 *
 * Both threads have all signals blocked, so none of the user's handlers runs
 * in them.
 */
#include "run/monitor/internal.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/sized.h"
#include "spec/spec.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>

static void
init_locks(struct caisson_monitor *m)
{
	pthread_condattr_t attr;

	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&m->news, &attr);
	(void)pthread_cond_init(&m->idle, NULL);
	(void)pthread_condattr_destroy(&attr);
	(void)pthread_mutex_init(&m->lock, NULL);
}

static void
discard(struct caisson_monitor *m)
{
	monitor_starter_free(m->starter);
	(void)pthread_cond_destroy(&m->idle);
	(void)pthread_cond_destroy(&m->news);
	(void)pthread_mutex_destroy(&m->lock);
	fd_close(&m->timer);
	fd_close(&m->epoll);
	free(m->heap);
	free(m->slots);
	free(m);
}

static int
open_loop(struct caisson_monitor *m, struct caisson_error *err)
{
	struct epoll_event event;

	memset(&event, 0, sizeof(event));
	event.events = EPOLLIN;
	event.data.u64 = MONITOR_TIMER;
	m->epoll = fd_off_stdio(epoll_create1(EPOLL_CLOEXEC));
	m->timer = fd_off_stdio(
	    timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
	if (m->epoll < 0 || m->timer < 0 ||
	    epoll_ctl(m->epoll, EPOLL_CTL_ADD, m->timer, &event) < 0)
		return err_set(err, CAISSON_E_SYSTEM, CAISSON_STAGE_MONITOR,
			       errno, "descriptors of the loop");
	return 0;
}

static int
start_thread(struct caisson_monitor *m, struct caisson_error *err)
{
	int error;

	if (!m->has_thread)
		return 0;
	error = monitor_create_thread(&m->thread, 0, monitor_thread, m);
	if (error != 0)
		return err_set(err, CAISSON_E_SYSTEM, CAISSON_STAGE_MONITOR,
			       error, "a thread for the loop");
	return 0;
}

int
caisson_monitor_new(const struct caisson_monitor_options *options,
		    struct caisson_monitor **out, struct caisson_error *err)
{
	struct caisson_monitor_options o = { .queue = 1 };
	struct caisson_monitor *m;
	int r = 0;

	if (options != NULL)
		r = sized_read(options, &o, sizeof(o), "monitor", err);

	if (r < 0)
		return r;
	if (o.thread > 1 || o.queue > 1 || o.reserved != 0)
		return sized_is_newer("monitor", err);
	m = calloc(1, sizeof(*m));
	if (m == NULL)
		return err_no_memory(err, CAISSON_STAGE_MONITOR);
	init_locks(m);
	monitor_queue_init(m);
	m->epoll = m->timer = -1;
	m->armed = CAISSON_FOREVER;
	m->callback = o.callback;
	m->arg = o.arg;
	m->has_queue = o.queue != 0;
	m->has_thread = o.thread != 0;
	r = open_loop(m, err);
	if (r == 0)
		r = monitor_starter_new(&m->starter, err);
	if (r == 0)
		r = start_thread(m, err);
	if (r == 0)
		*out = m;
	else
		discard(m);
	return r;
}

static void
end_thread(struct caisson_monitor *m)
{
	if (!m->has_thread)
		return;
	(void)pthread_mutex_lock(&m->lock);
	m->stopping = true;
	monitor_arm(m);
	(void)pthread_mutex_unlock(&m->lock);
	(void)pthread_join(m->thread, NULL);
}

/* Handles may be freed by other threads at the same time. */
static void
release_all(struct caisson_monitor *m)
{
	(void)pthread_mutex_lock(&m->lock);
	for (size_t i = 0; i < m->n_slots; i++) {
		struct monitor_item *item = m->slots[i].item;

		if (item == NULL)
			continue;
		m->current = item;
		(void)pthread_mutex_unlock(&m->lock);
		monitor_release(item);
		(void)pthread_mutex_lock(&m->lock);
	}
	while (m->forgetting > 0)
		(void)pthread_cond_wait(&m->idle, &m->lock);
	(void)pthread_mutex_unlock(&m->lock);
}

void
caisson_monitor_free(struct caisson_monitor *monitor)
{
	int state;

	if (monitor == NULL)
		return;
	(void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
	end_thread(monitor);
	release_all(monitor);
	discard(monitor);
	(void)pthread_setcancelstate(state, NULL);
}

int
caisson_monitor_fd(const struct caisson_monitor *monitor)
{
	return monitor->has_thread ? -1 : monitor->epoll;
}

/* With cancellation off: a launch that has been made is not lost. */
static int
launch(struct caisson_monitor *m, const struct caisson_spec *spec,
       const struct caisson_monitor_launch *how, struct caisson_child **out,
       struct caisson_error *err)
{
	struct caisson_child *child = NULL;
	int r;

	if (spec->process.parent_death_signal == 0)
		r = caisson_launch(spec, how->options, &child, err);
	else if (!spec->process.ptrace)
		r = monitor_starter_launch(m, spec, how->options, &child, err);
	else
		r = err_set(err, CAISSON_E_UNSUPPORTED, CAISSON_STAGE_MONITOR,
			    0,
			    "a traced program has the thread that traces it "
			    "for its parent, and ends with that: launch it "
			    "from there and add it");
	if (r < 0)
		return r;
	r = caisson_monitor_add(m, child, how->data, err);
	if (r < 0)
		caisson_child_free(child);
	else
		*out = child;
	return r;
}

int
caisson_monitor_launch(struct caisson_monitor *monitor,
		       const struct caisson_spec *spec,
		       const struct caisson_monitor_launch *how,
		       struct caisson_child **out, struct caisson_error *err)
{
	struct caisson_monitor_launch h;
	int r = sized_read(how, &h, sizeof(h), "launch", err), state;

	if (r < 0)
		return r;
	if (out == NULL)
		return err_usage(err, "out is NULL");
	if (h.reserved != 0)
		return sized_is_newer("launch", err);
	(void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
	r = launch(monitor, spec, &h, out, err);
	(void)pthread_setcancelstate(state, NULL);
	return r;
}

void
caisson_monitor_stats(struct caisson_monitor *monitor,
		      struct caisson_monitor_stats *out)
{
	struct caisson_monitor_stats stats;

	(void)pthread_mutex_lock(&monitor->lock);
	stats = monitor->stats;
	stats.bytes += monitor->room * (sizeof(*monitor->slots) +
					sizeof(struct monitor_item *));
	(void)pthread_mutex_unlock(&monitor->lock);
	sized_give(&stats, sizeof(stats), out);
}
