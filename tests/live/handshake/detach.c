/* SPDX-License-Identifier: Apache-2.0 */
/* Letting go of a program: when that is refused, and that it goes on then. */
#include "speaking.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void
refused(struct caisson_child *child, int code, const char *msg)
{
	struct caisson_error err = { 0 };
	int pidfd = -5;

	if (caisson_child_detach(child, &pidfd, &err) != code)
		fail_msg("%s: %s", caisson_code_name(err.code), err.msg);
	assert_string_equal(err.msg, msg);
	assert_int_equal(pidfd, -5);
}

/* Refused for this, and still there. */
static void
refuse_and_finish(struct caisson_spec *spec,
		  const struct caisson_launch_options *options,
		  const char *reason)
{
	struct caisson_child *child = launching_start(spec, options);

	refused(child, CAISSON_E_USAGE,
		harness_text("the program cannot be let go of: %s", reason));
	assert_int_equal(caisson_child_kill(child, NULL), 0);
	assert_int_equal(launching_finish(child).value, SIGKILL);
}

static void
where_somebody_has_to_stay_nobody_goes(void **state)
{
	struct caisson_launch_options options = *speaking_options(0, NULL);

	(void)state;
	refuse_and_finish(speaking_spec("caisson", "pause"), NULL,
			  "its handshake is not decided");
	refuse_and_finish(launching_spec("'timeout_ms':3600000", "sleep",
					 "3600000", NULL),
			  NULL, "it has a timeout");
	refuse_and_finish(
	    launching_spec("'process':{'parent_death_signal':'KILL'}", "sleep",
			   "3600000", NULL),
	    NULL, "it has a parent death signal");
	options.denials = 1;
	refuse_and_finish(launching_spec(NULL, "sleep", "3600000", NULL),
			  &options, "its refused calls are reported");
}

static void
who_is_being_ended_is_not_let_go_of(void **state)
{
	struct caisson_child *child =
	    launching_start(launching_spec(NULL, "ignore", "15", "1", NULL),
			    NULL);

	(void)state;
	assert_string_equal(launching_read_line(child, 1), "ready");
	assert_int_equal(caisson_child_stop(child, 3600000, NULL), 0);
	refused(child, CAISSON_E_USAGE,
		"the program cannot be let go of: it is being ended");
	caisson_child_free(child);
	harness_assert_childless();
}

static void
who_has_ended_cannot_be_let_go_of(void **state)
{
	struct caisson_child *child =
	    launching_start(launching_spec(NULL, "exit", "3", NULL), NULL);
	struct pollfd p = { caisson_child_pidfd(child), POLLIN, 0 };
	const char *msg = "wait: letting go of the program: No such process";

	(void)state;
	assert_int_equal(poll(&p, 1, (int)LAUNCHING_PATIENCE_MS), 1);
	refused(child, CAISSON_E_SYSTEM, msg);
	assert_int_equal(caisson_child_wait(child, 0, NULL, NULL), 0);
	refused(child, CAISSON_E_SYSTEM, msg);
	assert_int_equal(caisson_child_detach(child, NULL, NULL),
			 CAISSON_E_USAGE);
	assert_int_equal(launching_finish(child).value, 3);
}

static void
let_go(struct caisson_child *child)
{
	struct caisson_error err;
	int in = caisson_child_take_fd(child, 0), pidfd = -1;
	pid_t pid = caisson_child_pid(child);
	struct pollfd p = { -1, POLLIN, 0 };
	siginfo_t info;

	if (caisson_child_detach(child, &pidfd, &err) != 0)
		fail_msg("%s", err.msg);
	assert_int_equal(fcntl(pidfd, F_GETFD), FD_CLOEXEC);
	p.fd = pidfd;
	assert_int_equal(poll(&p, 1, 20), 0); /* it lives */
	(void)close(in);
	assert_int_equal(poll(&p, 1, (int)LAUNCHING_PATIENCE_MS), 1);
	memset(&info, 0, sizeof(info));
	assert_int_equal(waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED), 0);
	assert_int_equal(info.si_pid, pid);
	assert_int_equal(info.si_code, CLD_EXITED);
	assert_int_equal(info.si_status, 5);
	(void)close(pidfd);
}

static void
who_is_let_go_of_goes_on(void **state)
{
	json_t *before = harness_snapshot();
	struct caisson_child *child;

	(void)state;
	child = launching_start(speaking_spec("caisson",
					      "read end ready await 0 exit 5"),
				NULL);
	speaking_wait_ready(child);
	let_go(child);
	harness_assert_unchanged(before);
	harness_assert_childless();
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(where_somebody_has_to_stay_nobody_goes),
		cmocka_unit_test(who_is_being_ended_is_not_let_go_of),
		cmocka_unit_test(who_has_ended_cannot_be_let_go_of),
		cmocka_unit_test(who_is_let_go_of_goes_on),
	};

	return harness_main("handshake_detach", argc, argv, tests,
			    sizeof(tests) / sizeof(tests[0]));
}
