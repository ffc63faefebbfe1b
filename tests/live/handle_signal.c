/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signals to a program and to its group, killing, and what free does.
 */
#include "launching.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static struct caisson_child *
start(const char *members, const char *act, const char *arg)
{
	return launching_start(launching_spec(members, act, arg, NULL), NULL);
}

/* The grandchild that "family" or "daemon" tells of. */
static pid_t
grandchild(struct caisson_child *child)
{
	pid_t pid = (pid_t)strtol(launching_read_line(child, 1), NULL, 10);

	assert_true(pid > 1);
	assert_int_equal(kill(pid, 0), 0);
	return pid;
}

/* An orphan comes to the next subreaper: wait until it is not running. */
static void
assert_ends(pid_t pid)
{
	struct timespec nap = { 0, 5000000 };
	siginfo_t info;

	for (int i = 0; i < 1000; i++) {
		memset(&info, 0, sizeof(info));
		if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG) == 0 &&
		    info.si_pid == pid)
			return;
		(void)nanosleep(&nap, NULL);
	}
	fail_msg("process %d is still there", (int)pid);
}

static void
a_signal_reaches_the_program(void **state)
{
	struct caisson_child *child = start(NULL, "sleep", "60000");
	struct caisson_error err;
	struct caisson_exit e;

	(void)state;
	assert_int_equal(caisson_child_signal(child, SIGUSR1,
					      CAISSON_SCOPE_PROCESS, &err),
			 0);
	assert_int_equal(caisson_child_wait(child, LAUNCHING_PATIENCE_MS, &e,
					    &err),
			 0);
	assert_int_equal(e.value, SIGUSR1);
	assert_int_equal(caisson_child_signal(child, SIGUSR1,
					      CAISSON_SCOPE_PROCESS, &err),
			 CAISSON_E_SYSTEM);
	assert_int_equal(err.sys_errno, ESRCH);
	assert_int_equal(err.stage, CAISSON_STAGE_SIGNAL);
	assert_int_equal(caisson_child_kill(child, &err), CAISSON_E_SYSTEM);
	assert_int_equal(err.sys_errno, ESRCH);
	caisson_child_free(child);
}

static void
an_impossible_signal_is_an_error(void **state)
{
	struct caisson_child *child = start(NULL, "sleep", "60000");
	struct caisson_error err;

	(void)state;
	assert_int_equal(caisson_child_signal(child, 65, CAISSON_SCOPE_PROCESS,
					      &err),
			 CAISSON_E_SYSTEM);
	assert_int_equal(err.sys_errno, EINVAL);
	assert_int_not_equal(caisson_child_signal(child, -1,
						  CAISSON_SCOPE_GROUP, &err),
			     0);
	assert_int_equal(caisson_child_signal(child, 0, CAISSON_SCOPE_GROUP,
					      &err),
			 0);
	caisson_child_free(child);
}

static void
group_in_fork(void *arg)
{
	bool to_group = *(bool *)arg;
	struct caisson_child *child;
	struct caisson_error err;
	pid_t other;

	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	child = start(NULL, "family", "1");
	other = grandchild(child);
	assert_int_equal(caisson_child_signal(child, SIGTERM,
					      to_group ? CAISSON_SCOPE_GROUP
						       : CAISSON_SCOPE_PROCESS,
					      &err),
			 0);
	assert_int_equal(launching_finish(child).value, SIGTERM);
	if (!to_group) {
		assert_int_equal(kill(other, 0), 0);
		assert_int_equal(kill(other, SIGKILL), 0);
	}
	assert_ends(other);
}

static void
a_signal_to_the_group_reaches_its_children(void **state)
{
	bool to_group = true;

	(void)state;
	harness_in_fork(group_in_fork, &to_group);
	to_group = false;
	harness_in_fork(group_in_fork, &to_group);
}

static void
kill_in_fork(void *arg)
{
	bool by_free = *(bool *)arg;
	struct caisson_child *child;
	struct caisson_error err;
	pid_t other;

	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	child = start(NULL, "family", "1");
	other = grandchild(child);
	if (by_free) {
		caisson_child_free(child);
	} else {
		assert_int_equal(caisson_child_kill(child, &err), 0);
		assert_int_equal(launching_finish(child).value, SIGKILL);
	}
	assert_ends(other);
	harness_assert_childless();
}

static void
kill_and_free_reach_the_group(void **state)
{
	bool by_free = false;

	(void)state;
	harness_in_fork(kill_in_fork, &by_free);
	by_free = true;
	harness_in_fork(kill_in_fork, &by_free);
}

/*
 * A program in the caller's group: the scope "group" is the program alone,
 * for the caller itself is in that group.
 */
static void
an_inherited_group_is_not_signalled(void **state)
{
	struct caisson_child *child =
	    start("'process':{'group':'inherit'}", "sleep", "60000");
	struct caisson_error err;

	(void)state;
	assert_int_equal(caisson_child_signal(child, SIGTERM,
					      CAISSON_SCOPE_GROUP, &err),
			 0);
	assert_int_equal(launching_finish(child).value, SIGTERM);
	child = start("'process':{'group':'inherit'}", "sleep", "60000");
	assert_int_equal(caisson_child_kill(child, &err), 0);
	assert_int_equal(launching_finish(child).value, SIGKILL);
}

static void
free_kills_and_reaps(void **state)
{
	static const char *const acts[] = { "sleep", "exit", "kill" };
	static const char *const args[] = { "60000", "0", "19" };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		json_t *before = harness_snapshot();

		caisson_child_free(start(NULL, acts[i], args[i]));
		harness_assert_unchanged(before);
		harness_assert_childless();
	}
}

static volatile sig_atomic_t alarms;

static void
on_alarm(int signo)
{
	(void)signo;
	alarms++;
}

/* Handlers of the caller run all the time, and without SA_RESTART. */
static void
storm_in_fork(void *arg)
{
	struct sigaction act = { .sa_handler = on_alarm };
	struct itimerval often = { { 0, 300 }, { 0, 300 } };

	(void)arg;
	assert_int_equal(sigaction(SIGALRM, &act, NULL), 0);
	assert_int_equal(setitimer(ITIMER_REAL, &often, NULL), 0);
	for (int i = 0; i < 200; i++) {
		struct caisson_child *child = start(NULL, "sleep", "2");

		assert_int_equal(launching_finish(child).value, 0);
		caisson_child_free(start(NULL, "sleep", "60000"));
		harness_assert_childless();
	}
	memset(&often, 0, sizeof(often));
	assert_int_equal(setitimer(ITIMER_REAL, &often, NULL), 0);
	assert_true(alarms > 100);
}

static void
a_storm_of_signals_to_the_caller_changes_nothing(void **state)
{
	(void)state;
	harness_in_fork(storm_in_fork, NULL);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_signal_reaches_the_program),
		cmocka_unit_test(an_impossible_signal_is_an_error),
		cmocka_unit_test(a_signal_to_the_group_reaches_its_children),
		cmocka_unit_test(kill_and_free_reach_the_group),
		cmocka_unit_test(an_inherited_group_is_not_signalled),
		cmocka_unit_test(free_kills_and_reaps),
		cmocka_unit_test(
		    a_storm_of_signals_to_the_caller_changes_nothing),
	};

	return harness_main("handle_signal", argc, argv, tests,
			    sizeof(tests) / sizeof(tests[0]));
}
