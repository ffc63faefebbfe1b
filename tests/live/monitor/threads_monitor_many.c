/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Many short programs, started by many threads at once: for each exactly one
 * end, by the callback and by the queue, with its own status.
 *
 *	threads_monitor_many [--children=N]
 */
#include "monitoring.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#define THREADS 8u

struct one {
	unsigned int status;
	struct caisson_child *child;
	atomic_uint called, queued;
	bool is_right;
};

static struct one *all;
static size_t n_all;
static struct caisson_monitor *monitor;

static bool
is_right(const struct one *one, const struct caisson_monitor_event *event)
{
	const struct caisson_exit *e = &event->exit;

	return event->kind == CAISSON_MONITOR_EXIT &&
	       e->how == CAISSON_HOW_EXITED && e->value == (int)one->status &&
	       e->started_ns > 0 && e->ended_ns >= e->started_ns;
}

static void
called(const struct caisson_monitor_event *event, void *arg)
{
	struct one *one = event->data;

	(void)arg;
	one->is_right = is_right(one, event);
	atomic_fetch_add(&one->called, 1);
}

/* Every other one is launched elsewhere and added. */
static bool
start(struct one *one, size_t i)
{
	struct caisson_monitor_launch how = { .size = sizeof(how),
					      .data = one };
	struct caisson_launch_options options = { .size = sizeof(options),
						  .setup_timeout_ms = 600000 };
	struct caisson_spec *spec =
	    launching_spec(NULL, "exit", harness_text("%u", one->status), NULL);
	struct caisson_error err;
	int r = caisson_spec_freeze(spec, &err);

	how.options = &options;
	if (r == 0 && i % 2 == 0)
		r = caisson_monitor_launch(monitor, spec, &how, &one->child,
					   &err);
	else if (r == 0)
		r = caisson_launch(spec, &options, &one->child, &err);
	if (r == 0 && i % 2 != 0)
		r = caisson_monitor_add(monitor, one->child, one, &err);
	caisson_spec_free(spec);
	if (r != 0)
		(void)fprintf(stderr, "%s\n", err.msg);
	return r == 0;
}

static void *
starter(void *arg)
{
	size_t first = (size_t)(uintptr_t)arg;

	for (size_t i = first; i < n_all; i += THREADS) {
		all[i].status = (unsigned int)(i % 256);
		if (!start(&all[i], i / THREADS))
			return &all[i];
	}
	return NULL;
}

static void
start_all(pthread_t thread[THREADS])
{
	for (size_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, starter,
						(void *)(uintptr_t)i),
				 0);
}

static void
fetch_all(void)
{
	for (size_t i = 0; i < n_all; i++) {
		struct caisson_monitor_event event =
		    monitoring_next(monitor, CAISSON_MONITOR_EXIT);
		struct one *one = event.data;

		assert_true(is_right(one, &event));
		assert_int_equal(atomic_fetch_add(&one->queued, 1), 0);
	}
	monitoring_assert_none(monitor);
}

static void
check_one(struct one *one)
{
	struct caisson_exit e;

	assert_int_equal(atomic_load(&one->called), 1);
	assert_int_equal(atomic_load(&one->queued), 1);
	assert_true(one->is_right);
	assert_int_equal(caisson_child_wait(one->child, 0, &e, NULL), 0);
	assert_int_equal(e.value, one->status);
	caisson_child_free(one->child);
}

static void
many(bool thread)
{
	pthread_t threads[THREADS];
	void *failed;

	n_all = harness_argument("--children", 2000);
	/* a pidfd each until it is freed, its output, and launches */
	harness_descriptors(256 + n_all * 2);
	all = calloc(n_all, sizeof(*all));
	assert_non_null(all);
	monitor = monitoring_new(thread, called, NULL);
	start_all(threads);
	fetch_all();
	for (size_t i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(threads[i], &failed), 0);
		assert_null(failed);
	}
	for (size_t i = 0; i < n_all; i++)
		check_one(&all[i]);
	assert_int_equal(monitoring_stats(monitor).exits, n_all);
	assert_int_equal(monitoring_stats(monitor).children, 0);
	caisson_monitor_free(monitor);
	free(all);
	harness_assert_childless();
}

static void
each_of_many_ends_once_in_a_thread(void **state)
{
	(void)state;
	many(true);
}

static void
each_of_many_ends_once_in_the_callers_loop(void **state)
{
	(void)state;
	many(false);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_of_many_ends_once_in_a_thread),
		cmocka_unit_test(each_of_many_ends_once_in_the_callers_loop),
	};

	return harness_main("threads_monitor_many", argc, argv, tests,
			    sizeof(tests) / sizeof(tests[0]));
}
