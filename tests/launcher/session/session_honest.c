/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Programs of a session, through a launcher that is nobody: what handles do is
 * what they do with every other engine.
 */
#include "faking.h"

#include "caisson_monitor.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct caisson_session *session;

static int
open_session(void **state)
{
	(void)state;
	session = faking_session("honest");
	return 0;
}

static int
close_session(void **state)
{
	(void)state;
	caisson_session_close(session);
	harness_assert_childless();
	return 0;
}

static struct caisson_child *
start(const char *members, const char *act, const char *arg)
{
	return launching_start(launching_spec(members, act, arg, NULL),
			       faking_in(session));
}

static void
an_exit_is_told_as_it_is(void **state)
{
	(void)state;
	for (int i = 0; i < 20; i++) {
		struct caisson_child *child =
		    start(NULL, "exit", harness_text("%d", i * 5));
		struct caisson_exit e;

		assert_int_equal(caisson_child_engine(child),
				 CAISSON_ENGINE_LAUNCHER);
		e = launching_finish(child);
		assert_int_equal(e.how, CAISSON_HOW_EXITED);
		assert_int_equal(e.value, i * 5);
		assert_int_equal(e.started_ns, 1);
		assert_int_equal(e.ended_ns, 2);
	}
}

static void
what_a_program_writes_comes_through_its_pipe(void **state)
{
	char *text =
	    launching_output(launching_spec("'stdio':{'stdout':'pipe'}",
					    "write", "1", "it ran", NULL),
			     faking_in(session));

	(void)state;
	assert_string_equal(text, "it ran");
	free(text);
}

/* More than a frame holds: the plan goes by a memfd. */
static void
a_large_plan_arrives(void **state)
{
	struct caisson_spec *spec = launching_spec("'stdio':{'stdout':'pipe'}",
						   "write", "1", "large", NULL);
	size_t len = 100000;
	char *value = malloc(len + 1), *text;

	(void)state;
	assert_non_null(value);
	memset(value, 'v', len);
	value[len] = '\0';
	assert_int_equal(caisson_spec_set_env(spec, "LARGE", value, NULL), 0);
	text = launching_output(spec, faking_in(session));
	assert_string_equal(text, "large");
	free(text);
	free(value);
}

static void
applied_says_which_grant_it_was(void **state)
{
	struct caisson_child *child =
	    start("'process':{'nice':0}", "exit", "0");
	struct caisson_applied a = { .size = sizeof(a) };

	(void)state;
	caisson_child_applied(child, &a);
	assert_string_equal(a.grant, "grants:7");
	assert_int_equal(a.umask, 022);
	assert_int_equal(a.pgid, caisson_child_pid(child));
	assert_int_equal(a.uid, geteuid());
	assert_int_equal(a.bounding, 0);
	launching_finish(child);

	child = launching_start(launching_spec(NULL, "exit", "0", NULL), NULL);
	caisson_child_applied(child, &a);
	assert_null(a.grant);
	launching_finish(child);
}

static void
signals_arrive(void **state)
{
	struct caisson_child *child = start(NULL, "sleep", "60000");
	struct caisson_error err;
	struct caisson_exit e;

	(void)state;
	assert_int_equal(caisson_child_signal(child, 0, 0, &err), 0);
	assert_int_equal(caisson_child_signal(child, 99, 0, &err),
			 CAISSON_E_SYSTEM);
	assert_int_equal(err.sys_errno, EINVAL);
	assert_int_equal(caisson_child_wait(child, 0, NULL, &err),
			 CAISSON_E_TIMEOUT);
	assert_int_equal(caisson_child_signal(child, SIGUSR1, 0, &err), 0);
	assert_int_equal(caisson_child_wait(child, LAUNCHING_PATIENCE_MS, &e,
					    &err),
			 0);
	assert_int_equal(e.how, CAISSON_HOW_SIGNALLED);
	assert_int_equal(e.value, SIGUSR1);
	assert_int_equal(caisson_child_signal(child, SIGTERM, 0, &err),
			 CAISSON_E_SYSTEM);
	assert_int_equal(err.sys_errno, ESRCH);
	caisson_child_free(child);
}

static void
a_group_is_signalled_and_killed(void **state)
{
	static const uint32_t scopes[] = { CAISSON_SCOPE_GROUP,
					   CAISSON_SCOPE_TREE };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct caisson_child *child =
		    start("'stdio':{'stdout':'pipe'}", "family", "1");
		struct caisson_error err;
		char *rest;

		assert_int_not_equal(atoi(launching_read_line(child, 1)), 0);
		assert_int_equal(caisson_child_signal(child, SIGKILL, scopes[i],
						      &err),
				 0);
		/* both ends of the pipe are closed then */
		rest = launching_read(child, 1);
		assert_string_equal(rest, "");
		free(rest);
		launching_finish(child);
	}
}

static void
stop_terminates_and_then_kills(void **state)
{
	struct caisson_child *child =
	    start("'stdio':{'stdout':'pipe'}", "ignore", "15");
	struct caisson_error err;
	struct caisson_exit e;

	(void)state;
	(void)e;
	caisson_child_free(child);
	child = start(NULL, "sleep", "60000");
	assert_int_equal(caisson_child_stop(child, 60000, &err), 0);
	e = launching_finish(child);
	assert_int_equal(e.value, SIGTERM);
	child = start(NULL, "sleep", "60000");
	assert_int_equal(caisson_child_stop(child, 0, &err), 0);
	e = launching_finish(child);
	assert_int_equal(e.how, CAISSON_HOW_SIGNALLED);
}

