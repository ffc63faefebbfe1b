/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An ordinary user with a grant, through the library and the real launcher, in
 * a town: what handles do.
 */
#include "folk.h"

#include "caisson_monitor.h"
#include "speaking.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static void
check_builder(struct caisson_child *child)
{
	struct caisson_applied a = { .size = sizeof(a) };
	char *rest;

	assert_int_equal(caisson_child_engine(child), CAISSON_ENGINE_LAUNCHER);
	assert_int_equal(folk_owner(caisson_child_pid(child)),
			 town_id(TOWN_BUILDER));
	caisson_child_applied(child, &a);
	assert_int_equal(a.uid, town_id(TOWN_BUILDER));
	assert_int_equal(a.gid, town_id(TOWN_BUILDER));
	assert_int_equal(a.bounding, 0);
	assert_int_equal(a.umask, 027);
	assert_non_null(a.grant);
	assert_string_equal(a.grant, "/etc/caisson/grants:1");
	/* it is another's: only the launcher may */
	assert_int_equal(kill(caisson_child_pid(child), SIGTERM), -1);
	assert_int_equal(caisson_child_signal(child, SIGTERM, 0, NULL), 0);
	assert_int_equal(folk_wait_for(child).value, SIGTERM);
	rest = launching_read(child, 1);
	assert_string_equal(rest, "");
	free(rest);
	caisson_child_free(child);
}

static void
as_agent_chosen_by_itself(void *arg)
{
	json_t *before;
	uint32_t engine = 0;
	struct caisson_launch_options o = folk_options(NULL);
	struct caisson_spec *s;

	(void)arg;
	town_become(TOWN_AGENT);
	(void)umask(027);
	before = harness_snapshot();
	s = folk_spec(NULL, "sleep", "60000");
	assert_int_equal(caisson_spec_freeze(s, NULL), 0);
	assert_int_equal(caisson_check(s, &o, &engine, NULL), 0);
	assert_int_equal(engine, CAISSON_ENGINE_LAUNCHER);
	caisson_spec_free(s);
	check_builder(folk_start(NULL, NULL, "sleep", "60000"));
	harness_assert_unchanged(before);
	harness_assert_childless();
}

static void
as_agent_kept(void *arg)
{
	struct caisson_session *session;
	struct caisson_child *child;
	struct caisson_exit e;
	char *text;

	(void)arg;
	town_become(TOWN_AGENT);
	(void)umask(027);
	session = folk_open_session(0);
	for (int i = 0; i < 3; i++)
		check_builder(folk_start(session, NULL, "sleep", "60000"));
	child = folk_start(session, "'env':{'A':'1'}", "exit", "7");
	e = launching_finish(child);
	assert_int_equal(e.how, CAISSON_HOW_EXITED);
	assert_int_equal(e.value, 7);
	assert_true(e.has_usage);
	assert_true(e.started_ns > 0 && e.ended_ns >= e.started_ns);
	child = folk_start(session, "'process':{'nice':-5}", "write", "1");
	launching_finish(child);
	{
		struct caisson_launch_options o = folk_options(session);
		struct caisson_spec *s =
		    launching_spec("'credentials':{'user':'builder'}", "write",
				   "1", "told", NULL);

		assert_int_equal(caisson_spec_set_path(s, TOWN_BIN "/reporter",
						       NULL),
				 0);
		text = launching_output(s, &o);
		assert_string_equal(text, "told");
		free(text);
	}
	caisson_session_close(session);
	harness_assert_childless();
}

static void
as_agent_kill(void *arg)
{
	struct caisson_session *session;
	struct caisson_child *child;
	struct caisson_error err;
	int32_t member;
	struct caisson_exit e;

	(void)arg;
	town_become(TOWN_AGENT);
	session = folk_open_session(0);
	child = folk_start(session, NULL, "family", "1");
	member = atoi(launching_read_line(child, 1));
	assert_int_equal(folk_owner(member), town_id(TOWN_BUILDER));
	assert_int_equal(folk_count_builders(), 2);
	assert_int_equal(caisson_child_kill(child, &err), 0);
	e = launching_finish(child);
	assert_int_equal(e.how, CAISSON_HOW_SIGNALLED);
	assert_int_equal(e.value, SIGKILL);
	folk_wait_until_gone(member);
	/* in a session of its own, and without a parent: swept with its end */
	child = folk_start(session, NULL, "daemon", "1");
	assert_int_equal(launching_finish(child).value, 0);
	folk_wait_until_nobody();
	/* by freeing the handle */
	child = folk_start(session, NULL, "family", "1");
	member = atoi(launching_read_line(child, 1));
	caisson_child_free(child);
	folk_wait_until_gone(member);
	/* by closing the session */
	child = folk_start(session, NULL, "family", "1");
	member = atoi(launching_read_line(child, 1));
	caisson_session_close(session);
	assert_int_equal(folk_owner(member), -1);
	assert_int_equal(folk_count_builders(), 0);
	e = launching_finish(child);
	assert_true(e.how == CAISSON_HOW_LOST || e.value == SIGKILL);
	harness_assert_childless();
}

