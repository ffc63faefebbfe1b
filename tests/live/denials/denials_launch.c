/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Launches that report refused calls: what they need, and how they fail.
 */
#include "reporting.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NR(name) harness_text("%d", SYS_##name)

static void
load(const struct sock_filter *insns, unsigned short n, unsigned flags)
{
	struct {
		unsigned short len;
		const struct sock_filter *filter;
	} prog = { n, insns };

	assert_int_equal(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	assert_true(
	    syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &prog) >= 0);
}

static struct caisson_spec *
any(const char *members)
{
	return reporting_spec(reporting_policy(REPORTING_POLICY), members,
			      REPORTING_ARGS("call", NR(mount)));
}

static void
inside_another_listener(void *arg)
{
	const struct sock_filter allow[] = { BPF_STMT(BPF_RET | BPF_K,
						      SECCOMP_RET_ALLOW) };
	struct caisson_error err;

	(void)arg;
	load(allow, 1, SECCOMP_FILTER_FLAG_NEW_LISTENER);
	launching_refused(any(NULL), &reporting_options, &err);
	launching_assert_error(
	    &err, CAISSON_E_UNSUPPORTED, CAISSON_STAGE_SECCOMP,
	    "seccomp: refused calls cannot be reported inside of something "
	    "that does so already: there can be one listener only: Device or "
	    "resource busy");
	/* the control: without the option it works there */
	assert_int_equal(
	    launching_finish(launching_start(any(NULL), NULL)).value, 0);
}

static void
there_is_one_listener_only(void **state)
{
	(void)state;
	harness_in_fork(inside_another_listener, NULL);
}

/* It answers 0 when a filter is to be loaded: any, or only one without flags. */
static void
under_a_filter_that_pretends(void *arg)
{
	const struct sock_filter insns[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_seccomp, 0, 4),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 16),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SECCOMP_SET_MODE_FILTER, 0,
			 2),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 24),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, *(const bool *)arg),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO),
	};
	struct caisson_error err;

	load(insns, sizeof(insns) / sizeof(insns[0]), 0);
	launching_refused(any(NULL), &reporting_options, &err);
	assert_int_equal(err.code, CAISSON_E_MISMATCH);
	assert_int_equal(err.stage, CAISSON_STAGE_SECCOMP);
}

static void
a_filter_that_only_pretends_to_load_is_found_out(void **state)
{
	bool first_as_well = true;

	(void)state;
	harness_in_fork(under_a_filter_that_pretends, &first_as_well);
	/* the second filter alone, whose flags are 0 */
	first_as_well = false;
	harness_in_fork(under_a_filter_that_pretends, &first_as_well);
}

/* A kernel that does not know these flags, as far as a launch can tell. */
static void
load_unknown_flags(uint32_t flags)
{
	const struct sock_filter insns[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_seccomp, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 24),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, flags, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EINVAL),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};

	load(insns, sizeof(insns) / sizeof(insns[0]), 0);
}

static void
on_a_kernel_without_killable_waits(void *arg)
{
	struct reporting_seen seen;

	(void)arg;
	load_unknown_flags(1u << 5);
	reporting_finish(launching_start(any(NULL), &reporting_options), &seen);
	assert_string_equal(seen.output, harness_text("%d\n", -EPERM));
	assert_int_equal(seen.n, 1);
	reporting_forget(&seen);
}

static void
on_a_kernel_without_listeners(void *arg)
{
	struct caisson_error err;

	(void)arg;
	load_unknown_flags(SECCOMP_FILTER_FLAG_NEW_LISTENER);
	launching_refused(any(NULL), &reporting_options, &err);
	launching_assert_error(&err, CAISSON_E_UNSUPPORTED,
			       CAISSON_STAGE_SECCOMP,
			       "seccomp: this kernel cannot report refused "
			       "calls: Invalid argument");
}

static void
older_kernels_do_what_they_can(void **state)
{
	(void)state;
	harness_in_fork(on_a_kernel_without_killable_waits, NULL);
	harness_in_fork(on_a_kernel_without_listeners, NULL);
}

static void
what_cannot_report_is_refused(void **state)
{
	struct caisson_launch_options options = reporting_options;
	struct caisson_error err;
	struct caisson_spec *spec;
	uint32_t engine = 0;

	(void)state;
	options.engine = CAISSON_ENGINE_VFORK;
	launching_refused(any(NULL), &options, &err);
	assert_int_equal(err.code, harness_is_root() ? CAISSON_E_PRIVILEGE
						     : CAISSON_E_USAGE);
	options.engine = CAISSON_ENGINE_AUTO;
	options.denials = 2;
	launching_refused(any(NULL), &options, &err);
	assert_int_equal(err.code, CAISSON_E_UNSUPPORTED);
	launching_refused(launching_spec("'seccomp':{'profile':'unconfined'}",
					 "exit", "0", NULL),
			  &reporting_options, &err);
	assert_int_equal(err.code, CAISSON_E_USAGE);
	launching_refused(reporting_spec(reporting_policy(
					     REPORTING_POLICY
					     "mount: user-notify\n"),
					 NULL, REPORTING_ARGS("call", "0")),
			  &reporting_options, &err);
	assert_int_equal(err.code, CAISSON_E_POLICY);
	spec = any("'stdio':{'stdout':'null'}");
	assert_int_equal(caisson_spec_freeze(spec, &err), 0);
	assert_int_equal(caisson_exec(spec, &reporting_options, &err),
			 CAISSON_E_USAGE);
	assert_int_equal(caisson_check(spec, &reporting_options, &engine, &err),
			 0);
	assert_int_equal(engine, CAISSON_ENGINE_FORK);
	caisson_spec_free(spec);
}

