/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Refused calls in a monitor: it says that there is news, before it says that
 * the program has ended, and does not go on about it.
 */
#include "reporting.h"

#include "caisson_monitor.h"

#include <malloc.h>
#include <string.h>
#include <sys/syscall.h>

static struct caisson_child *
start(struct caisson_monitor *m, const char *const *args)
{
	struct caisson_monitor_launch how = { .size = sizeof(how),
					      .options = &reporting_options };
	struct caisson_spec *spec =
	    reporting_spec(reporting_policy(REPORTING_POLICY), NULL, args);
	struct caisson_child *child = NULL;
	struct caisson_error err;

	if (caisson_spec_freeze(spec, &err) != 0 ||
	    caisson_monitor_launch(m, spec, &how, &child, &err) != 0)
		fail_msg("%s", err.msg);
	caisson_spec_free(spec);
	return child;
}

static void
next(struct caisson_monitor *m, uint32_t kind,
     const struct caisson_child *child)
{
	struct caisson_monitor_event event = { .size = sizeof(event) };
	struct caisson_error err;

	if (caisson_monitor_next(m, LAUNCHING_PATIENCE_MS, &event, &err) != 0)
		fail_msg("%s", err.msg);
	assert_int_equal(event.kind, kind);
	assert_ptr_equal(event.child, child);
}

static void
news_come_before_the_end(void **state)
{
	struct caisson_denial one = { .size = sizeof(one) };
	struct caisson_monitor *m = NULL;
	struct caisson_child *child;
	struct caisson_error err;

	(void)state;
	assert_int_equal(caisson_monitor_new(NULL, &m, &err), 0);
	child = start(m, REPORTING_ARGS("call",
					harness_text("%d", (int)SYS_reboot)));
	next(m, CAISSON_MONITOR_DENIED, child);
	assert_true(caisson_child_denial(child, &one));
	assert_int_equal(one.nr, SYS_reboot);
	assert_false(caisson_child_denial(child, &one));
	next(m, CAISSON_MONITOR_EXIT, child);
	caisson_child_free(child);
	caisson_monitor_free(m);
}

/* Nobody asks what it is: one event waits, and the loop sleeps. */
static void
news_that_nobody_takes_are_told_once(void **state)
{
	struct caisson_monitor_stats stats = { .size = sizeof(stats) };
	struct caisson_denial one = { .size = sizeof(one) };
	struct caisson_monitor *m = NULL;
	struct caisson_child *child;
	struct caisson_error err;

	(void)state;
	assert_int_equal(caisson_monitor_new(NULL, &m, &err), 0);
	child = start(m, REPORTING_ARGS("call",
					harness_text("%d", (int)SYS_reboot)));
	do {
		assert_int_equal(caisson_monitor_dispatch(m, 1000, &err), 0);
		caisson_monitor_stats(m, &stats);
	} while (stats.exits == 0);
	/* at first; a call or two; the end; and nothing more */
	assert_in_range(stats.wakeups, 1, 10);
	next(m, CAISSON_MONITOR_DENIED, child);
	next(m, CAISSON_MONITOR_EXIT, child);
	assert_true(caisson_child_denial(child, &one));
	caisson_child_free(child);
	caisson_monitor_free(m);
}

static size_t
allocated(void)
{
	struct mallinfo2 info = mallinfo2();

	return info.uordblks + info.hblkhd;
}

/* What decides about refused calls is kept for each child, and counted. */
static void
the_account_of_memory_is_not_wishful(void **state)
{
	struct caisson_monitor_stats stats = { .size = sizeof(stats) };
	const char *const *args =
	    REPORTING_ARGS("call", harness_text("%d", (int)SYS_reboot));
	struct caisson_child *child[8];
	struct caisson_monitor *m = NULL;
	struct caisson_error err;
	size_t before;

	(void)state;
	assert_int_equal(caisson_monitor_new(NULL, &m, &err), 0);
	/* what libraries set up once */
	caisson_child_free(start(m, args));
	before = allocated();
	for (size_t i = 0; i < 8; i++)
		child[i] = start(m, args);
	before = allocated() - before;
	caisson_monitor_stats(m, &stats);
	print_message("8 children: %llu bytes by the monitor's account, %zu by "
		      "the allocator's\n",
		      (unsigned long long)stats.bytes, before);
	if (before == 0)
		print_message("this allocator keeps no account\n");
	assert_in_range(stats.bytes, before * 3 / 4, 1 << 24);
	for (size_t i = 0; i < 8; i++)
		caisson_child_free(child[i]);
	caisson_monitor_free(m);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(news_come_before_the_end),
		cmocka_unit_test(news_that_nobody_takes_are_told_once),
		cmocka_unit_test(the_account_of_memory_is_not_wishful),
	};

	return harness_main("denials_monitor", argc, argv, tests,
			    sizeof(tests) / sizeof(tests[0]));
}
