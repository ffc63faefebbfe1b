/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Launchers that misbehave, at each point of their talk: the library says what
 * is wrong, and leaves nothing behind.
 */
#include "faking.h"

#include "grant/rule.h"
#include "plan/plan.h"
#include "plan/start.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define L CAISSON_STAGE_LAUNCHER

struct misfit {
	const char *name;
	int code;
	uint32_t stage;
	const char *part;
};

static const struct misfit beginners[] = {
	{ "step1", CAISSON_E_SYSTEM, L, "its arguments" },
	{ "step2", CAISSON_E_SYSTEM, L, "standard descriptors" },
	{ "step3", CAISSON_E_PRIVILEGE, L,
	  "has no privilege: it is not set-user-ID root" },
	{ "step5", CAISSON_E_SYSTEM, L, "signals and timers" },
	{ "step6", CAISSON_E_PRIVILEGE, L, "securebits" },
	{ "step7", CAISSON_E_PRIVILEGE, L, "its identity" },
	{ "step9", CAISSON_E_SYSTEM, L, "hard limits of its caller" },
	{ "step12", CAISSON_E_PRIVILEGE, L, "its capability sets" },
	{ "status127", CAISSON_E_DIED, L, "ended at its start (status 127)" },
	{ "status0", CAISSON_E_DIED, L, "ended at its start (status 0)" },
	{ "killed-at-once", CAISSON_E_DIED, L,
	  "was killed at its start (SIGKILL)" },
	{ "nonsense", CAISSON_E_PROTOCOL, L, "is not of the protocol" },
	{ "early", CAISSON_E_PROTOCOL, L, "answers what was not asked" },
	{ "other-version", CAISSON_E_PROTOCOL, L, "speaks version 2" },
	{ "closes", CAISSON_E_PROTOCOL, L, "closed its socket" },
};

static void
a_launcher_that_cannot_begin_is_explained(void **state)
{
	struct caisson_session_options o = { .size = sizeof(o) };
	struct caisson_session *session = NULL;
	struct caisson_error err;

	(void)state;
	for (size_t i = 0; i < sizeof(beginners) / sizeof(beginners[0]); i++) {
		const struct misfit *m = &beginners[i];
		json_t *before;

		o.launcher = faking_path(m->name);
		before = harness_snapshot();
		assert_int_equal(caisson_session_open(&o, &session, &err),
				 m->code);
		assert_null(session);
		faking_assert(&err, m->code, m->stage, m->part);
		harness_assert_unchanged(before);
		harness_assert_childless();
	}
}

static void
a_silent_launcher_is_waited_for_as_long_as_is_said(void **state)
{
	struct caisson_session_options o = { .size = sizeof(o),
					     .launcher = faking_path("silent"),
					     .timeout_ms = 50 };
	struct caisson_session *session = NULL;
	struct caisson_error err;

	(void)state;
	assert_int_equal(caisson_session_open(&o, &session, &err),
			 CAISSON_E_TIMEOUT);
	faking_assert(&err, CAISSON_E_TIMEOUT, L, "said nothing within 50 ms");
	harness_assert_childless();
}

static void
a_launcher_that_does_not_even_end_is_killed(void **state)
{
	struct caisson_session_options o = { .size = sizeof(o),
					     .launcher = faking_path("deaf"),
					     .timeout_ms = 50 };
	struct caisson_session *session = NULL;
	struct caisson_error err;

	(void)state;
	assert_int_equal(caisson_session_open(&o, &session, &err),
			 CAISSON_E_TIMEOUT);
	harness_assert_childless();
}

static void
what_cannot_be_started_says_what_to_do(void **state)
{
	struct caisson_session_options o = { .size = sizeof(o),
					     .launcher = "/nonexistent/x" };
	struct caisson_session *session = NULL;
	struct caisson_error err;

	(void)state;
	assert_int_equal(caisson_session_open(&o, &session, &err),
			 CAISSON_E_NOT_FOUND);
	faking_assert(&err, CAISSON_E_NOT_FOUND, L, "is not installed");
	o.launcher = harness_file("data", "none", 4, 0644);
	assert_int_equal(caisson_session_open(&o, &session, &err),
			 CAISSON_E_PRIVILEGE);
	faking_assert(&err, CAISSON_E_PRIVILEGE, L, "file's group");
	o.launcher = harness_file("damaged", "none", 4, 0755);
	assert_int_equal(caisson_session_open(&o, &session, &err),
			 CAISSON_E_SYSTEM);
	faking_assert(&err, CAISSON_E_SYSTEM, L, "starting");
	harness_assert_childless();
}

