/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ends, as a monitor tells them: every kind of end, once each, in its own
 * thread and in the caller's loop; timeouts and kills that it carries out.
 */
#include "monitoring.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void
every_kind(struct caisson_monitor *m)
{
	static const int statuses[] = { 0, 1, 42, 127, 128, 137, 255 };
	static const int signals[] = { SIGKILL, SIGTERM, SIGSEGV, SIGHUP };
	struct caisson_exit e;

	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
		e = monitoring_end(
		    m,
		    monitoring_act(m, "exit", harness_text("%d", statuses[i])));
		assert_int_equal(e.how, CAISSON_HOW_EXITED);
		assert_int_equal(e.value, statuses[i]);
		assert_true(e.has_usage);
	}
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		e = monitoring_end(m, monitoring_act(m, "kill",
						     harness_text("%d",
								  signals[i])));
		assert_int_equal(e.how, CAISSON_HOW_SIGNALLED);
		assert_int_equal(e.value, signals[i]);
	}
	monitoring_assert_none(m);
	assert_int_equal(monitoring_stats(m).exits, 11);
	assert_int_equal(monitoring_stats(m).starts, 0);
	assert_int_equal(monitoring_stats(m).children, 0);
	harness_assert_childless();
}

static void
every_kind_of_end_is_told_once(void **state)
{
	(void)state;
	monitoring_both(every_kind);
}

/* Other descriptors beside it in the caller's own poll. */
static void
the_callers_loop_can_run_it(void **state)
{
	struct caisson_monitor *m = monitoring_new(false, NULL, NULL);
	int ends[2], seen = 0, rounds = 0;
	struct caisson_child *child;
	struct caisson_error err;

	(void)state;
	assert_int_equal(caisson_pipe(ends), 0);
	assert_int_equal(caisson_monitor_dispatch(m, 0, &err), 0);
	child = monitoring_act(m, "sleep", "50");
	assert_int_equal(write(ends[1], "x", 1), 1);
	while (seen != 3 && rounds++ < 10) {
		struct pollfd p[2] = { { caisson_monitor_fd(m), POLLIN, 0 },
				       { ends[0], POLLIN, 0 } };
		char byte;

		assert_true(poll(p, 2, (int)LAUNCHING_PATIENCE_MS) > 0);
		if (p[1].revents != 0) {
			assert_int_equal(read(ends[0], &byte, 1), 1);
			seen |= 1;
		}
		if (p[0].revents != 0) {
			assert_int_equal(caisson_monitor_dispatch(m, 0, &err),
					 0);
			seen |= 2;
		}
	}
	assert_int_equal(seen, 3);
	assert_int_equal(monitoring_end(m, child).value, 0);
	/* done: it stays quiet */
	assert_int_equal(
	    poll(&(struct pollfd){ caisson_monitor_fd(m), POLLIN, 0 }, 1, 0),
	    0);
	caisson_monitor_free(m);
	(void)close(ends[0]);
	(void)close(ends[1]);
}

struct seen {
	atomic_uint calls;
	struct caisson_monitor_event last;
};

static void
note(const struct caisson_monitor_event *event, void *arg)
{
	struct seen *seen = arg;

	seen->last = *event;
	atomic_fetch_add(&seen->calls, 1);
}

static void
callback_and_queue_tell_the_same(void **state)
{
	struct caisson_monitor_event event;
	struct caisson_child *child;
	struct caisson_monitor *m;
	struct seen seen;
	int data;

	(void)state;
	memset(&seen, 0, sizeof(seen));
	m = monitoring_new(false, note, &seen);
	child =
	    monitoring_start(m, launching_spec(NULL, "exit", "3", NULL), &data);
	event = monitoring_next(m, CAISSON_MONITOR_EXIT);
	assert_ptr_equal(event.data, &data);
	assert_int_equal(atomic_load(&seen.calls), 1);
	assert_memory_equal(&seen.last, &event, sizeof(event));
	assert_int_equal(event.exit.value, 3);
	caisson_child_free(child);
	caisson_monitor_free(m);
}

/* Somebody else was first: the record is the same, and told all the same. */
static void
already_waited_for(struct caisson_monitor *m)
{
	struct caisson_child *child =
	    launching_start(launching_spec(NULL, "exit", "9", NULL), NULL);
	struct caisson_error err;
	struct caisson_exit e;
	int data;

	assert_int_equal(caisson_child_wait(child, CAISSON_FOREVER, &e, NULL),
			 0);
	assert_int_equal(caisson_monitor_add(m, child, &data, &err), 0);
	assert_int_equal(caisson_monitor_add(m, child, NULL, &err),
			 CAISSON_E_USAGE);
	assert_int_equal(monitoring_end(m, child).value, 9);
	child = monitoring_act(m, "exit", "8");
	assert_int_equal(caisson_child_wait(child, CAISSON_FOREVER, &e, NULL),
			 0);
	assert_int_equal(monitoring_end(m, child).value, 8);
	monitoring_assert_none(m);
}

