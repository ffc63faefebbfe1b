/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Handshakes in a monitor: one start and then one end, whatever the program
 * does and whoever sees it first.
 */
#include "monitoring.h"
#include "speaking.h"

#include <signal.h>
#include <string.h>

static const struct row {
	const char *protocol, *script;
	const char *members;
	uint32_t state, how;
	int value;
} rows[] = {
	{ "caisson", "read ready exit 5", NULL, CAISSON_START_READY,
	  CAISSON_HOW_EXITED, 5 },
	{ "caisson", "read failed no exit 9", NULL, CAISSON_START_FAILED,
	  CAISSON_HOW_EXITED, 9 },
	{ "caisson", "ignore 15 failed stays pause", "'kill_grace_ms':50",
	  CAISSON_START_FAILED, CAISSON_HOW_SIGNALLED, SIGKILL },
	{ "caisson", "exit 3", NULL, CAISSON_START_DIED, CAISSON_HOW_EXITED,
	  3 },
	{ "caisson", "kill 11", "'rlimits':{'core':0}", CAISSON_START_DIED,
	  CAISSON_HOW_SIGNALLED, SIGSEGV },
	{ "caisson", "ready-as 1 pause", NULL, CAISSON_START_LIED,
	  CAISSON_HOW_SIGNALLED, SIGKILL },
	{ "caisson", "say nonsense\\xff pause", NULL, CAISSON_START_GARBLED,
	  CAISSON_HOW_SIGNALLED, SIGKILL },
	{ "v23", "read end ready exit 5", NULL, CAISSON_START_READY,
	  CAISSON_HOW_EXITED, 5 },
	{ "v23", "read end failed no exit 9", NULL, CAISSON_START_FAILED,
	  CAISSON_HOW_EXITED, 9 },
	{ "v23", "exit 3", NULL, CAISSON_START_DIED, CAISSON_HOW_EXITED, 3 },
	{ "v23", "ready-as 1 pause", NULL, CAISSON_START_LIED,
	  CAISSON_HOW_SIGNALLED, SIGKILL },
	{ "v23", "close 4 pause", NULL, CAISSON_START_GARBLED,
	  CAISSON_HOW_SIGNALLED, SIGKILL },
	{ "veyron", "single end ready exit 5", NULL, CAISSON_START_READY,
	  CAISSON_HOW_EXITED, 5 },
	{ "veyron", "single end failed no exit 9", NULL, CAISSON_START_FAILED,
	  CAISSON_HOW_EXITED, 9 },
	{ "veyron", "exit 3", NULL, CAISSON_START_DIED, CAISSON_HOW_EXITED, 3 },
	{ "veyron", "close 4 pause", NULL, CAISSON_START_GARBLED,
	  CAISSON_HOW_SIGNALLED, SIGKILL },
};

static struct caisson_spec *
spec_of(const struct row *row)
{
	struct caisson_spec *spec =
	    speaking_spec(row->protocol != NULL ? row->protocol : "caisson",
			  row->script);

	if (row->members != NULL)
		launching_set(spec, row->members);
	return spec;
}

static void
assert_row(struct caisson_monitor *m, const struct row *row,
	   struct caisson_child *child)
{
	struct caisson_monitor_event event =
	    monitoring_next(m, CAISSON_MONITOR_START);
	struct caisson_exit e;

	assert_ptr_equal(event.child, child);
	assert_int_equal(event.exit.how, 0);
	assert_int_equal(speaking_state(child).state, row->state);
	e = monitoring_end(m, child);
	assert_int_equal(e.how, row->how);
	assert_int_equal(e.value, row->value);
	monitoring_assert_none(m);
}

static void
all_rows(struct caisson_monitor *m)
{
	size_t n = sizeof(rows) / sizeof(rows[0]);

	for (size_t i = 0; i < n; i++)
		assert_row(m, &rows[i],
			   monitoring_start(m, spec_of(&rows[i]), NULL));
	assert_int_equal(monitoring_stats(m).starts, n);
	assert_int_equal(monitoring_stats(m).exits, n);
}

static void
a_start_and_then_an_end_for_each(void **state)
{
	(void)state;
	monitoring_both(all_rows);
	speaking_assert_nobody();
}

static void
silent(struct caisson_monitor *m)
{
	struct caisson_spec *spec = speaking_spec("caisson", "pause");
	struct caisson_child *child;
	struct caisson_error err;

	assert_int_equal(caisson_spec_set_handshake_ready_timeout_ms(spec, 50,
								     &err),
			 0);
	child = monitoring_start(m, spec, NULL);
	assert_ptr_equal(monitoring_next(m, CAISSON_MONITOR_START).child,
			 child);
	assert_int_equal(speaking_state(child).state, CAISSON_START_TIMED_OUT);
	assert_int_equal(monitoring_end(m, child).value, SIGKILL);
}

static void
silence_ends_with_the_time_for_it(void **state)
{
	(void)state;
	monitoring_both(silent);
}

