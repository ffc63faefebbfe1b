/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls that kill, and ends of everybody at a bad moment: the program in a
 * refused call, the launcher, the launch.
 */
#include "reporting.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define NR(name) harness_text("%d", SYS_##name)

static void
a_program_that_is_killed_is_recorded_with_its_call(void **state)
{
	static const struct {
		const char *rule;
		uint32_t action;
	} rules[] = {
		{ "mount: kill-process\n", SECCOMP_RET_KILL_PROCESS },
		{ "mount: kill-thread\n", SECCOMP_RET_KILL_THREAD },
	};
	static const char *const acts[] = { "call", "thread" };

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		const char *policy = reporting_policy(
		    harness_text("%s%s", REPORTING_POLICY, rules[i / 2].rule));
		struct reporting_seen seen;

		reporting_finish(reporting_start(policy,
						 REPORTING_ARGS(acts[i % 2],
								NR(mount))),
				 &seen);
		assert_int_equal(seen.exit.how, CAISSON_HOW_SIGNALLED);
		assert_int_equal(seen.exit.value, SIGKILL);
		assert_int_equal(seen.exit.was_refused, 1);
		assert_int_equal(seen.exit.refused_nr, SYS_mount);
		assert_int_equal(seen.exit.refused_action, rules[i / 2].action);
		assert_true(seen.exit.refused_arch != 0);
		assert_int_equal(seen.n, 1);
		assert_int_equal(seen.v[0].action, rules[i / 2].action);
		assert_string_equal(seen.output, "");
		reporting_forget(&seen);
	}
}

static void
a_child_of_the_program_is_killed_alone(void **state)
{
	const char *policy =
	    reporting_policy(REPORTING_POLICY "mount: kill-process\n");
	struct reporting_seen seen;

	(void)state;
	reporting_finish(reporting_start(policy,
					 REPORTING_ARGS("child", NR(mount))),
			 &seen);
	assert_string_equal(seen.output, harness_text("killed %d\n", SIGKILL));
	assert_int_equal(seen.exit.how, CAISSON_HOW_EXITED);
	assert_int_equal(seen.exit.value, 0);
	assert_int_equal(seen.exit.was_refused, 0);
	assert_int_equal(seen.n, 1);
	assert_int_not_equal(seen.v[0].pid, seen.exit.pid);
	reporting_forget(&seen);
	/* the control: an allowed call of a child */
	reporting_finish(reporting_start(policy,
					 REPORTING_ARGS("child", NR(getpid))),
			 &seen);
	assert_string_equal(seen.output, "exited 7\n");
	reporting_forget(&seen);
}

static void
a_trap_stays_a_trap(void **state)
{
	const char *policy = reporting_policy(REPORTING_POLICY "mount: trap\n");
	struct reporting_seen seen;

	(void)state;
	reporting_finish(reporting_start(policy,
					 REPORTING_ARGS("call", NR(mount))),
			 &seen);
	assert_int_equal(seen.exit.how, CAISSON_HOW_SIGNALLED);
	assert_int_equal(seen.exit.value, SIGSYS);
	assert_int_equal(seen.exit.was_refused, 0);
	assert_int_equal(seen.n, 0);
	reporting_forget(&seen);
}

static void
a_storm_does_not_outlive_the_timeout(void **state)
{
	static const char *const acts[] = { "storm", "forks" };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct reporting_seen seen;
		struct caisson_spec *spec =
		    reporting_spec(reporting_policy(REPORTING_POLICY),
				   "'timeout_ms':300,'kill_grace_ms':100",
				   REPORTING_ARGS(acts[i], NR(mount), "4",
						  "0"));

		reporting_finish(launching_start(spec, &reporting_options),
				 &seen);
		assert_true(seen.exit.timed_out);
		assert_int_equal(seen.n, 1);
		assert_true(seen.v[0].count > 0);
		reporting_forget(&seen);
	}
}

/* After the launch, which would answer as well; its standard input has ended. */
static struct caisson_child *
standing_in_a_call(void)
{
	struct caisson_child *child = launching_start(
	    reporting_spec(reporting_policy(REPORTING_POLICY),
			   "'stdio':{'stdin':'pipe','stdout':'pipe'}",
			   REPORTING_ARGS("loop", NR(mount))),
	    &reporting_options);
	struct pollfd p = { caisson_child_denials_fd(child), POLLIN, 0 };
	int in = caisson_child_take_fd(child, 0);

	assert_int_equal(write(in, "x", 1), 1);
	assert_int_equal(close(in), 0);
	assert_int_equal(poll(&p, 1, LAUNCHING_PATIENCE_MS), 1);
	assert_int_equal(p.revents, POLLIN);
	return child;
}

static void
a_program_waits_at_its_call_until_it_is_answered(void **state)
{
	struct caisson_child *child = standing_in_a_call();
	struct pollfd p = { caisson_child_pidfd(child), POLLIN, 0 };
	struct reporting_seen seen;

	(void)state;
	assert_int_equal(poll(&p, 1, 50), 0);
	reporting_finish(child, &seen);
	assert_string_equal(seen.output, harness_text("%d\n", -EPERM));
	reporting_forget(&seen);
}

static void
a_program_can_be_killed_in_its_call(void **state)
{
	struct caisson_child *child = standing_in_a_call();
	struct caisson_error err;
	struct reporting_seen seen;

	(void)state;
	assert_int_equal(caisson_child_kill(child, &err), 0);
	reporting_finish(child, &seen);
	assert_int_equal(seen.exit.how, CAISSON_HOW_SIGNALLED);
	assert_int_equal(seen.exit.value, SIGKILL);
	assert_int_equal(seen.exit.was_refused, 0);
	reporting_forget(&seen);
	caisson_child_free(standing_in_a_call());
	harness_assert_childless();
}

