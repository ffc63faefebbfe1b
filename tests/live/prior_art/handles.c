/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What older systems did wrong with processes that they held by a number, and
 * with what a program is given when nothing is said (docs/prior-art.md).
 */
#include "launching.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* A process of our own group, which would meet any signal to 0 or -1. */
static pid_t
bystander(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		(void)signal(SIGTERM, SIG_DFL);
		for (;;)
			(void)pause();
	}
	assert_true(pid > 0);
	return pid;
}

static void
assert_gone(int r, const struct caisson_error *err)
{
	assert_int_equal(r, CAISSON_E_SYSTEM);
	assert_int_equal(err->sys_errno, ESRCH);
}

/* Twice: neither the number nor its group is ours any more. */
static void
signal_in_all_ways(struct caisson_child *child)
{
	struct caisson_error err;

	for (int i = 0; i < 2; i++) {
		assert_gone(caisson_child_signal(child, SIGTERM,
						 CAISSON_SCOPE_PROCESS, &err),
			    &err);
		assert_gone(caisson_child_signal(child, SIGTERM,
						 CAISSON_SCOPE_GROUP, &err),
			    &err);
		assert_gone(caisson_child_stop(child, 0, &err), &err);
		assert_gone(caisson_child_kill(child, &err), &err);
	}
}

static void
signal_what_has_ended(void *members)
{
	struct caisson_child *child;
	struct caisson_exit end = { 0 };
	pid_t other;
	int status = 0;

	assert_int_equal(setpgid(0, 0), 0);
	other = bystander();
	child =
	    launching_start(launching_spec(members, "exit", "0", NULL), NULL);
	assert_int_equal(caisson_child_wait(child, CAISSON_FOREVER, &end, NULL),
			 0);
	signal_in_all_ways(child);
	caisson_child_free(child);
	assert_int_equal(waitpid(other, &status, WNOHANG), 0);

	/* It would have seen one. */
	(void)signal(SIGTERM, SIG_IGN);
	assert_int_equal(kill(0, SIGTERM), 0);
	assert_int_equal(waitpid(other, &status, 0), other);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
}

static void
a_signal_to_what_has_ended_reaches_nobody(void **state)
{
	static char own[] = "'process':{'group':'new'}";
	static char inherited[] = "'process':{'group':'inherit'}";

	(void)state;
	harness_in_fork(signal_what_has_ended, own);
	harness_in_fork(signal_what_has_ended, inherited);
}

static void
no_environment_means_none(void **state)
{
	struct launched l;

	(void)state;
	assert_int_equal(setenv("OF_THE_CALLER", "1", 1), 0);
	l = launching_state(NULL, NULL);
	assert_int_equal(json_array_size(json_object_get(l.state, "environ")),
			 0);
	json_decref(l.state);
	/* The state has variables where there are any. */
	l = launching_state("'env':{'OF_THE_SPEC':'1'}", NULL);
	assert_int_equal(json_array_size(json_object_get(l.state, "environ")),
			 1);
	json_decref(l.state);
	assert_int_equal(unsetenv("OF_THE_CALLER"), 0);
}

/* A status of 255, -1 in a byte, is one; and no signal looks like it. */
static void
a_status_of_255_is_neither_an_error_nor_a_signal(void **state)
{
	struct caisson_exit e = launching_finish(
	    launching_start(launching_spec(NULL, "exit", "255", NULL), NULL));

	(void)state;
	assert_int_equal(e.how, CAISSON_HOW_EXITED);
	assert_int_equal(e.value, 255);
	e = launching_finish(
	    launching_start(launching_spec(NULL, "kill", "1", NULL), NULL));
	assert_int_equal(e.how, CAISSON_HOW_SIGNALLED);
	assert_int_equal(e.value, SIGHUP);
}

static void
looking_again_never_turns_an_end_into_another(void **state)
{
	struct caisson_child *child = launching_start(
	    launching_spec("'rlimits':{'core':0}", "kill", "11", NULL), NULL);
	struct caisson_exit first = { 0 };

	(void)state;
	assert_int_equal(caisson_child_wait(child, CAISSON_FOREVER, &first,
					    NULL),
			 0);
	assert_int_equal(first.value, SIGSEGV);
	for (uint64_t ms = 0; ms < 3; ms++) {
		struct caisson_exit again;

		memset(&again, 0xa5, sizeof(again));
		assert_int_equal(caisson_child_wait(child, ms, &again, NULL),
				 0);
		assert_memory_equal(&first, &again, sizeof(first));
	}
	caisson_child_free(child);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_signal_to_what_has_ended_reaches_nobody),
		cmocka_unit_test(no_environment_means_none),
		cmocka_unit_test(
		    a_status_of_255_is_neither_an_error_nor_a_signal),
		cmocka_unit_test(looking_again_never_turns_an_end_into_another),
	};

	return harness_main("prior_art_handles", argc, argv, tests,
			    sizeof(tests) / sizeof(tests[0]));
}
