/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Several threads and many programs in one session: each gets its own answers,
 * whoever reads them.
 */
#include "faking.h"

#include "caisson_monitor.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#define THREADS  8
#define EACH     7 /* 56 at a time; the fake one has room for 64 */
#define PATIENCE LAUNCHING_PATIENCE_MS

static struct caisson_session *session;
static struct caisson_spec *specs[256];
static atomic_int wrong;

static struct caisson_child *
start(int status)
{
	struct caisson_launch_options o = { .size = sizeof(o),
					    .session = session };
	struct caisson_child *child = NULL;

	if (caisson_launch(specs[status], &o, &child, NULL) < 0) {
		atomic_fetch_add(&wrong, 1);
		return NULL;
	}
	return child;
}

static void
check_exit(struct caisson_child *child, int status)
{
	struct caisson_exit e;

	if (child == NULL)
		return;
	if (caisson_child_wait(child, PATIENCE, &e, NULL) < 0 ||
	    e.how != CAISSON_HOW_EXITED || e.value != status)
		atomic_fetch_add(&wrong, 1);
	caisson_child_free(child);
}

static void
run_all(void *(*run)(void *), void *args[THREADS])
{
	pthread_t threads[THREADS];

	for (size_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, run,
						args[i]),
				 0);
	for (size_t i = 0; i < THREADS; i++)
		(void)pthread_join(threads[i], NULL);
	assert_int_equal(atomic_load(&wrong), 0);
}

/* All of them are in flight before the first is waited for. */
static void *
launch_many(void *arg)
{
	int base = *(int *)arg * EACH;
	struct caisson_child *children[EACH];

	for (int i = 0; i < EACH; i++)
		children[i] = start(base + i);
	for (int i = EACH - 1; i >= 0; i--)
		check_exit(children[i], base + i);
	return NULL;
}

static void
fifty_programs_from_eight_threads(void **state)
{
	int numbers[THREADS];
	void *args[THREADS];

	(void)state;
	for (int i = 0; i < THREADS; i++) {
		numbers[i] = i;
		args[i] = &numbers[i];
	}
	for (int i = 0; i < 3; i++)
		run_all(launch_many, args);
}

static struct caisson_child *shared;

static void *
wait_for_it(void *arg)
{
	struct caisson_exit e;

	(void)arg;
	if (caisson_child_wait(shared, PATIENCE, &e, NULL) < 0 ||
	    e.how != CAISSON_HOW_SIGNALLED || e.value != SIGTERM)
		atomic_fetch_add(&wrong, 1);
	return NULL;
}

static void *
end_it(void *arg)
{
	(void)arg;
	if (caisson_child_signal(shared, SIGTERM, 0, NULL) < 0)
		atomic_fetch_add(&wrong, 1);
	return wait_for_it(NULL);
}

static void
one_program_is_waited_for_by_many(void **state)
{
	(void)state;
	for (int i = 0; i < 10; i++) {
		pthread_t threads[THREADS];

		shared = launching_start(launching_spec(NULL, "sleep", "60000",
							NULL),
					 faking_in(session));
		for (int t = 0; t < THREADS; t++)
			assert_int_equal(pthread_create(&threads[t], NULL,
							t == 4 ? end_it
							       : wait_for_it,
							NULL),
					 0);
		for (int t = 0; t < THREADS; t++)
			(void)pthread_join(threads[t], NULL);
		assert_int_equal(atomic_load(&wrong), 0);
		caisson_child_free(shared);
	}
}

/* A monitor, waiters and dispatch read the same socket. */
static void *
dispatch(void *arg)
{
	const atomic_bool *stop = arg;

	while (!atomic_load(stop))
		if (caisson_session_dispatch(session, NULL) < 0)
			atomic_fetch_add(&wrong, 1);
	return NULL;
}

static void
a_monitor_is_told_whoever_reads(void **state)
{
	struct caisson_monitor *m = NULL;
	struct caisson_child *children[40];
	atomic_bool stop = false;
	pthread_t thread;
	int32_t sum = 0;

	(void)state;
	assert_int_equal(caisson_monitor_new(NULL, &m, NULL), 0);
	assert_int_equal(pthread_create(&thread, NULL, dispatch, &stop), 0);
	for (int i = 0; i < 40; i++) {
		children[i] = start(i);
		assert_non_null(children[i]);
		assert_int_equal(caisson_monitor_add(m, children[i], NULL,
						     NULL),
				 0);
	}
	for (int i = 0; i < 40; i++) {
		struct caisson_monitor_event event = { .size = sizeof(event) };

		assert_int_equal(caisson_monitor_next(m, PATIENCE, &event,
						      NULL),
				 0);
		sum += event.exit.value;
	}
	assert_int_equal(sum, 780);
	atomic_store(&stop, true);
	(void)pthread_join(thread, NULL);
	for (int i = 0; i < 40; i++)
		caisson_child_free(children[i]);
	caisson_monitor_free(m);
	assert_int_equal(atomic_load(&wrong), 0);
}

/* While others wait: they get an end, and no hang. */
static void *
wait_for_any_end(void *child)
{
	struct caisson_exit e;

	if (caisson_child_wait(child, PATIENCE, &e, NULL) < 0)
		atomic_fetch_add(&wrong, 1);
	return NULL;
}

static void
a_session_is_closed_while_others_wait(void **state)
{
	struct caisson_session *kept = session;
	struct caisson_child *children[THREADS];
	pthread_t threads[THREADS];

	(void)state;
	session = faking_session("honest");
	for (int i = 0; i < THREADS; i++) {
		children[i] = launching_start(launching_spec(NULL, "sleep",
							     "60000", NULL),
					      faking_in(session));
		assert_int_equal(pthread_create(&threads[i], NULL,
						wait_for_any_end, children[i]),
				 0);
	}
	caisson_session_close(session);
	session = kept;
	for (int i = 0; i < THREADS; i++) {
		(void)pthread_join(threads[i], NULL);
		caisson_child_free(children[i]);
	}
	assert_int_equal(atomic_load(&wrong), 0);
}

static int
prepare(void **state)
{
	(void)state;
	for (int i = 0; i < 256; i++) {
		specs[i] =
		    launching_spec(NULL, "exit", harness_text("%d", i), NULL);
		assert_int_equal(caisson_spec_freeze(specs[i], NULL), 0);
	}
	session = faking_session("honest");
	return 0;
}

static int
finish(void **state)
{
	(void)state;
	caisson_session_close(session);
	for (int i = 0; i < 256; i++)
		caisson_spec_free(specs[i]);
	harness_assert_childless();
	return 0;
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test_setup_teardown(fifty_programs_from_eight_threads,
					prepare, finish),
	cmocka_unit_test_setup_teardown(one_program_is_waited_for_by_many,
					prepare, finish),
	cmocka_unit_test_setup_teardown(a_monitor_is_told_whoever_reads,
					prepare, finish),
	cmocka_unit_test_setup_teardown(a_session_is_closed_while_others_wait,
					prepare, finish),
};

int
main(int argc, char **argv)
{
	return harness_main("threads_session", argc, argv, tests,
			    sizeof(tests) / sizeof(tests[0]));
}
