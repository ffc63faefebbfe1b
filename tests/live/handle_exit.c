/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a program ended, as its handle tells: status or signal, core, usage,
 * times; and the spec's own timeout.
 */
#include "launching.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static struct caisson_child *
start(const char *members, const char *act, const char *arg)
{
	return launching_start(launching_spec(members, act, arg, NULL), NULL);
}

static void
every_exit_status_is_told_as_it_is(void **state)
{
	(void)state;
	for (int status = 0; status < 256; status++) {
		struct caisson_child *child =
		    start(NULL, "exit", harness_text("%d", status));
		int32_t pid = caisson_child_pid(child);
		struct caisson_exit e = launching_finish(child);

		assert_int_equal(e.how, CAISSON_HOW_EXITED);
		assert_int_equal(e.value, status);
		assert_int_equal(e.pid, pid);
		assert_false(e.core);
		assert_false(e.timed_out);
	}
	harness_assert_childless();
}

static bool
is_harmless(int signo)
{
	switch (signo) {
	case SIGCHLD:
	case SIGCONT:
	case SIGURG:
	case SIGWINCH:
		return true;
	case SIGSTOP:
	case SIGTSTP:
	case SIGTTIN:
	case SIGTTOU:
		return true; /* they stop it: see the signal tests */
	default:
		return signo == 32 || signo == 33; /* glibc's own */
	}
}

static void
every_signal_is_told_as_a_signal(void **state)
{
	(void)state;
	for (int signo = 1; signo <= 64; signo++) {
		struct caisson_exit e;

		if (is_harmless(signo))
			continue;
		e = launching_finish(start("'rlimits':{'core':0}", "kill",
					   harness_text("%d", signo)));
		assert_int_equal(e.how, CAISSON_HOW_SIGNALLED);
		assert_int_equal(e.value, signo);
		assert_false(e.core);
	}
	harness_assert_childless();
}

/* A pattern without a pipe, and a directory where a core may be written. */
static bool
cores_are_files(void)
{
	char pattern[128] = "";
	int fd = open("/proc/sys/kernel/core_pattern", O_RDONLY | O_CLOEXEC);
	struct rlimit limit;

	if (fd >= 0) {
		if (read(fd, pattern, sizeof(pattern) - 1) < 0)
			pattern[0] = '|';
		(void)close(fd);
	}
	return pattern[0] != '|' && pattern[0] != '/' && pattern[0] != '\0' &&
	       getrlimit(RLIMIT_CORE, &limit) == 0 &&
	       limit.rlim_max >= 10000000;
}

static void
a_core_is_told(void **state)
{
	struct caisson_exit e;

	(void)state;
	if (!cores_are_files()) {
		print_message("skipped: cores do not go to plain files\n");
		skip();
	}
	e = launching_finish(
	    start(harness_text("'rlimits':{'core':10000000},'cwd':'%s'",
			       harness_scratch()),
		  "kill", "6"));
	assert_int_equal(e.how, CAISSON_HOW_SIGNALLED);
	assert_int_equal(e.value, SIGABRT);
	assert_true(e.core);
}

static void
usage_and_times_are_told(void **state)
{
	struct timespec now;
	struct caisson_exit e;
	int64_t before;

	(void)state;
	(void)clock_gettime(CLOCK_REALTIME, &now);
	before = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
	e = launching_finish(start(NULL, "spin", "100"));
	(void)clock_gettime(CLOCK_REALTIME, &now);
	assert_true(e.has_usage);
	assert_in_range(e.user_us + e.system_us, 80000, 5000000);
	assert_in_range(e.max_rss_kib, 100, 1000000);
	assert_true(e.started_ns >= before - 1000000);
	assert_true(e.ended_ns - e.started_ns >= 80000000);
	assert_true(e.ended_ns <=
		    (int64_t)now.tv_sec * 1000000000 + now.tv_nsec);
}

static void
waiting_can_time_out_and_be_repeated(void **state)
{
	struct caisson_child *child = start(NULL, "sleep", "400");
	struct caisson_exit e[2];
	struct caisson_error err;

	(void)state;
	memset(e, 0, sizeof(e));
	assert_int_equal(caisson_child_wait(child, 0, &e[0], &err),
			 CAISSON_E_TIMEOUT);
	launching_assert_error(&err, CAISSON_E_TIMEOUT, CAISSON_STAGE_WAIT,
			       "wait: still running");
	assert_int_equal(caisson_child_wait(child, 50, &e[0], NULL),
			 CAISSON_E_TIMEOUT);
	assert_int_equal(e[0].how, 0);
	assert_int_equal(caisson_child_wait(child, CAISSON_FOREVER, &e[0],
					    &err),
			 0);
	assert_int_equal(caisson_child_wait(child, 0, &e[1], &err), 0);
	assert_memory_equal(&e[0], &e[1], sizeof(e[0]));
	assert_int_equal(e[0].value, 0);
	caisson_child_free(child);
	caisson_child_free(NULL);
}

