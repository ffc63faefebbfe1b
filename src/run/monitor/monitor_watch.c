/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Processes of others: an item without a handle.  They are never waited for,
 * so nobody's status is taken; what one ended with is asked of its pidfd.
 */
#include "run/monitor/internal.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/fd.h"
#include "run/process.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/epoll.h>

/* So long a dead process may take to be reaped; then its status is lost. */
#define REAPED_WITHIN_MS 50u

static int
enter(struct caisson_monitor *m, struct caisson_watch *w,
      struct caisson_error *err)
{
	int r;

	if (!monitor_has_room(m))
		return err_no_memory(err, CAISSON_STAGE_MONITOR);
	monitor_enter(m, &w->item);
	r = monitor_poll(m, EPOLL_CTL_ADD, w->pidfd, &w->item, EPOLLIN);
	if (r == 0)
		return 0;
	monitor_leave(m, &w->item);
	return err_set(err, CAISSON_E_SYSTEM, CAISSON_STAGE_MONITOR, -r,
		       "epoll_ctl");
}

static void
discard(struct caisson_watch *w)
{
	(void)pthread_mutex_destroy(&w->mutex);
	fd_close(&w->pidfd);
	free(w);
}

static int
watch_new(int pidfd, void *data, struct caisson_watch **out,
	  struct caisson_error *err)
{
	struct caisson_watch *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return err_no_memory(err, CAISSON_STAGE_MONITOR);
	(void)pthread_mutex_init(&w->mutex, NULL);
	monitor_item_init(&w->item, data);
	w->item.watch = w;
	w->item.bytes = sizeof(*w);
	w->pidfd = fcntl(pidfd, F_DUPFD_CLOEXEC, 3);
	if (w->pidfd < 0) {
		int error = errno;

		discard(w);
		return err_set(err, CAISSON_E_SYSTEM, CAISSON_STAGE_MONITOR,
			       error, "copy of a pidfd");
	}
	*out = w;
	return 0;
}

int
caisson_monitor_watch(struct caisson_monitor *monitor, int pidfd, void *data,
		      struct caisson_watch **out, struct caisson_error *err)
{
	struct caisson_watch *w = NULL;
	int32_t pid = 0;
	int r = process_of_pidfd(pidfd, &pid);

	if (r < 0)
		return process_no_pidfd(pidfd, -r, err);
	r = watch_new(pidfd, data, &w, err);
	if (r < 0)
		return r;
	w->exit.pid = pid;
	(void)pthread_mutex_lock(&w->mutex);
	(void)pthread_mutex_lock(&monitor->lock);
	r = enter(monitor, w, err);
	if (r == 0)
		*out = w;
	(void)pthread_mutex_unlock(&monitor->lock);
	(void)pthread_mutex_unlock(&w->mutex);
	if (r < 0)
		discard(w);
	return r;
}

static void
record(struct caisson_watch *w, const struct process_status *s)
{
	w->exit.how = s->how;
	w->exit.value = s->value;
	w->exit.core = s->core;
	w->exit.ended_ns = clock_real_ns();
	/* it says so for ever */
	(void)monitor_poll(w->item.monitor, EPOLL_CTL_DEL, w->pidfd, &w->item,
			   0);
}

/*
 * Dead, but not reaped: the pidfd is readable from now on, so only its hangup
 * is waited for, which comes with the reaping and needs no asking for.
 */
void
monitor_look_watch(struct monitor_item *item, struct monitor_seen *out)
{
	struct caisson_watch *w = item->watch;
	struct process_status status = { .how = CAISSON_HOW_LOST };
	uint64_t now = clock_mono_ms();

	out->bytes = sizeof(*w);
	out->due = CAISSON_FOREVER;
	if (!w->has_died && !process_ended(w->pidfd, 0))
		return;
	if (!w->has_died) {
		w->has_died = true;
		w->give_up = now + REAPED_WITHIN_MS;
		(void)monitor_poll(item->monitor, EPOLL_CTL_MOD, w->pidfd, item,
				   0);
	}
	if (process_recall(w->pidfd, &status) == PROCESS_RECALL_LATER &&
	    now < w->give_up) {
		out->due = w->give_up;
		return;
	}
	record(w, &status);
	out->is_done = true;
}

int
caisson_watch_pidfd(const struct caisson_watch *watch)
{
	return watch->pidfd;
}

int
caisson_watch_signal(struct caisson_watch *watch, int signo,
		     struct caisson_error *err)
{
	/* one that nobody has reaped yet would take it, and do nothing */
	int r = process_ended(watch->pidfd, 0)
		    ? -ESRCH
		    : process_signal(watch->pidfd, signo);

	if (r < 0)
		return err_set(err, CAISSON_E_SYSTEM, CAISSON_STAGE_SIGNAL, -r,
			       "signal %d", signo);
	return 0;
}

/* With its mutex and the monitor's lock. */
static void
leave(struct caisson_monitor *m, struct caisson_watch *w)
{
	(void)monitor_poll(m, EPOLL_CTL_DEL, w->pidfd, &w->item, 0);
	monitor_leave(m, &w->item);
}

void
caisson_watch_free(struct caisson_watch *watch)
{
	struct caisson_monitor *m;

	if (watch == NULL)
		return;
	(void)pthread_mutex_lock(&watch->mutex);
	m = watch->item.monitor;
	if (m != NULL) {
		(void)pthread_mutex_lock(&m->lock);
		leave(m, watch);
	}
	(void)pthread_mutex_unlock(&watch->mutex);
	if (m != NULL) {
		monitor_wait_idle(m, &watch->item);
		(void)pthread_mutex_unlock(&m->lock);
	}
	discard(watch);
}

void
monitor_release_watch(struct monitor_item *item)
{
	struct caisson_monitor *m = item->monitor;
	struct caisson_watch *w = item->watch;

	(void)pthread_mutex_lock(&w->mutex);
	(void)pthread_mutex_lock(&m->lock);
	if (!item->gone) {
		leave(m, w);
		item->monitor = NULL;
	}
	(void)pthread_mutex_unlock(&w->mutex);
	/* from here on it may be freed */
	m->current = NULL;
	(void)pthread_cond_broadcast(&m->idle);
	(void)pthread_mutex_unlock(&m->lock);
}