static const struct misfit talkers[] = {
	{ "garbled", CAISSON_E_PROTOCOL, L, "is not of the protocol" },
	{ "wrong-number", CAISSON_E_PROTOCOL, L, "answers what was not asked" },
	{ "welcome-again", CAISSON_E_PROTOCOL, L, "answers what was not" },
	{ "started-first", CAISSON_E_PROTOCOL, L, "out of order" },
	{ "exited-first", CAISSON_E_PROTOCOL, L, "out of order" },
	{ "twice", CAISSON_E_PROTOCOL, L, "out of order" },
	{ "refused", CAISSON_E_PROTOCOL, L, "does not understand" },
	{ "no-pidfd", CAISSON_E_PROTOCOL, L, "is not of the protocol" },
	{ "two-fds", CAISSON_E_PROTOCOL, L, "is not of the protocol" },
	{ "many-fds", CAISSON_E_PROTOCOL, L, "is not of the protocol" },
	{ "cut", CAISSON_E_PROTOCOL, L, "is not of the protocol" },
	{ "too-long", CAISSON_E_PROTOCOL, L, "is not of the protocol" },
	{ "not-a-pidfd", CAISSON_E_PROTOCOL, L, "is no pidfd" },
	{ "dies-at-launch", CAISSON_E_SYSTEM, L, "the launcher is gone" },
	{ "killed-at-launch", CAISSON_E_SYSTEM, L, "the launcher is gone" },
	{ "dies-accepted", CAISSON_E_SYSTEM, L, "the launcher is gone" },
	/* LINE_FIELD_INDEX_ALLOWED_ASKED */
	{ "denied_0_2_0_0_0", CAISSON_E_DENIED, CAISSON_STAGE_GRANT,
	  "no rule is for the caller; \"caisson grants list\"" },
	{ "denied_0_10_0_0_0", CAISSON_E_DENIED, CAISSON_STAGE_GRANT,
	  "no rule for the caller is for uid" },
	{ "denied_0_5_0_0_0", CAISSON_E_DENIED, CAISSON_STAGE_GRANT,
	  "no rule for the caller and the target has the program /" },
	{ "denied_0_18_0_4_5", CAISSON_E_DENIED, CAISSON_STAGE_GRANT,
	  "4 programs of this caller run" },
	{ "denied_9_7_0_0_0", CAISSON_E_DENIED, CAISSON_STAGE_GRANT,
	  "denied by the rule of grants:9: env: not A" },
	{ "denied_9_7_1_0_0", CAISSON_E_DENIED, CAISSON_STAGE_GRANT,
	  "denied by the rule of grants:9: env: not B" },
	{ "denied_9_7_2_0_0", CAISSON_E_DENIED, CAISSON_STAGE_GRANT,
	  "for a reason that this version does not know (7)" },
	{ "denied_9_8_0_0_0", CAISSON_E_DENIED, CAISSON_STAGE_GRANT,
	  "for a reason that this version does not know (8)" },
	{ "denied_9_200_0_0_0", CAISSON_E_DENIED, CAISSON_STAGE_GRANT,
	  "for a reason that this version does not know (200)" },
	{ "denied_9_15_0_60000_120000", CAISSON_E_DENIED, CAISSON_STAGE_GRANT,
	  "denied by the rule of grants:9: timeout: at most 1min, asked for "
	  "2min" },
	{ "denied_9_26_0_5_6", CAISSON_E_DENIED, CAISSON_STAGE_GRANT,
	  "denied by the rule of grants:9: rlimit nofile: at most 5" },
	/* CODE_STAGE_ERROR_INDEX */
	{ "failed_6_44_2_0", CAISSON_E_SYSTEM, CAISSON_STAGE_CWD,
	  "cwd: /: No such file" },
	{ "failed_13_40_4096_7", CAISSON_E_MISMATCH, CAISSON_STAGE_UID,
	  "read back other than asked for" },
	{ "failed_6_51_13_0", CAISSON_E_NOT_EXECUTABLE, CAISSON_STAGE_EXEC,
	  "not executable for this user" },
	{ "failed_11_60_0_0", CAISSON_E_TIMEOUT, CAISSON_STAGE_CONFIRM,
	  "was not running after" },
	{ "failed_12_60_0_0", CAISSON_E_DIED, CAISSON_STAGE_CONFIRM,
	  "ended before the program ran" },
	{ "failed_6_9_11_0", CAISSON_E_SYSTEM, CAISSON_STAGE_CLONE,
	  "creating a process: Resource temporarily" },
	{ "failed_6_12_11_256", CAISSON_E_SYSTEM, L, "as many programs run" },
	{ "failed_7_5_1_21", CAISSON_E_PRIVILEGE, CAISSON_STAGE_CAPABILITIES,
	  "has not got cap_sys_admin" },
	{ "failed_18_12_0_17", CAISSON_E_PROTOCOL, L,
	  "does not start the program (stage 12, 17)" },
	{ "failed_0_12_0_0", CAISSON_E_SYSTEM, L, "does not start" },
	{ "failed_200_12_0_0", CAISSON_E_SYSTEM, L, "does not start" },
};