static void
a_freed_handle_takes_its_program_along(void **state)
{
	struct caisson_child *child =
	    start("'stdio':{'stdout':'pipe'}", "family", "1");
	int fd = caisson_child_take_fd(child, 1);
	char text[64];

	(void)state;
	assert_true(read(fd, text, sizeof(text)) > 0);
	caisson_child_free(child);
	assert_int_equal(read(fd, text, sizeof(text)), 0);
	(void)close(fd);
}

static void
it_cannot_be_let_go(void **state)
{
	struct caisson_child *child = start(NULL, "sleep", "60000");
	struct caisson_error err;
	int fd = -1;

	(void)state;
	assert_int_equal(caisson_child_detach(child, &fd, &err),
			 CAISSON_E_USAGE);
	faking_assert(&err, CAISSON_E_USAGE, 0, "it ends with its session");
	caisson_child_free(child);
}

static void
a_monitor_tells_the_end(void **state)
{
	struct caisson_monitor *m = NULL;
	struct caisson_child *children[20];
	struct caisson_error err;
	int32_t told = 0;

	(void)state;
	assert_int_equal(caisson_monitor_new(NULL, &m, &err), 0);
	for (int i = 0; i < 20; i++) {
		children[i] = start(NULL, "exit", harness_text("%d", i));
		assert_int_equal(caisson_monitor_add(m, children[i], NULL,
						     &err),
				 0);
	}
	for (int i = 0; i < 20; i++) {
		struct caisson_monitor_event event = { .size = sizeof(event) };

		assert_int_equal(caisson_monitor_next(m, LAUNCHING_PATIENCE_MS,
						      &event, &err),
				 0);
		assert_int_equal(event.kind, CAISSON_MONITOR_EXIT);
		assert_int_equal(event.exit.how, CAISSON_HOW_EXITED);
		told += event.exit.value;
	}
	assert_int_equal(told, 190);
	for (int i = 0; i < 20; i++)
		caisson_child_free(children[i]);
	caisson_monitor_free(m);
}

static void
the_sessions_descriptor_says_when_to_look(void **state)
{
	struct caisson_child *child = start(NULL, "sleep", "60000");
	struct pollfd p = { caisson_session_fd(session), POLLIN, 0 };
	struct caisson_error err;
	struct caisson_exit e;

	(void)state;
	assert_int_equal(kill(caisson_child_pid(child), SIGKILL), 0);
	assert_int_equal(poll(&p, 1, (int)LAUNCHING_PATIENCE_MS), 1);
	assert_int_equal(caisson_session_dispatch(session, &err), 0);
	assert_int_equal(caisson_child_wait(child, 0, &e, &err), 0);
	assert_int_equal(e.value, SIGKILL);
	caisson_child_free(child);
}

static void
a_process_of_others_is_denied(void **state)
{
	struct caisson_child *other =
	    launching_start(launching_spec(NULL, "sleep", "60000", NULL), NULL);
	struct caisson_error err;

	(void)state;
	assert_int_equal(caisson_session_signal(session,
						caisson_child_pidfd(other),
						SIGTERM, &err),
			 CAISSON_E_DENIED);
	faking_assert(&err, CAISSON_E_DENIED, CAISSON_STAGE_GRANT,
		      "no rule for the caller and the process's user");
	assert_int_equal(caisson_session_signal(session,
						caisson_child_pidfd(other), 0,
						&err),
			 CAISSON_E_USAGE);
	caisson_child_free(other);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test_setup_teardown(an_exit_is_told_as_it_is, open_session,
					close_session),
	cmocka_unit_test_setup_teardown(
	    what_a_program_writes_comes_through_its_pipe, open_session,
	    close_session),
	cmocka_unit_test_setup_teardown(a_large_plan_arrives, open_session,
					close_session),
	cmocka_unit_test_setup_teardown(applied_says_which_grant_it_was,
					open_session, close_session),
	cmocka_unit_test_setup_teardown(signals_arrive, open_session,
					close_session),
	cmocka_unit_test_setup_teardown(a_group_is_signalled_and_killed,
					open_session, close_session),
	cmocka_unit_test_setup_teardown(stop_terminates_and_then_kills,
					open_session, close_session),
	cmocka_unit_test_setup_teardown(a_freed_handle_takes_its_program_along,
					open_session, close_session),
	cmocka_unit_test_setup_teardown(it_cannot_be_let_go, open_session,
					close_session),
	cmocka_unit_test_setup_teardown(a_monitor_tells_the_end, open_session,
					close_session),
	cmocka_unit_test_setup_teardown(
	    the_sessions_descriptor_says_when_to_look, open_session,
	    close_session),
	cmocka_unit_test_setup_teardown(a_process_of_others_is_denied,
					open_session, close_session),
};

int
main(int argc, char **argv)
{
	return harness_main("session_honest", argc, argv, tests,
			    sizeof(tests) / sizeof(tests[0]));
}
