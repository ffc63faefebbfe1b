/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Steps that cannot work and calls that are wrong: each its own code, stage
 * and sentence; nothing ran, nothing is left over.
 */
#include "launching.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* Steps that fail for what the spec asks, and what they say. */
static const struct step_case {
	const char *members;
	uint32_t stage;
	int sys_errno;
	const char *msg;
} step_cases[] = {
	{ "'cwd':'/nonexistent/dir'", CAISSON_STAGE_CWD, ENOENT,
	  "cwd: /nonexistent/dir: No such file or directory" },
	{ "'cwd':'/etc/passwd'", CAISSON_STAGE_CWD, ENOTDIR,
	  "cwd: /etc/passwd: Not a directory" },
	{ "'process':{'group':2147483647}", CAISSON_STAGE_GROUP, EPERM,
	  "process group: setpgid 2147483647: Operation not permitted" },
	{ "'process':{'session':'new','tty':'control'},"
	  "'stdio':{'stdin':'null','stdout':'pipe'}",
	  CAISSON_STAGE_TERMINAL, ENOTTY,
	  "terminal: stdin as controlling terminal: Inappropriate ioctl for "
	  "device" },
};

static void
a_step_that_fails_is_named(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(step_cases) / sizeof(step_cases[0]);
	     i++) {
		const struct step_case *c = &step_cases[i];
		struct caisson_error err;

		for (uint32_t engine = 0; engine < 3; engine += 2) {
			launching_refused(launching_spec(c->members, "write",
							 "1", "it ran", NULL),
					  launching_engine(engine), &err);
			launching_assert_error(&err, CAISSON_E_SYSTEM, c->stage,
					       c->msg);
			assert_int_equal(err.sys_errno, c->sys_errno);
		}
	}
}

static void
without_terminal(void *arg)
{
	struct caisson_error err;

	(void)arg;
	assert_true(setsid() > 0);
	launching_refused(launching_spec("'process':{'foreground':true}",
					 "write", "1", "it ran", NULL),
			  NULL, &err);
	launching_assert_error(&err, CAISSON_E_SYSTEM, CAISSON_STAGE_FOREGROUND,
			       "foreground: controlling terminal: No such "
			       "device or address");
}

static void
the_foreground_of_no_terminal_is_an_error(void **state)
{
	(void)state;
	harness_in_fork(without_terminal, NULL);
}

static void
a_cwd_that_is_not_its_real_path_is_refused(void **state)
{
	static const char *const tricks[] = { "/proc/self/cwd",
					      "/proc/self/fd/0",
					      "/proc/self/root", "/dev/fd/0" };
	const char *link = harness_path("cwd-link");
	struct caisson_error err;

	(void)state;
	assert_int_equal(symlink("/tmp", link), 0);
	launching_refused(launching_spec(harness_text("'cwd':'%s'", link),
					 "write", "1", "it ran", NULL),
			  NULL, &err);
	launching_assert_error(
	    &err, CAISSON_E_MISMATCH, CAISSON_STAGE_CWD,
	    harness_text("cwd: %s is not the real path of that directory (a "
			 "symbolic link?): name the real one",
			 link));
	for (size_t i = 0; i < sizeof(tricks) / sizeof(tricks[0]); i++) {
		launching_refused(
		    launching_spec(harness_text("'cwd':'%s','stdio':{'stdin':"
						"{'file':'/dev/null'}}",
						tricks[i]),
				   "write", "1", "it ran", NULL),
		    NULL, &err);
		assert_int_equal(err.stage, CAISSON_STAGE_CWD);
	}
}

#define OTHERWISE ", or have caisson-launcher installed, and a grant"

