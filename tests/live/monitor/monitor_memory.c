/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory that runs out, at each allocation in turn: an error, nothing left,
 * and all is well the next time.
 */
#include "monitoring.h"
#include "no_memory.h"

#include <sys/syscall.h>
#include <unistd.h>

/* Calls fn until no allocation of it fails any more: how often one did. */
static unsigned int
fail_each(int (*fn)(void *arg, struct caisson_error *err), void *arg)
{
	struct caisson_error err;

	for (unsigned int n = 0; n < 100; n++) {
		int r;

		no_memory_failed = false;
		no_memory_after = (long)n;
		r = fn(arg, &err);
		no_memory_after = -1;
		if (!no_memory_failed) {
			assert_int_equal(r, 0);
			return n;
		}
		assert_int_equal(r, CAISSON_E_NO_MEMORY);
		assert_int_equal(err.code, CAISSON_E_NO_MEMORY);
	}
	fail();
	return 0;
}

static int new (void *arg, struct caisson_error *err)
{
	return caisson_monitor_new(NULL, arg, err);
}

struct adding {
	struct caisson_monitor *monitor;
	struct caisson_child *child;
	struct caisson_watch *watch;
	int pidfd;
};

static int
add(void *arg, struct caisson_error *err)
{
	struct adding *a = arg;

	return caisson_monitor_add(a->monitor, a->child, NULL, err);
}

static int
watch(void *arg, struct caisson_error *err)
{
	struct adding *a = arg;

	return caisson_monitor_watch(a->monitor, a->pidfd, NULL, &a->watch,
				     err);
}

static void
memory_that_runs_out_is_an_error(void **state)
{
	struct adding a = { .monitor = NULL };

	(void)state;
	assert_int_equal(fail_each(new, &a.monitor), 2);
	a.pidfd = (int)syscall(SYS_pidfd_open, getpid(), 0);
	/* the item, and both tables */
	a.child =
	    launching_start(launching_spec(NULL, "exit", "3", NULL), NULL);
	assert_int_equal(fail_each(add, &a), 3);
	assert_int_equal(monitoring_end(a.monitor, a.child).value, 3);
	assert_int_equal(fail_each(watch, &a), 1);
	caisson_watch_free(a.watch);
	caisson_monitor_free(a.monitor);
	assert_int_equal(fail_each(new, &a.monitor), 2);
	assert_int_equal(fail_each(watch, &a), 3);
	assert_int_equal(monitoring_stats(a.monitor).watches, 1);
	caisson_watch_free(a.watch);
	caisson_monitor_free(a.monitor);
	(void)close(a.pidfd);
	harness_assert_childless();
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_that_runs_out_is_an_error),
	};

	return harness_main("monitor_memory", argc, argv, tests,
			    sizeof(tests) / sizeof(tests[0]));
}
