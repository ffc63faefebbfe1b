/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Many live children under one monitor: the memory that each takes in the
 * agent, and that a wake-up is for something that has happened.
 *
 *	monitor_scale [--children=N]
 */
#include "monitoring.h"

#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>

#define BYTES_MAX   1024u
#define DESCRIPTORS 100u /* besides one for each child */

/* As many as the limits of this process allow. */
static size_t
number_of_children(void)
{
	size_t n = harness_argument("--children", 2000), most = n;
	struct rlimit files, processes;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &files), 0);
	assert_int_equal(getrlimit(RLIMIT_NPROC, &processes), 0);
	files.rlim_cur = files.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &files), 0);
	if (files.rlim_cur < most + DESCRIPTORS)
		most = files.rlim_cur - DESCRIPTORS;
	if (!harness_is_root() && processes.rlim_cur < most + DESCRIPTORS)
		most = processes.rlim_cur - DESCRIPTORS;
	if (most < n)
		print_message("%zu children instead of %zu: the limits on "
			      "open files or processes\n",
			      most, n);
	return most;
}

static size_t
allocated(void)
{
	struct mallinfo2 info = mallinfo2();

	return info.uordblks + info.hblkhd;
}

static void
start_all(struct caisson_monitor *m, struct caisson_child **child, size_t n)
{
	struct caisson_spec *spec = monitoring_pauser();
	struct caisson_error err;

	assert_int_equal(caisson_spec_freeze(spec, &err), 0);
	/* what libraries set up once */
	assert_int_equal(caisson_monitor_launch(m, spec, NULL, &child[0], &err),
			 0);
	caisson_child_free(child[0]);
	for (size_t i = 0; i < n; i++)
		if (caisson_monitor_launch(m, spec, NULL, &child[i], &err) != 0)
			fail_msg("%zu: %s", i, err.msg);
	caisson_spec_free(spec);
}

static void
check_memory(struct caisson_monitor *m, size_t grown, size_t n)
{
	struct caisson_monitor_stats stats = monitoring_stats(m);

	assert_int_equal(stats.children, n);
	print_message("%zu children: %llu bytes each by the monitor's "
		      "account, %zu by the allocator's\n",
		      n, (unsigned long long)(stats.bytes / n), grown / n);
	assert_in_range(stats.bytes / n, 200, BYTES_MAX);
	if (grown == 0) {
		print_message("this allocator keeps no account\n");
		return;
	}
	assert_in_range(grown / n, 200, BYTES_MAX);
	/* the account is not wishful: the rest is what an allocator adds */
	assert_true(stats.bytes * 4 >= grown * 3);
}

/* One by one, all over the table. */
static void
kill_some(struct caisson_monitor *m, struct caisson_child **child, size_t n)
{
	size_t k = n < 100 ? n : 100;
	uint64_t before;

	assert_int_equal(caisson_monitor_dispatch(m, 0, NULL), 0);
	before = monitoring_stats(m).wakeups;
	for (size_t i = 0; i < k; i++) {
		struct caisson_child **one = &child[i * (n / k)];

		assert_int_equal(kill(caisson_child_pid(*one), SIGKILL), 0);
		assert_int_equal(monitoring_end(m, *one).value, SIGKILL);
		*one = NULL;
	}
	print_message("%zu ends, %llu wake-ups\n", k,
		      (unsigned long long)(monitoring_stats(m).wakeups -
					   before));
	assert_int_equal(monitoring_stats(m).wakeups - before, k);
	assert_int_equal(monitoring_stats(m).children, n - k);
}

static void
many_children_are_little_memory_and_no_work(void **state)
{
	size_t n = number_of_children(), before;
	struct caisson_child **child =
	    calloc(n, sizeof(struct caisson_child *));
	struct caisson_monitor *m = monitoring_new(false, NULL, NULL);

	(void)state;
	assert_non_null(child);
	before = allocated();
	start_all(m, child, n);
	check_memory(m, allocated() - before, n);
	kill_some(m, child, n);
	for (size_t i = 0; i < n; i++)
		caisson_child_free(child[i]);
	assert_int_equal(monitoring_stats(m).children, 0);
	caisson_monitor_free(m);
	free(child);
	harness_assert_childless();
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(many_children_are_little_memory_and_no_work),
	};

	return harness_main("monitor_scale", argc, argv, tests,
			    sizeof(tests) / sizeof(tests[0]));
}