/* What only root can give, asked for by a user. */
static const struct user_case {
	const char *members;
	int code;
	uint32_t stage;
	const char *msg;
} user_cases[] = {
	{ "'credentials':{'uid':0,'gid':0,'groups':[]}", CAISSON_E_PRIVILEGE,
	  CAISSON_STAGE_IDENTITY,
	  "identity: changing the uid needs cap_setuid, which the caller does "
	  "not have: run as root" OTHERWISE },
	{ "'credentials':{'user':'root'}", CAISSON_E_PRIVILEGE,
	  CAISSON_STAGE_IDENTITY,
	  "identity: changing the uid needs cap_setuid, which the caller does "
	  "not have: run as root" OTHERWISE },
	{ "'process':{'chroot':'/tmp'}", CAISSON_E_PRIVILEGE,
	  CAISSON_STAGE_IDENTITY,
	  "identity: chroot needs cap_sys_chroot, which the caller does not "
	  "have: run as root" OTHERWISE },
	{ "'capabilities':['net_raw']", CAISSON_E_PRIVILEGE,
	  CAISSON_STAGE_CAPABILITIES,
	  "capabilities: cap_net_raw is not in the caller's permitted "
	  "set" OTHERWISE },
	{ "'bounding':'empty'", CAISSON_E_PRIVILEGE, CAISSON_STAGE_CAPABILITIES,
	  "capabilities: /bounding: reducing the bounding set needs "
	  "cap_setpcap, which the caller does not have" OTHERWISE },
	{ "'process':{'nice':-1}", CAISSON_E_SYSTEM, CAISSON_STAGE_NICE,
	  "nice: setpriority -1: Permission denied" },
	{ "'rlimits':{'memlock':4611686018427387904}", CAISSON_E_SYSTEM,
	  CAISSON_STAGE_RLIMITS,
	  "rlimits: setrlimit memlock: Operation not permitted" },
};

static void
what_a_user_may_not_give_is_refused(void **state)
{
	const struct caisson_launch_options options = { .size = sizeof(options),
							.launcher =
							    "/nonexistent" };

	(void)state;
	if (harness_is_root()) {
		print_message("root may give all of it\n");
		skip();
	}
	for (size_t i = 0; i < sizeof(user_cases) / sizeof(user_cases[0]);
	     i++) {
		const struct user_case *c = &user_cases[i];
		struct caisson_error err;

		launching_refused(launching_spec(c->members, "write", "1",
						 "it ran", NULL),
				  &options, &err);
		launching_assert_error(&err, c->code, c->stage, c->msg);
	}
}

static void
misuse_is_an_error(void **state)
{
	struct caisson_launch_options options = { 0 };
	struct caisson_child *child = NULL;
	struct caisson_spec *spec = launching_spec(NULL, "exit", "0", NULL);
	json_t *before = harness_snapshot();
	struct caisson_error err;

	(void)state;
	assert_int_equal(caisson_launch(spec, NULL, &child, &err),
			 CAISSON_E_USAGE);
	assert_int_equal(caisson_launch(NULL, NULL, &child, &err),
			 CAISSON_E_USAGE);
	assert_int_equal(caisson_spec_freeze(spec, &err), 0);
	assert_int_equal(caisson_launch(spec, NULL, NULL, &err),
			 CAISSON_E_USAGE);
	assert_int_equal(caisson_launch(spec, &options, &child, &err),
			 CAISSON_E_USAGE);
	options.size = sizeof(options);
	options.engine = 99;
	assert_int_equal(caisson_launch(spec, &options, &child, NULL),
			 CAISSON_E_USAGE);
	assert_null(child);
	caisson_spec_free(spec);
	harness_assert_unchanged(before);
	harness_assert_childless();
}

/* What a newer library's caller might pass. */
struct longer_options {
	struct caisson_launch_options known;
	uint64_t unknown;
};

static void
options_follow_their_size(void **state)
{
	struct longer_options o = { { .size = sizeof(o) }, 0 };
	struct caisson_spec *spec = launching_spec(NULL, "exit", "0", NULL);
	struct caisson_child *child = NULL;
	struct caisson_error err;

	(void)state;
	assert_int_equal(caisson_spec_freeze(spec, &err), 0);
	if (caisson_launch(spec, &o.known, &child, &err) != 0)
		fail_msg("%s", err.msg);
	assert_int_equal(launching_finish(child).value, 0);
	o.unknown = 1;
	child = NULL;
	assert_int_equal(caisson_launch(spec, &o.known, &child, &err),
			 CAISSON_E_UNSUPPORTED);
	assert_null(child);
	o.known.size = 8;
	o.known.setup_timeout_ms = 1;
	assert_int_equal(caisson_launch(spec, &o.known, &child, &err), 0);
	assert_int_equal(launching_finish(child).value, 0);
	caisson_spec_free(spec);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_step_that_fails_is_named),
		cmocka_unit_test(the_foreground_of_no_terminal_is_an_error),
		cmocka_unit_test(a_cwd_that_is_not_its_real_path_is_refused),
		cmocka_unit_test(what_a_user_may_not_give_is_refused),
		cmocka_unit_test(misuse_is_an_error),
		cmocka_unit_test(options_follow_their_size),
	};

	return harness_main("launch_errors", argc, argv, tests,
			    sizeof(tests) / sizeof(tests[0]));
}
