/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is reported of refused calls, what is not, and that either way they are
 * refused.
 */
#include "reporting.h"

#include "oracle.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NR(name) harness_text("%d", SYS_##name)

/* No more than the caller needs; further rules begin at line 3. */
#define FEW                                                               \
	"@default return EPERM\n"                                         \
	"{execve, exit_group, read, write, brk, arch_prctl, "             \
	"set_tid_address, set_robust_list, rseq, prlimit64, mprotect, "   \
	"readlink, readlinkat, getrandom, newfstatat, socketpair, dup2, " \
	"dup3, fcntl}: allow\n"

static void
a_refused_call_is_reported_with_registers_and_rule(void **state)
{
	const char *policy =
	    reporting_policy(REPORTING_POLICY "mount: return EXDEV\n");
	struct reporting_seen seen;
	const struct caisson_denial *d;

	(void)state;
	reporting_finish(
	    reporting_start(policy, REPORTING_ARGS("call", NR(mount), "0x11",
						   "0xffffffffffffffff", "3",
						   "4", "5", "6")),
	    &seen);
	assert_int_equal(seen.exit.how, CAISSON_HOW_EXITED);
	assert_int_equal(seen.exit.was_refused, 0);
	assert_string_equal(seen.output, harness_text("%d\n", -EXDEV));
	assert_int_equal(seen.n, 1);
	d = reporting_of(&seen, SYS_mount);
	assert_non_null(d);
	assert_string_equal(d->name, "mount");
	assert_int_equal(d->action, SECCOMP_RET_ERRNO | EXDEV);
	assert_int_equal(d->pid, seen.exit.pid);
	assert_string_equal(d->file, policy);
	assert_int_equal(d->line, 4);
	assert_int_equal(d->count, 1);
	assert_int_equal(d->args[0], 0x11);
	assert_true(d->args[1] == UINT64_MAX);
	for (uint64_t i = 2; i < 6; i++)
		assert_int_equal(d->args[i], i + 1);
	reporting_forget(&seen);
}

/* The control of all that follows: the same without the option. */
static void
without_the_option_the_answer_is_the_same_and_nothing_is_told(void **state)
{
	const char *policy =
	    reporting_policy(REPORTING_POLICY "mount: return EXDEV\n");
	struct caisson_denial one = { .size = sizeof(one) };
	struct caisson_child *child;
	char *output;

	(void)state;
	child =
	    launching_start(reporting_spec(policy, NULL,
					   REPORTING_ARGS("call", NR(mount))),
			    NULL);
	assert_int_equal(caisson_child_denials_fd(child), -1);
	output = launching_read(child, 1);
	assert_string_equal(output, harness_text("%d\n", -EXDEV));
	assert_false(caisson_child_denial(child, &one));
	assert_int_equal(launching_finish(child).value, 0);
	free(output);
}

static void
unknown_numbers_and_the_default_are_reported_as_well(void **state)
{
	const char *policy = reporting_policy(REPORTING_POLICY);
	struct reporting_seen seen;

	(void)state;
	reporting_finish(reporting_start(policy,
					 REPORTING_ARGS("call", "100000", "1")),
			 &seen);
	assert_string_equal(seen.output, harness_text("%d\n", -ENOSYS));
	assert_int_equal(seen.n, 1);
	assert_null(seen.v[0].name);
	assert_int_equal(seen.v[0].nr, 100000);
	assert_int_equal(seen.v[0].action, SECCOMP_RET_ERRNO | ENOSYS);
	assert_int_equal(seen.v[0].line, 2);
	reporting_forget(&seen);
	reporting_finish(reporting_start(policy,
					 REPORTING_ARGS("call", NR(reboot))),
			 &seen);
	assert_string_equal(seen.output, harness_text("%d\n", -EPERM));
	assert_int_equal(seen.n, 1);
	assert_int_equal(reporting_of(&seen, SYS_reboot)->line, 1);
	reporting_forget(&seen);
}

/* "return 0" is an answer too. */
static void
a_call_that_only_pretends_is_answered_so(void **state)
{
	const char *policy =
	    reporting_policy(REPORTING_POLICY "mount: return 0\n");
	struct reporting_seen seen;

	(void)state;
	reporting_finish(reporting_start(policy,
					 REPORTING_ARGS("call", NR(mount))),
			 &seen);
	assert_string_equal(seen.output, "0\n");
	assert_int_equal(seen.n, 1);
	reporting_forget(&seen);
}

static void
rules_of_one_call_are_told_apart(void **state)
{
	const char *policy = reporting_policy(
	    FEW "socket: { arg0 == AF_INET; return EAFNOSUPPORT }\n");
	struct reporting_seen seen;

	(void)state;
	reporting_finish(reporting_start(policy,
					 REPORTING_ARGS("call", NR(socket), "2",
							"1")),
			 &seen);
	assert_string_equal(seen.output, harness_text("%d\n", -EAFNOSUPPORT));
	assert_int_equal(reporting_of(&seen, SYS_socket)->line, 3);
	assert_int_equal(reporting_of(&seen, SYS_socket)->args[0], 2);
	reporting_forget(&seen);
	reporting_finish(reporting_start(policy,
					 REPORTING_ARGS("call", NR(socket), "1",
							"1")),
			 &seen);
	assert_string_equal(seen.output, harness_text("%d\n", -EPERM));
	assert_int_equal(reporting_of(&seen, SYS_socket)->line, 1);
	reporting_forget(&seen);
}

