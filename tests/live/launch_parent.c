/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Programs and the death of their launcher: the parent death signal arrives,
 * whether the launcher dies after the launch or in the middle of it.
 */
#include "launching.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct shared {
	volatile pid_t pid;
};

static struct shared *shared;

static void
launch_and_die(const char *members)
{
	struct caisson_child *child =
	    launching_start(launching_spec(members, "sleep", "60000", NULL),
			    NULL);

	shared->pid = caisson_child_pid(child);
	(void)raise(SIGKILL);
}

/* The orphan is ours: how it ends, or that it does not. */
static int
orphan_status(pid_t pid, int tries)
{
	struct timespec nap = { 0, 5000000 };
	int status = -1;

	for (int i = 0; i < tries; i++) {
		if (waitpid(pid, &status, WNOHANG) == pid)
			return status;
		(void)nanosleep(&nap, NULL);
	}
	return -1;
}

static void
die_after_launch(void *arg)
{
	bool asked = *(bool *)arg;
	pid_t launcher;
	int status;

	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	launcher = fork();
	if (launcher == 0)
		launch_and_die(
		    asked ? "'process':{'parent_death_signal':'SIGUSR2'}"
			  : NULL);
	assert_int_equal(waitpid(launcher, &status, 0), launcher);
	assert_true(WIFSIGNALED(status));
	assert_true(shared->pid > 1);
	status = orphan_status(shared->pid, asked ? 2000 : 40);
	if (asked) {
		assert_true(WIFSIGNALED(status));
		assert_int_equal(WTERMSIG(status), SIGUSR2);
		return;
	}
	/* the control: without the wish it outlives its launcher */
	assert_int_equal(status, -1);
	assert_int_equal(kill(shared->pid, SIGKILL), 0);
	(void)orphan_status(shared->pid, 2000);
}

static void
the_program_dies_with_its_launcher_if_asked(void **state)
{
	bool asked = true;

	(void)state;
	harness_in_fork(die_after_launch, &asked);
	asked = false;
	harness_in_fork(die_after_launch, &asked);
}

/*
 * The launcher is killed at a random moment of many launches: afterwards no
 * program of it is left.
 */
static void
die_during_launch(void *arg)
{
	unsigned int seed = 1;

	(void)arg;
	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	for (int i = 0; i < 60; i++) {
		struct timespec nap = { 0, (long)(rand_r(&seed) % 6000000) };
		pid_t launcher = fork(), pid;

		if (launcher == 0)
			for (;;)
				(void)launching_start(
				    launching_spec(
					"'process':{'parent_death_signal':"
					"'SIGKILL'}",
					"sleep", "60000", NULL),
				    NULL);
		(void)nanosleep(&nap, NULL);
		assert_int_equal(kill(launcher, SIGKILL), 0);
		/* all of them end by themselves: else this waits for ever */
		while ((pid = waitpid(-1, NULL, __WALL)) > 0)
			continue;
		assert_int_equal(errno, ECHILD);
	}
}

static void
a_launcher_killed_in_the_middle_leaves_nothing(void **state)
{
	(void)state;
	harness_in_fork(die_during_launch, NULL);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_program_dies_with_its_launcher_if_asked),
		cmocka_unit_test(
		    a_launcher_killed_in_the_middle_leaves_nothing),
	};

	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		return 1;
	return harness_main("launch_parent", argc, argv, tests,
			    sizeof(tests) / sizeof(tests[0]));
}
