/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two tables of what a monitor watches: slots, whose numbers epoll knows, and
 * a heap of when to look at something although no descriptor says so.  Both
 * grow when something is added and never afterwards, so that nothing that
 * happens later can fail for want of memory.
 */
#include "run/monitor/internal.h"

#include <stdlib.h>
#include <sys/timerfd.h>

#define ROOM_MIN 16
#define ROOM_MAX (UINT32_MAX / 2)

bool
monitor_has_room(struct caisson_monitor *m)
{
	size_t room = m->room < ROOM_MIN ? ROOM_MIN : m->room + m->room / 2;
	struct monitor_slot *slots;
	struct monitor_item **heap;

	if (m->n_free > 0 || m->n_slots < m->room)
		return true;
	if (room > ROOM_MAX)
		return false;
	slots = reallocarray(m->slots, room, sizeof(*slots));
	if (slots == NULL)
		return false;
	m->slots = slots;
	heap = reallocarray(m->heap, room, sizeof(struct monitor_item *));
	if (heap == NULL)
		return false;
	m->heap = heap;
	m->room = room;
	return true;
}

void
monitor_take_slot(struct caisson_monitor *m, struct monitor_item *item)
{
	uint32_t slot;

	if (m->n_free > 0) {
		slot = m->first_free;
		m->first_free = m->slots[slot].next;
		m->n_free--;
	} else {
		slot = (uint32_t)m->n_slots++;
	}
	m->slots[slot].item = item;
	item->slot = slot;
}

void
monitor_drop_slot(struct caisson_monitor *m, struct monitor_item *item)
{
	m->slots[item->slot].item = NULL;
	m->slots[item->slot].next = m->first_free;
	m->first_free = item->slot;
	m->n_free++;
}

static void
put(struct caisson_monitor *m, size_t place, struct monitor_item *item)
{
	m->heap[place - 1] = item;
	item->place = place;
}

static void
rise(struct caisson_monitor *m, struct monitor_item *item)
{
	size_t place = item->place;

	while (place > 1 && m->heap[place / 2 - 1]->due > item->due) {
		put(m, place, m->heap[place / 2 - 1]);
		place /= 2;
	}
	put(m, place, item);
}

static void
sink(struct caisson_monitor *m, struct monitor_item *item)
{
	size_t place = item->place, next;

	while ((next = place * 2) <= m->n_heap) {
		if (next < m->n_heap &&
		    m->heap[next]->due < m->heap[next - 1]->due)
			next++;
		if (m->heap[next - 1]->due >= item->due)
			break;
		put(m, place, m->heap[next - 1]);
		place = next;
	}
	put(m, place, item);
}

static void
take_out(struct caisson_monitor *m, struct monitor_item *item)
{
	struct monitor_item *last = m->heap[--m->n_heap];

	if (last != item) {
		put(m, item->place, last);
		rise(m, last);
		sink(m, last);
	}
	item->place = 0;
}

void
monitor_set_due(struct caisson_monitor *m, struct monitor_item *item,
		uint64_t due)
{
	item->due = due;
	if (due == CAISSON_FOREVER) {
		if (item->place != 0)
			take_out(m, item);
		return;
	}
	if (item->place == 0)
		item->place = ++m->n_heap;
	rise(m, item);
	sink(m, item);
}

struct monitor_item *
monitor_first_due(const struct caisson_monitor *m)
{
	return m->n_heap > 0 ? m->heap[0] : NULL;
}

/*
 * Setting a timer also takes back what it has said, so it is never read.  0
 * would stop it, and somebody who has to look at once means 1.
 */
void
monitor_arm(struct caisson_monitor *m)
{
	uint64_t at = m->n_heap > 0 ? m->heap[0]->due : CAISSON_FOREVER;
	struct itimerspec set = { .it_value = { 0, 0 } };

	if (m->stopping || at == 0)
		at = 1;
	if (at == m->armed)
		return;
	m->armed = at;
	if (at != CAISSON_FOREVER) {
		set.it_value.tv_sec = (time_t)(at / 1000);
		set.it_value.tv_nsec = (long)(at % 1000) * 1000000;
	}
	(void)timerfd_settime(m->timer, TFD_TIMER_ABSTIME, &set, NULL);
}