static void
with_few_descriptors(void *arg)
{
	struct rlimit limit = { 40, 40 };
	struct reporting_seen seen;
	struct caisson_error err;

	(void)arg;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	reporting_finish(launching_start(any(NULL), &reporting_options), &seen);
	assert_string_equal(seen.output, harness_text("%d\n", -EPERM));
	assert_int_equal(seen.n, 1);
	reporting_forget(&seen);
	/* no number is left for the listener itself */
	launching_refused(any("'rlimits':{'nofile':[3,3]}"), &reporting_options,
			  &err);
	launching_assert_error(
	    &err, CAISSON_E_SYSTEM, CAISSON_STAGE_SECCOMP,
	    "seccomp: loading the filter that reports refused calls: Too many "
	    "open files");
}

static void
few_descriptors_are_enough_or_an_error(void **state)
{
	(void)state;
	harness_in_fork(with_few_descriptors, NULL);
}

/* With so many numbers left; whether the program ran, and what was said. */
static int
launch_with_room_for(rlim_t numbers, bool *ran, struct caisson_error *err)
{
	const char *out = harness_file("out", "", 0, 0666);
	struct caisson_spec *spec =
	    any(harness_text("'stdio':{'stdout':{'file':'%s'}}", out));
	struct caisson_child *child = NULL;
	struct rlimit limit, less;
	struct stat st;
	int r;

	assert_int_equal(caisson_spec_freeze(spec, err), 0);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	less = limit;
	less.rlim_cur = numbers;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &less), 0);
	r = caisson_launch(spec, &reporting_options, &child, err);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	if (r == 0)
		(void)launching_finish(child);
	caisson_spec_free(spec);
	assert_int_equal(stat(out, &st), 0);
	*ran = st.st_size > 0;
	return r;
}

static void
with_ever_more_numbers(void *arg)
{
	bool ran = false;
	struct caisson_error err;
	rlim_t n = 3;

	(void)arg;
	while (launch_with_room_for(n, &ran, &err) != 0) {
		assert_false(ran);
		assert_int_equal(err.sys_errno, EMFILE);
		harness_assert_childless();
		assert_true(++n < 64);
	}
	assert_true(ran);
	assert_true(n > 3);
}

static void
a_launcher_without_descriptors_to_spare_runs_nothing(void **state)
{
	(void)state;
	harness_in_fork(with_ever_more_numbers, NULL);
}

/* The child would write a report of its exec, and may not. */
static void
a_report_that_is_refused_is_answered_too(void **state)
{
	static const struct {
		const char *write;
		uint32_t stage;
		const char *end;
	} cases[] = {
		{ "return EPERM", CAISSON_STAGE_CONFIRM, "(status 253)" },
		{ "kill-process", CAISSON_STAGE_CONFIRM, "(SIGKILL)" },
		{ "allow", CAISSON_STAGE_EXEC, "Text file busy" },
	};
	/* a program that is open for writing is not executed */
	int busy = open(harness_path("caller"), O_WRONLY | O_CLOEXEC);

	(void)state;
	assert_true(busy >= 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *policy = reporting_policy(harness_text(
		    "@default return EPERM\n{execve, exit_group}: allow\n"
		    "write: %s\n",
		    cases[i].write));
		struct caisson_error err;

		launching_refused(reporting_spec(policy, NULL,
						 REPORTING_ARGS("call", "0")),
				  &reporting_options, &err);
		if (err.stage != cases[i].stage ||
		    strstr(err.msg, cases[i].end) == NULL)
			fail_msg("%s: %s", cases[i].write, err.msg);
	}
	assert_int_equal(close(busy), 0);
}

/* A launch must leave nothing behind, however it ends. */
static void
a_launch_leaves_nothing_behind(void **state)
{
	json_t *before = harness_snapshot();
	struct caisson_error err;

	(void)state;
	for (int i = 0; i < 3; i++) {
		struct reporting_seen seen;

		reporting_finish(launching_start(any(NULL), &reporting_options),
				 &seen);
		reporting_forget(&seen);
		launching_refused(any("'cwd':'/no/such/directory'"),
				  &reporting_options, &err);
	}
	harness_assert_unchanged(before);
	harness_assert_childless();
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(there_is_one_listener_only),
		cmocka_unit_test(
		    a_filter_that_only_pretends_to_load_is_found_out),
		cmocka_unit_test(older_kernels_do_what_they_can),
		cmocka_unit_test(what_cannot_report_is_refused),
		cmocka_unit_test(few_descriptors_are_enough_or_an_error),
		cmocka_unit_test(
		    a_launcher_without_descriptors_to_spare_runs_nothing),
		cmocka_unit_test(a_report_that_is_refused_is_answered_too),
		cmocka_unit_test(a_launch_leaves_nothing_behind),
	};

	return harness_main("denials_launch", argc, argv, tests,
			    sizeof(tests) / sizeof(tests[0]));
}
