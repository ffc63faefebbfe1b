/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Events that wait to be fetched.  Each item has room in itself for one of
 * each kind, which is all that it can have at a time; so the queue needs no
 * memory, loses nothing, and forgets an item by unlinking it.
 */
#include "run/monitor/internal.h"

#include "run/handle.h"

#include <string.h>

void
monitor_queue_init(struct caisson_monitor *m)
{
	m->queue.next = m->queue.prev = &m->queue;
}

void
monitor_item_init(struct monitor_item *item, void *data)
{
	for (uint32_t i = 0; i < MONITOR_KINDS; i++) {
		item->events[i].item = item;
		item->events[i].kind = i + 1;
	}
	item->data = data;
	item->due = CAISSON_FOREVER;
}

void
monitor_push(struct caisson_monitor *m, struct monitor_item *item,
	     uint32_t kind)
{
	struct monitor_node *node = &item->events[kind - 1];

	if (node->next != NULL)
		return;
	node->next = &m->queue;
	node->prev = m->queue.prev;
	node->prev->next = node;
	m->queue.prev = node;
	(void)pthread_cond_broadcast(&m->news);
}

static void
unlink_node(struct monitor_node *node)
{
	if (node->next == NULL)
		return;
	node->next->prev = node->prev;
	node->prev->next = node->next;
	node->next = node->prev = NULL;
}

void
monitor_unqueue(struct monitor_item *item)
{
	for (size_t i = 0; i < MONITOR_KINDS; i++)
		unlink_node(&item->events[i]);
}

/* The record of a child that has ended does not change any more. */
void
monitor_describe(const struct monitor_item *item, uint32_t kind,
		 struct caisson_monitor_event *out)
{
	memset(out, 0, sizeof(*out));
	out->size = sizeof(*out);
	out->kind = kind;
	out->child = item->child;
	out->watch = item->watch;
	out->data = item->data;
	if (kind == CAISSON_MONITOR_EXIT)
		out->exit =
		    item->child != NULL ? item->child->exit : item->watch->exit;
}

bool
monitor_pop(struct caisson_monitor *m, struct caisson_monitor_event *out)
{
	struct monitor_node *node = m->queue.next;

	if (node == &m->queue)
		return false;
	unlink_node(node);
	monitor_describe(node->item, node->kind, out);
	return true;
}