/* Decided by somebody else, before or while the monitor has it. */
static void
decided_elsewhere(struct caisson_monitor *m)
{
	static const struct row row = {
		"caisson",           "read ready await 0 exit 5", NULL,
		CAISSON_START_READY, CAISSON_HOW_EXITED,          5
	};
	struct caisson_child *child = launching_start(spec_of(&row), NULL);
	struct caisson_error err;

	speaking_wait_ready(child);
	assert_int_equal(caisson_monitor_add(m, child, NULL, &err), 0);
	assert_int_equal(dprintf(caisson_child_fd(child, 0), "go"), 2);
	assert_row(m, &row, child);
	child = monitoring_start(m, spec_of(&row), NULL);
	speaking_wait_ready(child);
	/* before its end: nobody has to die for it to be told */
	assert_ptr_equal(monitoring_next(m, CAISSON_MONITOR_START).child,
			 child);
	assert_int_equal(dprintf(caisson_child_fd(child, 0), "go"), 2);
	assert_int_equal(monitoring_end(m, child).value, 5);
	monitoring_assert_none(m);
}

static void
a_start_that_somebody_else_saw_is_told_once(void **state)
{
	(void)state;
	monitoring_both(decided_elsewhere);
}

/*
 * Another thread finds the status closed without a word, and goes away: from
 * then on the monitor, which nothing wakes any more, has a second, not an hour.
 */
static void
a_silence_that_somebody_else_saw_has_its_end(void **state)
{
	struct caisson_monitor *m = monitoring_new(false, NULL, NULL);
	struct caisson_spec *spec =
	    speaking_spec("caisson", "await 0 close 4 pause");
	struct caisson_child *child;
	struct caisson_error err;

	(void)state;
	assert_int_equal(caisson_spec_set_handshake_ready_timeout_ms(spec,
								     3600000,
								     &err),
			 0);
	child = launching_start(spec, NULL);
	assert_int_equal(caisson_monitor_add(m, child, NULL, &err), 0);
	/* the look that every handshake gets at first */
	assert_int_equal(caisson_monitor_dispatch(m, CAISSON_FOREVER, &err), 0);
	assert_int_equal(dprintf(caisson_child_fd(child, 0), "go"), 2);
	while (caisson_child_status_fd(child) >= 0)
		assert_int_equal(caisson_child_wait_ready(child, 0, &err),
				 CAISSON_E_TIMEOUT);
	assert_int_equal(speaking_state(child).state, CAISSON_START_WAITING);
	assert_ptr_equal(monitoring_next(m, CAISSON_MONITOR_START).child,
			 child);
	assert_int_equal(speaking_state(child).state, CAISSON_START_GARBLED);
	assert_int_equal(monitoring_end(m, child).value, SIGKILL);
	caisson_monitor_free(m);
}

/* Dead before it is added: both, in their order. */
static void
dead_before(struct caisson_monitor *m)
{
	static const struct row row = {
		"caisson",           "read ready exit 5", NULL,
		CAISSON_START_READY, CAISSON_HOW_EXITED,  5
	};
	struct caisson_child *child = launching_start(spec_of(&row), NULL);
	struct caisson_error err;

	assert_int_equal(caisson_child_wait(child, CAISSON_FOREVER, NULL, NULL),
			 0);
	assert_int_equal(caisson_monitor_add(m, child, NULL, &err), 0);
	assert_row(m, &row, child);
}

static void
one_that_is_dead_already_has_both(void **state)
{
	(void)state;
	monitoring_both(dead_before);
}

/* Died before ready: two events, from one wake-up. */
static void
a_death_before_ready_takes_one_wake_up(void **state)
{
	struct caisson_monitor *m = monitoring_new(false, NULL, NULL);
	struct caisson_child *child =
	    launching_start(speaking_spec("caisson", "await 0 exit 4"), NULL);
	struct caisson_error err;
	uint64_t before;

	(void)state;
	assert_int_equal(caisson_monitor_add(m, child, NULL, &err), 0);
	/* the look that every handshake gets at first */
	assert_int_equal(caisson_monitor_dispatch(m, CAISSON_FOREVER, &err), 0);
	monitoring_assert_none(m);
	before = monitoring_stats(m).wakeups;
	assert_int_equal(kill(caisson_child_pid(child), SIGKILL), 0);
	assert_ptr_equal(monitoring_next(m, CAISSON_MONITOR_START).child,
			 child);
	assert_int_equal(speaking_state(child).state, CAISSON_START_DIED);
	assert_int_equal(monitoring_end(m, child).value, SIGKILL);
	assert_in_range(monitoring_stats(m).wakeups - before, 1, 2);
	caisson_monitor_free(m);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_start_and_then_an_end_for_each),
		cmocka_unit_test(silence_ends_with_the_time_for_it),
		cmocka_unit_test(a_start_that_somebody_else_saw_is_told_once),
		cmocka_unit_test(a_silence_that_somebody_else_saw_has_its_end),
		cmocka_unit_test(one_that_is_dead_already_has_both),
		cmocka_unit_test(a_death_before_ready_takes_one_wake_up),
	};

	return harness_main("monitor_start", argc, argv, tests,
			    sizeof(tests) / sizeof(tests[0]));
}