static void
the_pidfd_becomes_readable_at_the_end(void **state)
{
	struct caisson_child *child = start(NULL, "sleep", "100");
	struct pollfd p = { caisson_child_pidfd(child), POLLIN, 0 };

	(void)state;
	assert_int_equal(fcntl(p.fd, F_GETFD), FD_CLOEXEC);
	assert_int_equal(poll(&p, 1, 0), 0);
	assert_int_equal(poll(&p, 1, (int)LAUNCHING_PATIENCE_MS), 1);
	assert_int_equal(launching_finish(child).value, 0);
}

static uint64_t
now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static void
a_timeout_ends_the_program_by_sigterm(void **state)
{
	uint64_t before = now_ms();
	struct caisson_exit e =
	    launching_finish(start("'timeout_ms':200", "sleep", "60000"));

	(void)state;
	assert_int_equal(e.how, CAISSON_HOW_SIGNALLED);
	assert_int_equal(e.value, SIGTERM);
	assert_true(e.timed_out);
	assert_in_range(now_ms() - before, 200, 5000);
}

static void
after_the_grace_it_is_killed(void **state)
{
	uint64_t before = now_ms();
	struct caisson_exit e = launching_finish(launching_start(
	    launching_spec("'timeout_ms':200,'kill_grace_ms':300", "ignore",
			   "15", "1", NULL),
	    NULL));

	(void)state;
	assert_int_equal(e.how, CAISSON_HOW_SIGNALLED);
	assert_int_equal(e.value, SIGKILL);
	assert_true(e.timed_out);
	assert_in_range(now_ms() - before, 500, 5000);
}

static void
a_stopped_program_is_ended_by_its_timeout(void **state)
{
	struct caisson_child *child = start("'timeout_ms':200", "kill", "19");
	struct caisson_exit e = launching_finish(child);

	(void)state;
	assert_int_equal(e.how, CAISSON_HOW_SIGNALLED);
	assert_int_equal(e.value, SIGTERM);
}

static void
a_program_that_ends_in_time_has_not_timed_out(void **state)
{
	struct caisson_child *child = start("'timeout_ms':10000", "exit", "3");
	uint64_t next = caisson_child_next_ms(child);
	struct caisson_exit e;

	(void)state;
	assert_in_range(next, 5000, 10000);
	e = launching_finish(child);
	assert_int_equal(e.how, CAISSON_HOW_EXITED);
	assert_int_equal(e.value, 3);
	assert_false(e.timed_out);
	child = start(NULL, "exit", "0");
	assert_true(caisson_child_next_ms(child) == CAISSON_FOREVER);
	(void)launching_finish(child);
}

static void
a_look_carries_out_the_timeout(void **state)
{
	struct caisson_child *child =
	    start("'timeout_ms':50", "sleep", "60000");
	struct timespec nap = { 0, 100000000 };
	struct caisson_exit e;

	(void)state;
	(void)nanosleep(&nap, NULL);
	assert_int_equal(caisson_child_next_ms(child), 0);
	assert_int_equal(caisson_child_wait(child, 0, &e, NULL),
			 CAISSON_E_TIMEOUT);
	(void)nanosleep(&nap, NULL);
	assert_int_equal(caisson_child_wait(child, 0, &e, NULL), 0);
	assert_int_equal(e.value, SIGTERM);
	caisson_child_free(child);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_exit_status_is_told_as_it_is),
		cmocka_unit_test(every_signal_is_told_as_a_signal),
		cmocka_unit_test(a_core_is_told),
		cmocka_unit_test(usage_and_times_are_told),
		cmocka_unit_test(waiting_can_time_out_and_be_repeated),
		cmocka_unit_test(the_pidfd_becomes_readable_at_the_end),
		cmocka_unit_test(a_timeout_ends_the_program_by_sigterm),
		cmocka_unit_test(after_the_grace_it_is_killed),
		cmocka_unit_test(a_stopped_program_is_ended_by_its_timeout),
		cmocka_unit_test(a_program_that_ends_in_time_has_not_timed_out),
		cmocka_unit_test(a_look_carries_out_the_timeout),
	};

	return harness_main("handle_exit", argc, argv, tests,
			    sizeof(tests) / sizeof(tests[0]));
}