static void
a_deadly_signal_in_a_call_is_deadly(void **state)
{
	struct caisson_child *child = standing_in_a_call();
	struct caisson_error err;
	struct reporting_seen seen;

	(void)state;
	assert_int_equal(caisson_child_signal(child, SIGINT,
					      CAISSON_SCOPE_PROCESS, &err),
			 0);
	reporting_finish(child, &seen);
	assert_int_equal(seen.exit.how, CAISSON_HOW_SIGNALLED);
	assert_int_equal(seen.exit.value, SIGINT);
	reporting_forget(&seen);
}

/* What a process says that makes a call when the program has ended. */
static char *
said_after_the_end(const char *policy, const char *const *args)
{
	struct caisson_child *child = launching_start(
	    reporting_spec(reporting_policy(policy),
			   "'stdio':{'stdin':'pipe','stdout':'pipe'}", args),
	    &reporting_options);
	struct caisson_exit exit;
	struct caisson_error err;
	int in = caisson_child_take_fd(child, 0);
	char *output;

	assert_int_equal(caisson_child_wait(child, CAISSON_FOREVER, &exit,
					    &err),
			 0);
	assert_int_equal(exit.value, 0);
	assert_int_equal(caisson_child_denials_fd(child), -1);
	assert_int_equal(close(in), 0);
	output = launching_read(child, 1);
	caisson_child_free(child);
	return output;
}

/* What is left of the tree is refused by the kernel itself then. */
static void
after_the_end_the_answer_is_enosys(void **state)
{
	char *output = said_after_the_end(REPORTING_POLICY,
					  REPORTING_ARGS("leave", NR(mount)));

	(void)state;
	assert_string_equal(output, harness_text("%d\n", -ENOSYS));
	free(output);
}

/* A listener could let the calls go on that the launcher would refuse. */
static void
nobody_gets_the_listener_s_place(void **state)
{
	static const struct {
		unsigned flags;
		int want;
	} cases[] = {
		{ SECCOMP_FILTER_FLAG_NEW_LISTENER, EBUSY },
		{ SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_LOG,
		  EBUSY },
		{ SECCOMP_FILTER_FLAG_LOG, EFAULT }, /* the control */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *output = said_after_the_end(
		    REPORTING_POLICY "seccomp: allow\n",
		    REPORTING_ARGS("leave", NR(seccomp),
				   harness_text("%d", SECCOMP_SET_MODE_FILTER),
				   harness_text("%u", cases[i].flags), "0"));

		assert_string_equal(output,
				    harness_text("%d\n", -cases[i].want));
		free(output);
	}
}

static char
first_of(int fd)
{
	char line[32] = "";
	size_t n = 0;

	while (n < sizeof(line) - 1 && read(fd, line + n, 1) == 1 &&
	       line[n] != '\n')
		n++;
	line[n] = '\0';
	if (strcmp(line, harness_text("%d", -EPERM)) == 0)
		return 'p';
	return strcmp(line, harness_text("%d", -ENOSYS)) == 0 ? 's' : '?';
}

/* Launch, and serve until killed. */
static pid_t
fork_launcher(struct caisson_spec *spec)
{
	pid_t pid = fork();

	if (pid == 0) {
		struct caisson_child *child = NULL;
		struct caisson_error err;
		int r = caisson_launch(spec, &reporting_options, &child, &err);

		if (r == 0)
			r = caisson_child_wait(child, CAISSON_FOREVER, NULL,
					       &err);
		_exit(r == 0 ? 0 : 1);
	}
	return pid;
}

static void
when_the_launcher_is_killed_no_call_is_carried_out(void **state)
{
	struct caisson_spec *spec;
	struct caisson_error err;
	int in[2], out[2], status;
	pid_t pid;

	(void)state;
	assert_int_equal(caisson_pipe(in), 0);
	assert_int_equal(caisson_pipe(out), 0);
	spec = reporting_spec(
	    reporting_policy(REPORTING_POLICY),
	    harness_text("'stdio':{'stdin':'fd:%d','stdout':'fd:%d'}", in[0],
			 out[1]),
	    REPORTING_ARGS("loop", NR(mount)));
	assert_int_equal(caisson_spec_freeze(spec, &err), 0);
	pid = fork_launcher(spec);
	assert_true(pid > 0);
	assert_int_equal(close(in[0]), 0);
	assert_int_equal(close(out[1]), 0);
	assert_int_equal(write(in[1], "x", 1), 1);
	assert_int_equal(first_of(out[0]), 'p');
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(write(in[1], "x", 1), 1);
	assert_int_equal(first_of(out[0]), 's');
	assert_int_equal(close(in[1]), 0);
	assert_int_equal(close(out[0]), 0);
	caisson_spec_free(spec);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_program_that_is_killed_is_recorded_with_its_call),
		cmocka_unit_test(a_child_of_the_program_is_killed_alone),
		cmocka_unit_test(a_trap_stays_a_trap),
		cmocka_unit_test(a_storm_does_not_outlive_the_timeout),
		cmocka_unit_test(
		    a_program_waits_at_its_call_until_it_is_answered),
		cmocka_unit_test(a_program_can_be_killed_in_its_call),
		cmocka_unit_test(a_deadly_signal_in_a_call_is_deadly),
		cmocka_unit_test(after_the_end_the_answer_is_enosys),
		cmocka_unit_test(nobody_gets_the_listener_s_place),
		cmocka_unit_test(
		    when_the_launcher_is_killed_no_call_is_carried_out),
	};

	return harness_main("denials_ends", argc, argv, tests,
			    sizeof(tests) / sizeof(tests[0]));
}
