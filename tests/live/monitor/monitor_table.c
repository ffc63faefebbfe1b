/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The monitor's tables against the obvious: whoever is due first is found, in
 * whatever order things come, change and go; slots are used again.
 */
#include "run/monitor/internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ITEMS 200

static uint64_t seed;

static uint64_t
below(uint64_t n)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (seed >> 33) % n;
}

static uint64_t
first_of(const struct monitor_item *items)
{
	uint64_t first = CAISSON_FOREVER;

	for (size_t i = 0; i < ITEMS; i++)
		if (items[i].due < first)
			first = items[i].due;
	return first;
}

static void
come_or_go(struct caisson_monitor *m, struct monitor_item *item, bool *in)
{
	if (*in) {
		monitor_set_due(m, item, CAISSON_FOREVER);
		monitor_drop_slot(m, item);
		assert_null(m->slots[item->slot].item);
	} else {
		assert_true(monitor_has_room(m));
		monitor_take_slot(m, item);
		assert_ptr_equal(m->slots[item->slot].item, item);
	}
	*in = !*in;
}

static void
who_is_due_first_is_found(void **state)
{
	static struct caisson_monitor m;
	static struct monitor_item items[ITEMS];
	bool in[ITEMS] = { false };

	(void)state;
	for (size_t i = 0; i < ITEMS; i++)
		monitor_item_init(&items[i], NULL);
	for (int round = 0; round < 100000; round++) {
		size_t i = (size_t)below(ITEMS);
		const struct monitor_item *first;

		if (below(4) == 0)
			come_or_go(&m, &items[i], &in[i]);
		else if (in[i])
			monitor_set_due(&m, &items[i],
					below(5) == 0 ? CAISSON_FOREVER
						      : below(50));
		first = monitor_first_due(&m);
		assert_true((first != NULL ? first->due : CAISSON_FOREVER) ==
			    first_of(items));
	}
	assert_true(m.n_slots <= ITEMS);
	for (size_t i = 0; i < ITEMS; i++) {
		if (in[i])
			assert_ptr_equal(m.slots[items[i].slot].item,
					 &items[i]);
	}
	free(m.slots);
	free(m.heap);
}

static void
the_queue_keeps_order_and_forgets(void **state)
{
	static struct caisson_monitor m;
	static struct monitor_item items[3];
	static struct caisson_watch watches[3];
	struct caisson_monitor_event event;

	(void)state;
	monitor_queue_init(&m);
	assert_int_equal(pthread_cond_init(&m.news, NULL), 0);
	for (size_t i = 0; i < 3; i++) {
		monitor_item_init(&items[i], &items[i]);
		items[i].watch = &watches[i];
	}
	monitor_push(&m, &items[0], CAISSON_MONITOR_START);
	monitor_push(&m, &items[1], CAISSON_MONITOR_DENIED);
	monitor_push(&m, &items[2], CAISSON_MONITOR_EXIT);
	monitor_push(&m, &items[1], CAISSON_MONITOR_DENIED);
	monitor_push(&m, &items[0], CAISSON_MONITOR_EXIT);
	monitor_push(&m, &items[1], CAISSON_MONITOR_EXIT);
	monitor_unqueue(&items[2]);
	assert_true(monitor_pop(&m, &event));
	assert_ptr_equal(event.data, &items[0]);
	assert_int_equal(event.kind, CAISSON_MONITOR_START);
	assert_true(monitor_pop(&m, &event));
	assert_ptr_equal(event.data, &items[1]);
	assert_int_equal(event.kind, CAISSON_MONITOR_DENIED);
	assert_true(monitor_pop(&m, &event));
	assert_ptr_equal(event.data, &items[0]);
	assert_int_equal(event.kind, CAISSON_MONITOR_EXIT);
	monitor_push(&m, &items[1], CAISSON_MONITOR_DENIED);
	assert_true(monitor_pop(&m, &event));
	assert_int_equal(event.kind, CAISSON_MONITOR_EXIT);
	assert_true(monitor_pop(&m, &event));
	assert_int_equal(event.kind, CAISSON_MONITOR_DENIED);
	assert_false(monitor_pop(&m, &event));
	assert_int_equal(pthread_cond_destroy(&m.news), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_is_due_first_is_found),
		cmocka_unit_test(the_queue_keeps_order_and_forgets),
	};

	seed = 1;
	return cmocka_run_group_tests_name("monitor_table", tests, NULL, NULL);
}
