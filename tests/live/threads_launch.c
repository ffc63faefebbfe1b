/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Many threads launching at once: every program ends as it should, and
 * nothing is left over.  Runs under ThreadSanitizer with smaller numbers.
 *
 *	threads_launch [--threads=N] [--launches=N]
 *
 * CAISSON_TEST_THREADS and CAISSON_TEST_LAUNCHES in the environment do the
 * same where arguments cannot be given.
 */
#include "launching.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define THREADS_MAX 256

static unsigned long
setting(const char *argument, const char *variable, unsigned long otherwise)
{
	const char *text = getenv(variable);

	if (text != NULL)
		otherwise = strtoul(text, NULL, 10);
	return harness_argument(argument, otherwise);
}

struct work {
	pthread_t thread;
	unsigned int number;
	unsigned long launches;
	uint32_t engine;
	struct caisson_spec *shared; /* one frozen spec for all */
	char problem[300];
};

/* cmocka's assertions belong to the main thread: say what is wrong. */
static bool
problem(struct work *w, const char *what, const char *detail)
{
	(void)snprintf(w->problem, sizeof(w->problem), "%s: %s", what, detail);
	return false;
}

static bool
launch_shared(struct work *w, unsigned long i)
{
	/* the deadline is for others to test: 32 threads may have to wait */
	struct caisson_launch_options options = { .size = sizeof(options),
						  .engine = w->engine,
						  .setup_timeout_ms = 600000 };
	struct caisson_child *child = NULL;
	struct caisson_error err;
	struct caisson_exit e;
	char text[16] = "";
	ssize_t n;

	if (caisson_launch(w->shared, &options, &child, &err) != 0)
		return problem(w, "launch", err.msg);
	n = read(caisson_child_fd(child, 1), text, sizeof(text) - 1);
	if (i % 3 == 0) {
		/* freed without waiting */
		caisson_child_free(child);
		return n == 5 || problem(w, "read", text);
	}
	if (caisson_child_wait(child, LAUNCHING_PATIENCE_MS, &e, &err) != 0) {
		caisson_child_free(child);
		return problem(w, "wait", err.msg);
	}
	caisson_child_free(child);
	if (n != 5 || strcmp(text, "hello") != 0)
		return problem(w, "read", text);
	if (e.how != CAISSON_HOW_EXITED || e.value != 0)
		return problem(w, "exit", "not 0");
	return true;
}

/* A launch that fails must clean up beside launches that do not. */
static bool
launch_missing(struct work *w)
{
	struct caisson_spec *spec = NULL;
	struct caisson_child *child = NULL;
	struct caisson_error err;
	int r = caisson_spec_new(&spec, &err);

	if (r == 0)
		r = caisson_spec_set_path(spec, "/nonexistent/program", &err);
	if (r == 0)
		r = caisson_spec_freeze(spec, &err);
	if (r == 0)
		r = caisson_launch(spec, NULL, &child, &err);
	caisson_spec_free(spec);
	return r == CAISSON_E_NOT_FOUND ||
	       problem(w, "missing program", err.msg);
}

static void *
worker(void *arg)
{
	struct work *w = arg;

	for (unsigned long i = 0; i < w->launches; i++) {
		if (!launch_shared(w, i))
			return NULL;
		if (i % 16 == 5 && !launch_missing(w))
			return NULL;
	}
	return NULL;
}

static void
launch_from_threads(uint32_t engine, unsigned long n, unsigned long launches)
{
	static struct work work[THREADS_MAX];
	struct caisson_spec *spec =
	    launching_spec(NULL, "write", "1", "hello", NULL);
	struct caisson_error err;
	json_t *before;

	harness_first_thread();
	before = harness_snapshot();
	assert_in_range(n, 1, THREADS_MAX);
	assert_int_equal(caisson_spec_freeze(spec, &err), 0);
	for (unsigned int i = 0; i < n; i++) {
		work[i] = (struct work){ .number = i,
					 .launches = launches,
					 .engine = engine,
					 .shared = spec };
		assert_int_equal(pthread_create(&work[i].thread, NULL, worker,
						&work[i]),
				 0);
	}
	for (unsigned int i = 0; i < n; i++) {
		assert_int_equal(pthread_join(work[i].thread, NULL), 0);
		if (work[i].problem[0] != '\0')
			fail_msg("thread %u: %s", i, work[i].problem);
	}
	caisson_spec_free(spec);
	harness_assert_unchanged(before);
	harness_assert_childless();
}

static void
many_threads_launch_at_once(void **state)
{
	unsigned long n = setting("--threads", "CAISSON_TEST_THREADS", 32);
	unsigned long launches =
	    setting("--launches", "CAISSON_TEST_LAUNCHES", 200);

	(void)state;
	if (harness_is_root()) {
		launch_from_threads(CAISSON_ENGINE_FORK, n, launches);
	} else {
		launch_from_threads(CAISSON_ENGINE_VFORK, n, launches / 2);
		launch_from_threads(CAISSON_ENGINE_FORK, n,
				    launches - launches / 2);
	}
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(many_threads_launch_at_once),
	};

	return harness_main("threads_launch", argc, argv, tests,
			    sizeof(tests) / sizeof(tests[0]));
}
