/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Freeing while things happen: children from their own callback, from that of
 * others, from other threads; and the monitor itself.
 */
#include "monitoring.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

static atomic_uint calls;
static struct caisson_child *other;

static void
free_own(const struct caisson_monitor_event *event, void *arg)
{
	(void)arg;
	caisson_child_free(event->child);
	atomic_fetch_add(&calls, 1);
}

static void
wait_for_calls(struct caisson_monitor *m, bool thread, unsigned int n)
{
	while (atomic_load(&calls) < n) {
		if (thread)
			(void)sched_yield();
		else
			assert_int_equal(caisson_monitor_dispatch(m, 1000,
								  NULL),
					 0);
	}
}

static void
a_child_may_be_freed_by_its_own_callback(void **state)
{
	(void)state;
	for (int thread = 0; thread < 2; thread++) {
		struct caisson_monitor *m =
		    monitoring_new(thread != 0, free_own, NULL);

		atomic_store(&calls, 0);
		for (int i = 0; i < 20; i++)
			(void)monitoring_act(m, "exit", "0");
		wait_for_calls(m, thread != 0, 20);
		/* its event went with it */
		monitoring_assert_none(m);
		assert_int_equal(monitoring_stats(m).children, 0);
		caisson_monitor_free(m);
	}
	harness_assert_childless();
}

static void
free_other(const struct caisson_monitor_event *event, void *arg)
{
	(void)arg;
	(void)event;
	caisson_child_free(other);
	other = NULL;
	atomic_fetch_add(&calls, 1);
}

/* Both have ended when the first is told of: the other's turn never comes. */
static void
a_child_may_be_freed_by_the_callback_of_another(void **state)
{
	struct caisson_monitor *m = monitoring_new(false, free_other, NULL);
	struct caisson_child *child[2];
	struct caisson_monitor_event event = { .size = sizeof(event) };

	(void)state;
	atomic_store(&calls, 0);
	for (int i = 0; i < 2; i++) {
		child[i] = monitoring_act(m, "exit", "0");
		free(launching_read(child[i], 1));
	}
	other = child[1];
	event = monitoring_next(m, CAISSON_MONITOR_EXIT);
	assert_ptr_equal(event.child, child[0]);
	assert_null(other);
	monitoring_assert_none(m);
	caisson_child_free(child[0]);
	assert_int_equal(monitoring_stats(m).children, 0);
	caisson_monitor_free(m);
}

static atomic_bool is_over;

/* Any answer will do: it depends on who is first. */
static void
whatever(int r)
{
	(void)r;
}

static void *
looper(void *arg)
{
	while (!atomic_load(&is_over))
		if (caisson_monitor_dispatch(arg, 1, NULL) != 0)
			return arg;
	return NULL;
}

static void *
fetcher(void *arg)
{
	struct caisson_monitor_event event = { .size = sizeof(event) };

	while (!atomic_load(&is_over))
		whatever(caisson_monitor_next(arg, 1, &event, NULL));
	return NULL;
}

/* Starts, and frees at every moment of a short life. */
static void *
churner(void *arg)
{
	for (int i = 0; i < 60; i++) {
		struct caisson_child *child =
		    monitoring_act(arg, i % 3 == 0 ? "sleep" : "exit", "0");

		for (int n = 0; n < i * 20; n++)
			(void)sched_yield();
		if (i % 5 == 0)
			whatever(caisson_child_stop(child, 0, NULL));
		if (i % 7 == 0)
			whatever(caisson_child_wait(child, 5, NULL, NULL));
		caisson_child_free(child);
	}
	return NULL;
}

static void
look_on(const struct caisson_monitor_event *event, void *arg)
{
	struct caisson_exit e;

	(void)arg;
	if (event->kind == CAISSON_MONITOR_EXIT &&
	    caisson_child_wait(event->child, 0, &e, NULL) == 0 &&
	    e.ended_ns == event->exit.ended_ns)
		atomic_fetch_add(&calls, 1);
}

static void
churn(bool thread)
{
	struct caisson_monitor *m = monitoring_new(thread, look_on, NULL);
	pthread_t loops[3], workers[4];
	void *failed;

	atomic_store(&is_over, false);
	for (int i = 0; i < 3; i++)
		assert_int_equal(pthread_create(&loops[i], NULL,
						thread || i == 0 ? fetcher
								 : looper,
						m),
				 0);
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&workers[i], NULL, churner, m),
				 0);
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_join(workers[i], NULL), 0);
	atomic_store(&is_over, true);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(pthread_join(loops[i], &failed), 0);
		assert_null(failed);
	}
	assert_int_equal(monitoring_stats(m).children, 0);
	assert_int_equal(monitoring_stats(m).bytes, monitoring_stats(m).bytes);
	caisson_monitor_free(m);
	harness_assert_childless();
}

static void
other_threads_may_free_what_is_looked_at(void **state)
{
	(void)state;
	churn(true);
	churn(false);
}

/* They go on, and are their owner's alone. */
static void
children_outlive_the_monitor(void **state)
{
	(void)state;
	for (int thread = 0; thread < 2; thread++) {
		struct caisson_monitor *m =
		    monitoring_new(thread != 0, NULL, NULL);
		struct caisson_child *child[10];
		struct caisson_exit e;

		for (int i = 0; i < 10; i++)
			child[i] =
			    monitoring_act(m, i < 5 ? "exit" : "copy", "0");
		caisson_monitor_free(m);
		for (int i = 0; i < 5; i++) {
			assert_int_equal(caisson_child_wait(child[i],
							    CAISSON_FOREVER, &e,
							    NULL),
					 0);
			assert_int_equal(e.how, CAISSON_HOW_EXITED);
			caisson_child_free(child[i]);
		}
		for (int i = 5; i < 10; i++)
			caisson_child_free(child[i]);
	}
	harness_assert_childless();
}

static void *
freer(void *arg)
{
	caisson_child_free(arg);
	return NULL;
}

static void
a_child_and_its_monitor_may_be_freed_at_once(void **state)
{
	(void)state;
	for (int i = 0; i < 40; i++) {
		struct caisson_monitor *m =
		    monitoring_new(i % 2 == 0, NULL, NULL);
		pthread_t threads[4];

		for (int n = 0; n < 4; n++)
			assert_int_equal(
			    pthread_create(&threads[n], NULL, freer,
					   monitoring_act(m, "sleep", "60000")),
			    0);
		caisson_monitor_free(m);
		for (int n = 0; n < 4; n++)
			assert_int_equal(pthread_join(threads[n], NULL), 0);
	}
	caisson_monitor_free(NULL);
	harness_assert_childless();
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_child_may_be_freed_by_its_own_callback),
		cmocka_unit_test(
		    a_child_may_be_freed_by_the_callback_of_another),
		cmocka_unit_test(other_threads_may_free_what_is_looked_at),
		cmocka_unit_test(children_outlive_the_monitor),
		cmocka_unit_test(a_child_and_its_monitor_may_be_freed_at_once),
	};

	return harness_main("threads_monitor_free", argc, argv, tests,
			    sizeof(tests) / sizeof(tests[0]));
}
