/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Exit statuses that somebody else takes: a thread in waitpid(-1), or the
 * kernel because SIGCHLD is ignored.  They are recovered or reported as lost,
 * and never invented.
 */
#include "launching.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static struct caisson_child *
start(const char *act, const char *arg, uint32_t engine)
{
	return launching_start(launching_spec(NULL, act, arg, NULL),
			       launching_engine(engine));
}

/* What it was, or lost, and then without a value. */
static void
assert_honest(const struct caisson_exit *e, uint32_t how, int value)
{
	if (e->how == CAISSON_HOW_LOST) {
		assert_int_equal(e->value, 0);
		return;
	}
	assert_int_equal(e->how, how);
	assert_int_equal(e->value, value);
}

static void
launch_some(unsigned int rounds)
{
	for (unsigned int i = 0; i < rounds; i++) {
		uint32_t engine =
		    i % 2 == 0 ? CAISSON_ENGINE_AUTO : CAISSON_ENGINE_FORK;
		struct caisson_exit e;

		e = launching_finish(
		    start("exit", harness_text("%u", i % 256), engine));
		assert_honest(&e, CAISSON_HOW_EXITED, (int)(i % 256));
		e = launching_finish(start("kill", "15", engine));
		assert_honest(&e, CAISSON_HOW_SIGNALLED, SIGTERM);
	}
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
thief_in_fork(void *arg)
{
	pthread_t thread;

	(void)arg;
	assert_int_equal(pthread_create(&thread, NULL, thief, NULL), 0);
	launch_some(150);
	atomic_store(&stop, true);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_true(atomic_load(&stolen) > 0);
	harness_assert_childless();
}

static void
a_thread_in_waitpid_steals_no_truth(void **state)
{
	(void)state;
	harness_in_fork(thief_in_fork, NULL);
}

static void
ignored_in_fork(void *arg)
{
	(void)arg;
	assert_true(signal(SIGCHLD, SIG_IGN) != SIG_ERR);
	launch_some(60);
	harness_assert_childless();
}

static void
an_ignored_sigchld_steals_no_truth(void **state)
{
	(void)state;
	harness_in_fork(ignored_in_fork, NULL);
}

static void
certain_theft_in_fork(void *arg)
{
	struct caisson_child *child = start("exit", "7", CAISSON_ENGINE_AUTO);
	struct caisson_error err;
	struct caisson_exit e;
	int status = 0;

	(void)arg;
	assert_int_equal(waitpid(caisson_child_pid(child), &status, 0),
			 caisson_child_pid(child));
	assert_int_equal(WEXITSTATUS(status), 7);
	assert_int_equal(caisson_child_wait(child, LAUNCHING_PATIENCE_MS, &e,
					    &err),
			 0);
	assert_honest(&e, CAISSON_HOW_EXITED, 7);
	assert_false(e.has_usage);
	assert_int_equal(caisson_child_signal(child, SIGTERM,
					      CAISSON_SCOPE_GROUP, &err),
			 CAISSON_E_SYSTEM);
	assert_int_equal(err.sys_errno, ESRCH);
	caisson_child_free(child);
}

static void
a_status_taken_by_pid_is_recovered_or_lost(void **state)
{
	(void)state;
	harness_in_fork(certain_theft_in_fork, NULL);
}

static void
free_after_theft(void *arg)
{
	struct caisson_child *child = start("exit", "7", CAISSON_ENGINE_AUTO);

	(void)arg;
	assert_int_equal(waitpid(caisson_child_pid(child), NULL, 0),
			 caisson_child_pid(child));
	caisson_child_free(child);
}

static void
free_does_not_hang_after_a_theft(void **state)
{
	(void)state;
	harness_in_fork(free_after_theft, NULL);
}

/* A failed launch must not be taken for a success because it was reaped. */
static void
failures_in_fork(void *arg)
{
	struct caisson_error err;

	(void)arg;
	assert_true(signal(SIGCHLD, SIG_IGN) != SIG_ERR);
	for (int i = 0; i < 40; i++) {
		launching_refused(launching_spec("'cwd':'/nonexistent'", "exit",
						 "0", NULL),
				  launching_engine(i % 2 == 0
						       ? CAISSON_ENGINE_AUTO
						       : CAISSON_ENGINE_FORK),
				  &err);
		assert_int_equal(err.stage, CAISSON_STAGE_CWD);
		assert_int_equal(err.sys_errno, ENOENT);
	}
}

static void
a_failed_launch_stays_one_with_sigchld_ignored(void **state)
{
	(void)state;
	harness_in_fork(failures_in_fork, NULL);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_thread_in_waitpid_steals_no_truth),
		cmocka_unit_test(an_ignored_sigchld_steals_no_truth),
		cmocka_unit_test(a_status_taken_by_pid_is_recovered_or_lost),
		cmocka_unit_test(free_does_not_hang_after_a_theft),
		cmocka_unit_test(
		    a_failed_launch_stays_one_with_sigchld_ignored),
	};

	return harness_main("handle_stolen", argc, argv, tests,
			    sizeof(tests) / sizeof(tests[0]));
}