static void
a_wait_elsewhere_takes_no_event_away(void **state)
{
	(void)state;
	monitoring_both(already_waited_for);
}

static void
timeouts(struct caisson_monitor *m)
{
	struct caisson_child *child = monitoring_start(
	    m, launching_spec("'timeout_ms':50", "sleep", "60000", NULL), NULL);
	struct caisson_exit e = monitoring_end(m, child);

	assert_int_equal(e.how, CAISSON_HOW_SIGNALLED);
	assert_int_equal(e.value, SIGTERM);
	assert_true(e.timed_out);
	child = monitoring_start(
	    m,
	    launching_spec("'timeout_ms':1500,'kill_grace_ms':50", "ignore",
			   "15", "1", NULL),
	    NULL);
	e = monitoring_end(m, child);
	assert_int_equal(e.how, CAISSON_HOW_SIGNALLED);
	assert_int_equal(e.value, SIGKILL);
	assert_true(e.timed_out);
}

static void
timeouts_and_escalation_run_from_it(void **state)
{
	(void)state;
	monitoring_both(timeouts);
}

static void
stops(struct caisson_monitor *m)
{
	struct caisson_child *child =
	    monitoring_start(m, launching_spec(NULL, "ignore", "15", "1", NULL),
			     NULL);
	struct caisson_exit e;

	/* it says so when it ignores the signal */
	(void)launching_read_line(child, 1);
	assert_int_equal(caisson_child_stop(child, 30, NULL), 0);
	e = monitoring_end(m, child);
	assert_int_equal(e.value, SIGKILL);
	assert_false(e.timed_out);
	child = monitoring_act(m, "sleep", "60000");
	assert_int_equal(caisson_child_stop(child, 60000, NULL), 0);
	assert_int_equal(monitoring_end(m, child).value, SIGTERM);
}

static void
a_stop_is_carried_through(void **state)
{
	(void)state;
	monitoring_both(stops);
}

static atomic_bool stop;
static atomic_uint stolen;

static void *
thief(void *arg)
{
	struct timespec nap = { 0, 100000 };

	(void)arg;
	while (!atomic_load(&stop)) {
		if (waitpid(-1, NULL, WNOHANG) > 0)
			atomic_fetch_add(&stolen, 1);
		else
			(void)nanosleep(&nap, NULL);
	}
	return NULL;
}

static void
assert_honest(const struct caisson_exit *e, int value)
{
	if (e->how == CAISSON_HOW_LOST) {
		assert_int_equal(e->value, 0);
		return;
	}
	assert_int_equal(e->how, CAISSON_HOW_EXITED);
	assert_int_equal(e->value, value);
}

static void
end_some(struct caisson_monitor *m, int n)
{
	for (int i = 0; i < n; i++) {
		struct caisson_exit e = monitoring_end(
		    m, monitoring_act(m, "exit", harness_text("%d", i % 256)));

		assert_honest(&e, i % 256);
	}
}

static void
thief_in_fork(void *arg)
{
	struct caisson_monitor *m = monitoring_new(true, NULL, NULL);
	pthread_t thread;

	(void)arg;
	assert_int_equal(pthread_create(&thread, NULL, thief, NULL), 0);
	for (int i = 0; i < 100 && atomic_load(&stolen) == 0; i++)
		end_some(m, 50);
	atomic_store(&stop, true);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_true(atomic_load(&stolen) > 0);
	caisson_monitor_free(m);
	harness_assert_childless();
}

static void
ignored_in_fork(void *arg)
{
	(void)arg;
	assert_true(signal(SIGCHLD, SIG_IGN) != SIG_ERR);
	for (int thread = 0; thread < 2; thread++) {
		struct caisson_monitor *m =
		    monitoring_new(thread != 0, NULL, NULL);

		end_some(m, 50);
		caisson_monitor_free(m);
	}
	harness_assert_childless();
}

static void
no_status_is_invented_when_somebody_steals_it(void **state)
{
	(void)state;
	harness_in_fork(thief_in_fork, NULL);
	harness_in_fork(ignored_in_fork, NULL);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_of_end_is_told_once),
		cmocka_unit_test(the_callers_loop_can_run_it),
		cmocka_unit_test(callback_and_queue_tell_the_same),
		cmocka_unit_test(a_wait_elsewhere_takes_no_event_away),
		cmocka_unit_test(timeouts_and_escalation_run_from_it),
		cmocka_unit_test(a_stop_is_carried_through),
		cmocka_unit_test(no_status_is_invented_when_somebody_steals_it),
	};

	return harness_main("monitor_exit", argc, argv, tests,
			    sizeof(tests) / sizeof(tests[0]));
}
