/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Children in a monitor.  What has happened to one is asked of its handle
 * (handle_look), as everybody else does; here is only which descriptors to
 * wake up for, and how handle and monitor find and lose each other.
 *
 * The status and the listener are closed by the handle, in whatever thread
 * looks at it first, and somebody may have a copy: so they are armed for one
 * report at a time, and armed again while the handle's mutex says that they are
 * open.  The pidfd stays until the handle is freed.
 */
#include "run/monitor/internal.h"

#include "base/clock.h"
#include "base/err.h"
#include "run/handle_handshake.h"
#include "run/process.h"
#include "run/session/session.h"

#include <stdlib.h>
#include <sys/epoll.h>

#define ASK_AGAIN_MS 10u

#define ONCE ((uint32_t)EPOLLIN | (uint32_t)EPOLLONESHOT)

/* With the child's mutex. */
static int
poll_once(const struct caisson_monitor *m, int op,
	  const struct monitor_item *item)
{
	int fds[2] = { caisson_child_status_fd(item->child),
		       caisson_child_denials_fd(item->child) };
	int r = 0;

	for (size_t i = 0; i < 2 && r == 0; i++)
		if (fds[i] >= 0)
			r = monitor_poll(m, op, fds[i], item, ONCE);
	return r;
}

/*
 * A program of the launcher's that is dead, and of which it has not been said
 * yet how it ended.  The socket is the session's: one item at a time has it in
 * the epoll, reads for all, and the others are told by their news.
 */
static void
poll_launcher(const struct caisson_monitor *m, struct monitor_item *item)
{
	const struct session_child *via = item->child->via;
	int fd = session_child_socket(via);

	(void)monitor_poll(m, EPOLL_CTL_ADD, session_child_news(via), item,
			   EPOLLIN);
	if (fd >= 0)
		item->asks =
		    monitor_poll(m, item->asks ? EPOLL_CTL_MOD : EPOLL_CTL_ADD,
				 fd, item, ONCE) == 0;
}

static void
poll_launcher_no_more(const struct caisson_monitor *m,
		      const struct monitor_item *item)
{
	const struct session_child *via = item->child->via;

	if (via == NULL)
		return;
	(void)monitor_poll(m, EPOLL_CTL_DEL, session_child_news(via), item, 0);
	if (item->asks)
		(void)monitor_poll(m, EPOLL_CTL_DEL, session_child_socket(via),
				   item, 0);
}

static void
poll_nothing(const struct caisson_monitor *m, const struct monitor_item *item)
{
	poll_launcher_no_more(m, item);
	(void)monitor_poll(m, EPOLL_CTL_DEL, item->child->pidfd, item, 0);
	(void)poll_once(m, EPOLL_CTL_DEL, item);
}

/* With the child's mutex and the monitor's lock. */
static int
enter(struct caisson_monitor *m, struct monitor_item *item,
      struct caisson_error *err)
{
	struct caisson_child *c = item->child;
	int r;

	if (atomic_load(&c->monitored) != NULL)
		return err_usage(err, "the child is in a monitor already");
	if (!monitor_has_room(m))
		return err_no_memory(err, CAISSON_STAGE_MONITOR);
	monitor_enter(m, item);
	r = monitor_poll(m, EPOLL_CTL_ADD, c->pidfd, item, EPOLLIN);
	if (r == 0)
		r = poll_once(m, EPOLL_CTL_ADD, item);
	if (r < 0) {
		poll_nothing(m, item);
		monitor_leave(m, item);
		return err_set(err, CAISSON_E_SYSTEM, CAISSON_STAGE_MONITOR, -r,
			       "epoll_ctl");
	}
	atomic_store(&c->monitored, item);
	/* its handshake may have been decided, and calls refused, already */
	monitor_set_due(m, item,
			c->handshake != NULL || c->denials != NULL
			    ? 0
			    : handle_due_at(c));
	monitor_arm(m);
	return 0;
}

int
caisson_monitor_add(struct caisson_monitor *monitor,
		    struct caisson_child *child, void *data,
		    struct caisson_error *err)
{
	struct monitor_item *item = calloc(1, sizeof(*item));
	int r;

