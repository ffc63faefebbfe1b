/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is watched comes and goes: the same for children and for processes of
 * others.
 */
#include "run/monitor/internal.h"

#include "base/sys.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>

int
monitor_poll(const struct caisson_monitor *m, int op, int fd,
	     const struct monitor_item *item, uint32_t events)
{
	struct epoll_event event;

	memset(&event, 0, sizeof(event));
	event.events = events;
	event.data.u64 = item->slot;
	return epoll_ctl(m->epoll, op, fd, &event) < 0 ? -errno : 0;
}

void
monitor_enter(struct caisson_monitor *m, struct monitor_item *item)
{
	item->monitor = m;
	monitor_take_slot(m, item);
	if (item->child != NULL)
		m->stats.children++;
	else
		m->stats.watches++;
	m->stats.bytes += item->bytes;
}

void
monitor_leave(struct caisson_monitor *m, struct monitor_item *item)
{
	item->gone = true;
	monitor_unqueue(item);
	monitor_set_due(m, item, CAISSON_FOREVER);
	monitor_drop_slot(m, item);
	if (item->child != NULL)
		m->stats.children--;
	else
		m->stats.watches--;
	m->stats.bytes -= item->bytes;
}

bool
monitor_is_looking(const struct caisson_monitor *m,
		   const struct monitor_item *item)
{
	return m->current == item && m->looking &&
	       pthread_equal(m->looper, pthread_self()) != 0;
}

/*
 * From a callback about this item there is nobody to wait for: the loop is us,
 * and finds when we return that it is not current any more.
 */
void
monitor_wait_idle(struct caisson_monitor *m, struct monitor_item *item)
{
	int state;

	if (m->current != item)
		return;
	if (m->looping && pthread_equal(m->looper, pthread_self()) != 0) {
		m->current = NULL;
		return;
	}
	(void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
	m->forgetting++;
	while (m->current == item)
		(void)pthread_cond_wait(&m->idle, &m->lock);
	m->forgetting--;
	(void)pthread_cond_broadcast(&m->idle);
	(void)pthread_setcancelstate(state, NULL);
}

void
monitor_release(struct monitor_item *item)
{
	if (item->child != NULL)
		monitor_release_child(item);
	else
		monitor_release_watch(item);
}