static void
a_launcher_that_talks_nonsense_starts_nothing(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(talkers) / sizeof(talkers[0]); i++) {
		const struct misfit *m = &talkers[i];
		struct caisson_error err;

		launching_refused(launching_spec("'env':{'B':'2','A':'1'}",
						 "exit", "0", NULL),
				  faking_options(m->name), &err);
		faking_assert(&err, m->code, m->stage, m->part);
	}
}

/* As the program's root has it: the launcher follows no link. */
static void
a_program_is_asked_for_by_its_real_path(void **state)
{
	const char *dir = harness_path("dir"), *link = harness_path("link");
	struct caisson_error err;

	(void)state;
	assert_int_equal(mkdir(dir, 0755), 0);
	(void)harness_file("dir/program", "", 0, 0755);
	assert_int_equal(symlink("dir/program", link), 0);
	launching_refused(launching_spec(harness_text("'path':'%s'", link),
					 "exit", "0", NULL),
			  faking_options("denied_0_5_0_0_0"), &err);
	faking_assert(&err, CAISSON_E_DENIED, CAISSON_STAGE_GRANT,
		      harness_text("has the program %s/program;", dir));
	launching_refused(
	    launching_spec(harness_text("'path':'/link','process':{'chroot':"
					"'%s'}",
					harness_scratch()),
			   "exit", "0", NULL),
	    faking_options("denied_0_5_0_0_0"), &err);
	faking_assert(&err, CAISSON_E_DENIED, CAISSON_STAGE_GRANT,
		      "has the program /dir/program;");
	launching_refused(launching_spec("'path':'/nonexistent'", "exit", "0",
					 NULL),
			  faking_options("denied_0_5_0_0_0"), &err);
	faking_assert(&err, CAISSON_E_NOT_FOUND, CAISSON_STAGE_PROGRAM,
		      "/nonexistent");
}

static void
a_session_that_is_over_says_so_again(void **state)
{
	struct caisson_session *session = faking_session("garbled");
	struct caisson_error err;
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	(void)state;
	for (int i = 0; i < 3; i++) {
		faking_refused(launching_spec(NULL, "exit", "0", NULL),
			       faking_in(session), &err);
		faking_assert(&err, CAISSON_E_PROTOCOL, L, "not of the");
		assert_int_equal(caisson_session_dispatch(session, &err),
				 CAISSON_E_PROTOCOL);
	}
	assert_int_equal(caisson_session_signal(session, null, 15, &err),
			 CAISSON_E_USAGE);
	caisson_session_close(session);
	harness_assert_childless();
	(void)close(null);
}

static void
a_launcher_that_does_not_answer_is_given_up(void **state)
{
	static const char *const names[] = { "mute", "mute-accepted" };
	struct caisson_error err;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct caisson_session *session = faking_session(names[i]);
		struct caisson_launch_options o = *faking_in(session);

		o.setup_timeout_ms = 50;
		faking_refused(launching_spec(NULL, "exit", "0", NULL), &o,
			       &err);
		faking_assert(&err, CAISSON_E_TIMEOUT, L, "has not answered");
		assert_int_equal(caisson_session_dispatch(session, &err), 0);
		caisson_session_close(session);
	}
	harness_assert_childless();
}