static void
as_agent_timeout(void *arg)
{
	struct caisson_exit e;

	(void)arg;
	town_become(TOWN_AGENT);
	e = launching_finish(
	    folk_start(NULL, "'timeout_ms':50", "sleep", "60000"));
	assert_true(e.timed_out);
	assert_int_equal(e.how, CAISSON_HOW_SIGNALLED);
	assert_int_equal(e.value, SIGTERM);
}

static void
as_agent_handshake(void *arg)
{
	static const char secret_text[] = "a secret";
	struct caisson_launch_options o = folk_options(NULL);
	struct caisson_secret *secret;
	struct caisson_spec *s;
	struct caisson_child *child;
	const char *got;

	(void)arg;
	town_become(TOWN_AGENT);
	secret = speaking_secret(secret_text, sizeof(secret_text));
	o.secret = secret;
	s = speaking_spec("caisson", "read end ready digest 1 pause");
	assert_int_equal(caisson_spec_set_path(s, TOWN_BIN "/speaker", NULL),
			 0);
	launching_set(s, "'credentials':{'user':'builder'}");
	child = launching_start(s, &o);
	speaking_wait_ready(child);
	got = launching_read_line(child, 1);
	assert_string_equal(got,
			    speaking_digest(speaking_empty_config("caisson"),
					    (struct caisson_bytes){
						secret_text,
						sizeof(secret_text) }));
	assert_int_equal(folk_owner(caisson_child_pid(child)),
			 town_id(TOWN_BUILDER));
	caisson_child_free(child);
	caisson_secret_free(secret);
}

static void
as_agent_monitor(void *arg)
{
	struct caisson_session *session;
	struct caisson_monitor *m = NULL;
	struct caisson_child *children[50];
	struct caisson_error err;
	int32_t sum = 0;

	(void)arg;
	town_become(TOWN_AGENT);
	session = folk_open_session(0);
	assert_int_equal(caisson_monitor_new(NULL, &m, &err), 0);
	for (int i = 0; i < 50; i++) {
		children[i] =
		    folk_start(session, NULL, "exit", harness_text("%d", i));
		assert_int_equal(caisson_monitor_add(m, children[i], NULL,
						     &err),
				 0);
	}
	for (int i = 0; i < 50; i++) {
		struct caisson_monitor_event event = { .size = sizeof(event) };

		assert_int_equal(caisson_monitor_next(m, LAUNCHING_PATIENCE_MS,
						      &event, &err),
				 0);
		assert_int_equal(event.exit.how, CAISSON_HOW_EXITED);
		sum += event.exit.value;
	}
	assert_int_equal(sum, 1225);
	for (int i = 0; i < 50; i++)
		caisson_child_free(children[i]);
	caisson_monitor_free(m);
	caisson_session_close(session);
	harness_assert_childless();
}

/* It goes on when its launcher has gone, and is ended through another one. */
static void
as_agent_detach(void *arg)
{
	struct caisson_session *session;
	struct caisson_child *child;
	struct caisson_launch_options o = folk_options(NULL);
	struct caisson_error err;
	int pidfd = -1;
	int32_t pid;

	(void)arg;
	town_become(TOWN_AGENT);
	o.detach = 1;
	child = launching_start(folk_spec(NULL, "sleep", "60000"), &o);
	pid = caisson_child_pid(child);
	assert_int_equal(caisson_child_detach(child, &pidfd, &err), 0);
	harness_assert_childless();
	assert_int_equal(folk_owner(pid), town_id(TOWN_BUILDER));
	session = folk_open_session(0);
	if (caisson_session_signal(session, pidfd, SIGKILL, &err) < 0)
		fail_msg("%s", err.msg);
	folk_wait_until_gone(pid);
	(void)close(pidfd);
	pidfd = (int)syscall(SYS_pidfd_open, 1, 0);
	assert_int_equal(caisson_session_signal(session, pidfd, SIGCONT, &err),
			 CAISSON_E_DENIED);
	faking_assert(&err, CAISSON_E_DENIED, CAISSON_STAGE_GRANT, "signal");
	(void)close(pidfd);
	caisson_session_close(session);
}

IN_TOWN(the_launcher_is_chosen_where_privilege_is_missing,
	as_agent_chosen_by_itself)
IN_TOWN(a_kept_session_launches_again_and_again, as_agent_kept)
IN_TOWN(group_tree_handle_and_session_end_what_runs, as_agent_kill)
IN_TOWN(the_launcher_keeps_the_timeout, as_agent_timeout)
IN_TOWN(a_secret_arrives_and_ready_is_heard, as_agent_handshake)
IN_TOWN(a_monitor_tells_the_ends_of_a_session, as_agent_monitor)
IN_TOWN(what_is_detached_goes_on_and_can_be_signalled, as_agent_detach)

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(the_launcher_is_chosen_where_privilege_is_missing),
	cmocka_unit_test(a_kept_session_launches_again_and_again),
	cmocka_unit_test(group_tree_handle_and_session_end_what_runs),
	cmocka_unit_test(the_launcher_keeps_the_timeout),
	cmocka_unit_test(a_secret_arrives_and_ready_is_heard),
	cmocka_unit_test(a_monitor_tells_the_ends_of_a_session),
	cmocka_unit_test(what_is_detached_goes_on_and_can_be_signalled),
};

int
main(void)
{
	return folk_main("session_town", tests,
			 sizeof(tests) / sizeof(tests[0]));
}