	if (item == NULL)
		return err_no_memory(err, CAISSON_STAGE_MONITOR);
	monitor_item_init(item, data);
	item->child = child;
	(void)pthread_mutex_lock(&child->mutex);
	item->bytes = sizeof(*item) + handle_bytes(child);
	(void)pthread_mutex_lock(&monitor->lock);
	r = enter(monitor, item, err);
	(void)pthread_mutex_unlock(&monitor->lock);
	(void)pthread_mutex_unlock(&child->mutex);
	if (r < 0)
		free(item);
	return r;
}

/*
 * Dead, and not to be had: somebody traces it, or is just taking its status.
 * Its pidfd is readable until then, so it is asked for now and then instead.
 */
static void
ask_again(struct monitor_item *item, uint64_t *due)
{
	uint64_t at = clock_mono_ms() + ASK_AGAIN_MS;

	if (!process_ended(item->child->pidfd, 0))
		return;
	/* once the launcher has reaped it, EPOLLHUP comes without being asked */
	(void)monitor_poll(item->monitor,
			   item->child->via != NULL ? EPOLL_CTL_DEL
						    : EPOLL_CTL_MOD,
			   item->child->pidfd, item, 0);
	if (item->child->via != NULL)
		poll_launcher(item->monitor, item);
	if (at < *due)
		*due = at;
}

void
monitor_look_child(struct monitor_item *item, struct monitor_seen *out)
{
	struct caisson_child *c = item->child;
	uint64_t next = CAISSON_FOREVER;

	(void)handle_look(c, &out->due);
	(void)pthread_mutex_lock(&c->mutex);
	out->is_done = c->done;
	out->is_decided = c->handshake != NULL &&
			  c->handshake->state != CAISSON_START_WAITING;
	if (c->denials != NULL)
		out->has_denials = denials_has_news(c->denials, c->done, &next);
	if (next < out->due)
		out->due = next;
	out->bytes = sizeof(*item) + handle_bytes(c);
	if (c->done) {
		poll_nothing(item->monitor, item);
	} else {
		(void)poll_once(item->monitor, EPOLL_CTL_MOD, item);
		ask_again(item, &out->due);
	}
	(void)pthread_mutex_unlock(&c->mutex);
}

void
monitor_child_changed(struct caisson_child *child)
{
	struct monitor_item *item;

	if (atomic_load(&child->monitored) == NULL)
		return;
	(void)pthread_mutex_lock(&child->mutex);
	item = atomic_load(&child->monitored);
	if (item != NULL) {
		struct caisson_monitor *m = item->monitor;

		(void)pthread_mutex_lock(&m->lock);
		if (!item->ended && !monitor_is_looking(m, item)) {
			item->poked = true;
			monitor_set_due(m, item, 0);
			monitor_arm(m);
		}
		(void)pthread_mutex_unlock(&m->lock);
	}
	(void)pthread_mutex_unlock(&child->mutex);
}

void
monitor_forget_child(struct caisson_child *child)
{
	struct monitor_item *item;
	struct caisson_monitor *m;

	/* even if no monitor has it any more: one may just be letting go */
	(void)pthread_mutex_lock(&child->mutex);
	item = atomic_load(&child->monitored);
	if (item == NULL) {
		(void)pthread_mutex_unlock(&child->mutex);
		return;
	}
	atomic_store(&child->monitored, NULL);
	m = item->monitor;
	(void)pthread_mutex_lock(&m->lock);
	poll_nothing(m, item);
	monitor_leave(m, item);
	/* whoever looks at it needs the mutex to come to an end */
	(void)pthread_mutex_unlock(&child->mutex);
	monitor_wait_idle(m, item);
	(void)pthread_mutex_unlock(&m->lock);
	free(item);
}

void
monitor_release_child(struct monitor_item *item)
{
	struct caisson_monitor *m = item->monitor;
	struct caisson_child *c = item->child;
	bool is_forgotten;

	(void)pthread_mutex_lock(&c->mutex);
	(void)pthread_mutex_lock(&m->lock);
	is_forgotten = item->gone; /* by somebody who waits, and frees it */
	if (!is_forgotten) {
		atomic_store(&c->monitored, NULL);
		poll_nothing(m, item);
		monitor_leave(m, item);
	}
	(void)pthread_mutex_unlock(&c->mutex);
	/* from here on it may be freed */
	m->current = NULL;
	(void)pthread_cond_broadcast(&m->idle);
	(void)pthread_mutex_unlock(&m->lock);
	if (!is_forgotten)
		free(item);
}