static const struct unfit {
	const char *members;
	uint32_t denials;
	const char *part;
} unfit[] = {
	{ "'process':{'ptrace':true}", 0, "to be traced" },
	{ "'process':{'group':1}", 0, "a process group to join" },
	{ NULL, 1, "a report of refused calls" },
};

static void
what_does_not_go_across_is_refused(void **state)
{
	struct caisson_session *session = faking_session("honest");
	struct caisson_error err;

	(void)state;
	for (size_t i = 0; i < sizeof(unfit) / sizeof(unfit[0]); i++) {
		struct caisson_launch_options o = *faking_in(session);

		o.denials = unfit[i].denials;
		faking_refused(launching_spec(unfit[i].members, "exit", "0",
					      NULL),
			       &o, &err);
		faking_assert(&err, CAISSON_E_UNSUPPORTED, L, unfit[i].part);
	}
	caisson_session_close(session);
}

static void
misuse_is_an_error(void **state)
{
	struct caisson_session_options o = { .size = sizeof(o),
					     .launcher = "relative" };
	struct caisson_session *session = NULL;
	struct caisson_error err;

	(void)state;
	assert_int_equal(caisson_session_open(NULL, NULL, &err),
			 CAISSON_E_USAGE);
	assert_int_equal(caisson_session_open(&o, &session, &err),
			 CAISSON_E_USAGE);
	o.launcher = NULL;
	o.once = 2;
	assert_int_equal(caisson_session_open(&o, &session, &err),
			 CAISSON_E_UNSUPPORTED);
	o.size = 1;
	assert_int_equal(caisson_session_open(&o, &session, &err),
			 CAISSON_E_USAGE);
	assert_null(session);
	caisson_session_close(NULL);
}

static void
misuse_of_a_launch_is_an_error(void **state)
{
	struct caisson_launch_options l = { .size = sizeof(l) };
	struct caisson_session *session = faking_session("honest");
	struct caisson_error err;

	(void)state;
	l.session = session;
	l.engine = CAISSON_ENGINE_FORK;
	faking_refused(launching_spec(NULL, "exit", "0", NULL), &l, &err);
	faking_assert(&err, CAISSON_E_USAGE, 0, "for the launcher engine");
	l.engine = CAISSON_ENGINE_AUTO;
	l.detach = 1;
	faking_refused(launching_spec(NULL, "exit", "0", NULL), &l, &err);
	faking_assert(&err, CAISSON_E_USAGE, 0, "in a session for one launch");
	l.session = NULL;
	faking_refused(launching_spec("'timeout_ms':5", "exit", "0", NULL), &l,
		       &err);
	faking_assert(&err, CAISSON_E_USAGE, 0, "to keep its timeout");
	l.detach = 2;
	faking_refused(launching_spec(NULL, "exit", "0", NULL), &l, &err);
	faking_assert(&err, CAISSON_E_UNSUPPORTED, 0, "newer version");
	l.detach = 0;
	l.launcher = "relative";
	faking_refused(launching_spec(NULL, "exit", "0", NULL), &l, &err);
	faking_assert(&err, CAISSON_E_USAGE, 0, "not an absolute path");
	assert_int_equal(caisson_session_signal(session, -1, 15, &err),
			 CAISSON_E_USAGE);
	caisson_session_close(session);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(a_launcher_that_cannot_begin_is_explained),
	cmocka_unit_test(a_silent_launcher_is_waited_for_as_long_as_is_said),
	cmocka_unit_test(a_launcher_that_does_not_even_end_is_killed),
	cmocka_unit_test(what_cannot_be_started_says_what_to_do),
	cmocka_unit_test(a_launcher_that_talks_nonsense_starts_nothing),
	cmocka_unit_test(a_program_is_asked_for_by_its_real_path),
	cmocka_unit_test(a_session_that_is_over_says_so_again),
	cmocka_unit_test(a_launcher_that_does_not_answer_is_given_up),
	cmocka_unit_test(what_does_not_go_across_is_refused),
	cmocka_unit_test(misuse_is_an_error),
	cmocka_unit_test(misuse_of_a_launch_is_an_error),
};

int
main(int argc, char **argv)
{
	return harness_main("session_fake", argc, argv, tests,
			    sizeof(tests) / sizeof(tests[0]));
}
