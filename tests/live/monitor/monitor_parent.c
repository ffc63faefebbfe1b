/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parent death signal comes when the launching thread ends: not so for
 * programs that are launched through a monitor, until that is freed.
 */
#include "monitoring.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#define WISH "'process':{'parent_death_signal':'SIGUSR2'}"

static struct caisson_spec *
spec_with_wish(void)
{
	return launching_spec(WISH, "sleep", "60000", NULL);
}

struct work {
	struct caisson_monitor *monitor; /* NULL: plain launch */
	struct caisson_child *child;
};

static void *
launch_and_end(void *arg)
{
	struct work *w = arg;

	w->child = w->monitor != NULL
		       ? monitoring_start(w->monitor, spec_with_wish(), NULL)
		       : launching_start(spec_with_wish(), NULL);
	return NULL;
}

static struct caisson_child *
from_a_thread(struct caisson_monitor *m)
{
	struct work w = { m, NULL };
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, launch_and_end, &w), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	return w.child;
}

/* The control: the kernel's rule. */
static void
a_plain_launch_dies_with_its_thread(void **state)
{
	struct caisson_exit e = launching_finish(from_a_thread(NULL));

	(void)state;
	assert_int_equal(e.how, CAISSON_HOW_SIGNALLED);
	assert_int_equal(e.value, SIGUSR2);
}

static void
one_through_a_monitor_lives_as_long_as_that(void **state)
{
	(void)state;
	for (int thread = 0; thread < 2; thread++) {
		struct caisson_monitor *m =
		    monitoring_new(thread != 0, NULL, NULL);
		struct caisson_child *child[3];
		struct caisson_exit e;

		for (int i = 0; i < 3; i++)
			child[i] = from_a_thread(m);
		/* the control has died by now, by the same event */
		e = launching_finish(from_a_thread(NULL));
		assert_int_equal(e.value, SIGUSR2);
		for (int i = 0; i < 3; i++)
			assert_int_equal(caisson_child_wait(child[i], 20, &e,
							    NULL),
					 CAISSON_E_TIMEOUT);
		assert_int_equal(caisson_child_signal(child[0], SIGTERM,
						      CAISSON_SCOPE_PROCESS,
						      NULL),
				 0);
		e = monitoring_end(m, child[0]);
		assert_int_equal(e.value, SIGTERM);
		caisson_monitor_free(m);
		for (int i = 1; i < 3; i++) {
			e = launching_finish(child[i]);
			assert_int_equal(e.how, CAISSON_HOW_SIGNALLED);
			assert_int_equal(e.value, SIGUSR2);
		}
	}
	harness_assert_childless();
}

static void
a_failed_launch_is_told_as_ever(void **state)
{
	struct caisson_monitor *m = monitoring_new(false, NULL, NULL);
	struct caisson_child *child = NULL;
	struct caisson_spec *spec = NULL;
	struct caisson_error err;

	(void)state;
	assert_int_equal(caisson_spec_new(&spec, &err), 0);
	assert_int_equal(caisson_spec_set_path(spec, "/nonexistent/program",
					       &err),
			 0);
	assert_int_equal(caisson_spec_set_parent_death_signal(spec, SIGKILL,
							      &err),
			 0);
	assert_int_equal(caisson_spec_freeze(spec, &err), 0);
	assert_int_equal(caisson_monitor_launch(m, spec, NULL, &child, &err),
			 CAISSON_E_NOT_FOUND);
	assert_int_equal(err.code, CAISSON_E_NOT_FOUND);
	assert_int_equal(err.sys_errno, ENOENT);
	assert_null(child);
	caisson_spec_free(spec);
	caisson_monitor_free(m);
	harness_assert_childless();
}

/* The tracer is the caller, so the caller has to be the parent. */
static void
a_traced_one_is_the_callers(void **state)
{
	struct caisson_monitor *m = monitoring_new(false, NULL, NULL);
	struct caisson_child *child = NULL;
	struct caisson_spec *spec = launching_spec(NULL, "exit", "3", NULL);
	struct caisson_error err;
	int status;

	(void)state;
	assert_int_equal(caisson_spec_set_ptrace(spec, true, &err), 0);
	child = monitoring_start(m, spec, NULL);
	assert_int_equal(waitpid(caisson_child_pid(child), &status, __WALL),
			 caisson_child_pid(child));
	assert_true(WIFSTOPPED(status));
	assert_int_equal(ptrace(PTRACE_DETACH, caisson_child_pid(child), 0, 0),
			 0);
	assert_int_equal(monitoring_end(m, child).value, 3);
	spec = spec_with_wish();
	assert_int_equal(caisson_spec_set_ptrace(spec, true, &err), 0);
	assert_int_equal(caisson_spec_freeze(spec, &err), 0);
	assert_int_equal(caisson_monitor_launch(m, spec, NULL, &child, &err),
			 CAISSON_E_UNSUPPORTED);
	assert_int_equal(err.stage, CAISSON_STAGE_MONITOR);
	caisson_spec_free(spec);
	caisson_monitor_free(m);
}

/* Says whether it could, and goes when told to. */
static void
be_tracer(pid_t pid, const int told[2], const int says[2])
{
	char could = ptrace(PTRACE_SEIZE, pid, 0, 0) == 0 ? 'y' : 'n';

	(void)close(told[1]);
	if (write(says[1], &could, 1) == 1)
		(void)!read(told[0], &could, 1);
	_exit(0);
}

/* Nobody can have its status while another process traces it. */
static void
a_dead_one_that_is_traced_keeps_nobody_busy(void **state)
{
	struct caisson_monitor *m = monitoring_new(false, NULL, NULL);
	struct caisson_child *child = monitoring_act(m, "sleep", "60000");
	struct caisson_monitor_event event = { .size = sizeof(event) };
	int told[2], says[2];
	uint64_t before;
	pid_t tracer;
	char could;

	(void)state;
	assert_int_equal(caisson_pipe(told), 0);
	assert_int_equal(caisson_pipe(says), 0);
	tracer = fork();
	if (tracer == 0)
		be_tracer(caisson_child_pid(child), told, says);
	assert_int_equal(read(says[0], &could, 1), 1);
	if (could != 'y')
		print_message("skipped: not allowed to trace\n");
	before = monitoring_stats(m).wakeups;
	assert_int_equal(caisson_child_kill(child, NULL), 0);
	assert_int_equal(caisson_monitor_next(m, 200, &event, NULL),
			 could == 'y' ? CAISSON_E_TIMEOUT : 0);
	/* every few milliseconds, and not all the time */
	assert_in_range(monitoring_stats(m).wakeups - before, 1, 100);
	(void)close(told[0]);
	(void)close(told[1]);
	assert_int_equal(waitpid(tracer, NULL, 0), tracer);
	if (could == 'y')
		event = monitoring_next(m, CAISSON_MONITOR_EXIT);
	assert_ptr_equal(event.child, child);
	assert_int_equal(launching_finish(child).value, SIGKILL);
	(void)close(says[0]);
	(void)close(says[1]);
	caisson_monitor_free(m);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_plain_launch_dies_with_its_thread),
		cmocka_unit_test(one_through_a_monitor_lives_as_long_as_that),
		cmocka_unit_test(a_failed_launch_is_told_as_ever),
		cmocka_unit_test(a_traced_one_is_the_callers),
		cmocka_unit_test(a_dead_one_that_is_traced_keeps_nobody_busy),
	};

	return harness_main("monitor_parent", argc, argv, tests,
			    sizeof(tests) / sizeof(tests[0]));
}
