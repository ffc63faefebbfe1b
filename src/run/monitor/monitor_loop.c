/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The loop: waits for descriptors and the clock, looks at exactly what they
 * are about, and tells what has happened.  The lock is not held while it
 * waits, looks or calls back.
 */
#include "run/monitor/internal.h"

#include "base/clock.h"

#include <errno.h>
#include <limits.h>
#include <sys/epoll.h>

#define DESCRIPTORS_EACH 3 /* pidfd, status, listener */

/* false: the item is not to be touched any more, it may be freed. */
static bool
tell(struct caisson_monitor *m, struct monitor_item *item, uint32_t kind)
{
	struct caisson_monitor_event event;

	if (kind == CAISSON_MONITOR_START)
		m->stats.starts++;
	else if (kind == CAISSON_MONITOR_EXIT)
		m->stats.exits++;
	if (m->has_queue)
		monitor_push(m, item, kind);
	if (m->callback == NULL)
		return true;
	monitor_describe(item, kind, &event);
	(void)pthread_mutex_unlock(&m->lock);
	m->callback(&event, m->arg);
	(void)pthread_mutex_lock(&m->lock);
	return m->current == item && !item->gone;
}

/* Whatever is called back may change when it is due: so that is set first. */
static void
settle(struct caisson_monitor *m, struct monitor_item *item,
       const struct monitor_seen *seen)
{
	uint64_t due = item->poked ? 0 : seen->due;

	m->stats.bytes += seen->bytes - item->bytes;
	item->bytes = seen->bytes;
	monitor_set_due(m, item, seen->is_done ? CAISSON_FOREVER : due);
	if (seen->is_decided && !item->started) {
		item->started = true;
		if (!tell(m, item, CAISSON_MONITOR_START))
			return;
	}
	if (seen->has_denials && !tell(m, item, CAISSON_MONITOR_DENIED))
		return;
	if (!seen->is_done)
		return;
	item->ended = true;
	monitor_set_due(m, item, CAISSON_FOREVER);
	(void)tell(m, item, CAISSON_MONITOR_EXIT);
}

static void
look_at(struct caisson_monitor *m, struct monitor_item *item)
{
	struct monitor_seen seen = { false, false, false, CAISSON_FOREVER,
				     item->bytes };

	if (item->ended)
		return;
	item->poked = false;
	m->current = item;
	m->looking = true;
	(void)pthread_mutex_unlock(&m->lock);
	if (item->child != NULL)
		monitor_look_child(item, &seen);
	else
		monitor_look_watch(item, &seen);
	(void)pthread_mutex_lock(&m->lock);
	m->looking = false;
	if (!item->gone)
		settle(m, item, &seen);
	m->current = NULL;
	if (m->forgetting > 0)
		(void)pthread_cond_broadcast(&m->idle);
}

/* At most each once: who pokes its own item from a callback waits for the
 * next round. */
static void
look_at_due(struct caisson_monitor *m)
{
	uint64_t now = clock_mono_ms();

	for (size_t left = m->n_heap; left > 0; left--) {
		struct monitor_item *item = monitor_first_due(m);

		if (item == NULL || item->due > now)
			return;
		monitor_set_due(m, item, CAISSON_FOREVER);
		look_at(m, item);
	}
}

static int
milliseconds(uint64_t until)
{
	uint64_t now;

	if (until == CAISSON_FOREVER)
		return -1;
	now = clock_mono_ms();
	if (until <= now)
		return 0;
	return until - now > INT_MAX ? INT_MAX : (int)(until - now);
}

static int
wait_for(int epoll, struct epoll_event *batch, uint64_t until)
{
	int n;

	do {
		n = epoll_wait(epoll, batch, MONITOR_BATCH,
			       milliseconds(until));
	} while (n < 0 && errno == EINTR);
	return n;
}

/*
 * A slot may have become free, or another item's, since epoll_wait has
 * returned: a look at what nothing has happened to does no harm.  What is
 * ready again at once waits for its turn, and there are as many rounds as it
 * takes to give each descriptor one: streams without end keep nobody here.
 */
void
monitor_run(struct caisson_monitor *m, uint64_t until)
{
	struct epoll_event batch[MONITOR_BATCH];
	size_t rounds = 1 + m->n_slots * DESCRIPTORS_EACH / MONITOR_BATCH;
	int n;

	do {
		(void)pthread_mutex_unlock(&m->lock);
		n = wait_for(m->epoll, batch, until);
		(void)pthread_mutex_lock(&m->lock);
		if (n > 0)
			m->stats.wakeups++;
		for (int i = 0; i < n; i++) {
			uint64_t slot = batch[i].data.u64;

			if (slot < m->n_slots && m->slots[slot].item != NULL)
				look_at(m, m->slots[slot].item);
		}
		if (n > 0)
			look_at_due(m);
		monitor_arm(m);
		until = 0;
	} while (n == MONITOR_BATCH && --rounds > 0);
}

void *
monitor_thread(void *monitor)
{
	struct caisson_monitor *m = monitor;

	(void)pthread_mutex_lock(&m->lock);
	m->looping = true;
	m->looper = pthread_self();
	while (!m->stopping)
		monitor_run(m, CAISSON_FOREVER);
	m->looping = false;
	(void)pthread_mutex_unlock(&m->lock);
	return NULL;
}