static void
exec_is_refused_but_never_reported(void **state)
{
	const char *policy = reporting_policy(REPORTING_POLICY);
	struct reporting_seen seen;

	(void)state;
	reporting_finish(
	    reporting_start(policy, REPORTING_ARGS("exec", "/no/such/file")),
	    &seen);
	assert_string_equal(seen.output, harness_text("%d\n", -ENOENT));
	assert_int_equal(seen.n, 0);
	reporting_forget(&seen);
	policy = reporting_policy(FEW "execveat: return EACCES\n");
	reporting_finish(reporting_start(policy,
					 REPORTING_ARGS("call", NR(execveat))),
			 &seen);
	assert_string_equal(seen.output, harness_text("%d\n", -EACCES));
	assert_null(reporting_of(&seen, SYS_execveat));
	reporting_forget(&seen);
}

/* The two ways that the launch itself used are closed again. */
static void
sendmsg_and_seccomp_are_refused_to_the_program(void **state)
{
	const char *policy = reporting_policy(
	    FEW "sendmsg: return EPIPE\nseccomp: return ENOTTY\n");
	struct reporting_seen seen;

	(void)state;
	reporting_finish(reporting_start(policy,
					 REPORTING_ARGS("sendmsg", "1024")),
			 &seen);
	if (seen.exit.value == 1) {
		print_message("descriptor 1024 is above our limit\n");
		reporting_forget(&seen);
	} else {
		assert_string_equal(seen.output, harness_text("%d\n", -EPIPE));
		assert_null(reporting_of(&seen, SYS_sendmsg));
		reporting_forget(&seen);
	}
	reporting_finish(reporting_start(policy,
					 REPORTING_ARGS("sendmsg", "50")),
			 &seen);
	assert_string_equal(seen.output, harness_text("%d\n", -EPIPE));
	assert_int_equal(reporting_of(&seen, SYS_sendmsg)->count, 1);
	reporting_forget(&seen);
	reporting_finish(reporting_start(policy,
					 REPORTING_ARGS("call", NR(seccomp),
							"2", "0", "0")),
			 &seen);
	assert_string_equal(seen.output, harness_text("%d\n", -ENOTTY));
	assert_null(reporting_of(&seen, SYS_seccomp));
	reporting_forget(&seen);
}

static void
sendmsg_and_seccomp_that_are_allowed_still_work(void **state)
{
	const char *policy =
	    reporting_policy(FEW "{sendmsg, seccomp}: allow\n");
	struct reporting_seen seen;

	(void)state;
	reporting_finish(reporting_start(policy,
					 REPORTING_ARGS("sendmsg", "50")),
			 &seen);
	assert_string_equal(seen.output, "0\n");
	reporting_forget(&seen);
	reporting_finish(reporting_start(policy,
					 REPORTING_ARGS("call", NR(seccomp),
							"1", "1", "0")),
			 &seen);
	assert_string_equal(seen.output, harness_text("%d\n", -EFAULT));
	assert_int_equal(seen.n, 0);
	reporting_forget(&seen);
}

/* The state of a program, and of its table of descriptors. */
static struct launched
state_of(const char *members, struct reporting_seen *seen)
{
	struct caisson_child *child =
	    launching_start(launching_spec(members, "state", "1", NULL),
			    &reporting_options);
	struct launched l = { .pid = caisson_child_pid(child),
			      .engine = caisson_child_engine(child),
			      .confined = true };
	struct stat st;

	assert_int_equal(fstat(caisson_child_fd(child, 1), &st), 0);
	l.pipe_dev = st.st_dev;
	l.pipe_ino = st.st_ino;
	reporting_finish(child, seen);
	l.state = json_loads(seen->output, 0, NULL);
	assert_non_null(l.state);
	return l;
}

/* Neither the listener nor the way that it took. */
static void
nothing_of_the_hand_over_is_open_in_the_program(void **state)
{
	struct reporting_seen seen;
	struct launched l = state_of("", &seen);

	(void)state;
	assert_int_equal(l.engine, CAISSON_ENGINE_FORK);
	oracle_check(&l, "{'seccomp_filters':2}");
	reporting_forget(&seen);
	l = state_of("'stdio':{'stdin':'closed','stdout':'pipe',"
		     "'stderr':'closed'},'extra_fds':[{'fd':1023,"
		     "'type':'inherit','from':0}]",
		     &seen);
	assert_string_equal(oracle_fds(l.state), "1:pipe 1023:character");
	json_decref(l.state);
	reporting_forget(&seen);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_refused_call_is_reported_with_registers_and_rule),
		cmocka_unit_test(
		    without_the_option_the_answer_is_the_same_and_nothing_is_told),
		cmocka_unit_test(
		    unknown_numbers_and_the_default_are_reported_as_well),
		cmocka_unit_test(a_call_that_only_pretends_is_answered_so),
		cmocka_unit_test(rules_of_one_call_are_told_apart),
		cmocka_unit_test(exec_is_refused_but_never_reported),
		cmocka_unit_test(
		    sendmsg_and_seccomp_are_refused_to_the_program),
		cmocka_unit_test(
		    sendmsg_and_seccomp_that_are_allowed_still_work),
		cmocka_unit_test(
		    nothing_of_the_hand_over_is_open_in_the_program),
	};

	return harness_main("denials_reports", argc, argv, tests,
			    sizeof(tests) / sizeof(tests[0]));
}
