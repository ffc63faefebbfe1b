/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What comes too late, or never: deadlines, words to nobody, descendants that
 * stay, and callers that lose patience first.
 */
#include "speaking.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SHORT_MS 200

static struct caisson_child *
start(const char *protocol, uint32_t engine, const char *script,
      uint64_t timeout_ms)
{
	static uint8_t large[1 << 20];
	struct caisson_secret *s = speaking_secret(large, sizeof(large));
	struct caisson_spec *spec = speaking_spec(protocol, script);
	struct caisson_child *child;
	struct caisson_error err;

	if (timeout_ms != 0)
		assert_int_equal(caisson_spec_set_handshake_ready_timeout_ms(
				     spec, timeout_ms, &err),
				 0);
	child = launching_start(spec, speaking_options(engine, s));
	caisson_secret_free(s);
	return child;
}

static void
expect(struct caisson_child *child, int code, uint32_t state)
{
	struct caisson_error err = { 0 };
	int r = caisson_child_wait_ready(child, LAUNCHING_PATIENCE_MS, &err);

	if (r != code)
		fail_msg("%s: %s", caisson_code_name(r), err.msg);
	assert_int_equal(speaking_state(child).state, state);
}

/* For each protocol and engine. */
static void
each(void (*fn)(const char *protocol, uint32_t engine))
{
	json_t *before;

	speaking_adopt();
	before = harness_snapshot();
	for (int p = 0; speaking_protocols[p] != NULL; p++)
		for (const uint32_t *e = speaking_engines(); *e != 0; e++) {
			fn(speaking_protocols[p], *e);
			speaking_assert_nobody();
		}
	harness_assert_unchanged(before);
}

static void
be_silent(const char *protocol, uint32_t engine)
{
	static const char *const scripts[] = { "pause", "read end pause",
					       "keeper pause", "peek 9 pause",
					       "ignore 15 slow 1 1 pause" };

	for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
		struct caisson_child *child =
		    start(protocol, engine, scripts[i], SHORT_MS);
		struct caisson_exit e;

		expect(child, CAISSON_E_TIMEOUT, CAISSON_START_TIMED_OUT);
		e = launching_finish(child);
		assert_int_equal(e.how, CAISSON_HOW_SIGNALLED);
		assert_int_equal(e.value, SIGKILL);
	}
}

static void
who_is_silent_is_killed_with_its_group_in_time(void **state)
{
	(void)state;
	each(be_silent);
}

static void
be_impatient(const char *protocol, uint32_t engine)
{
	struct caisson_child *child =
	    start(protocol, engine, "await 0 ready exit 2", 0);
	struct caisson_error err;

	for (int i = 0; i < 3; i++) {
		assert_int_equal(caisson_child_wait_ready(child, (uint64_t)i,
							  &err),
				 CAISSON_E_TIMEOUT);
		assert_int_equal(speaking_state(child).state,
				 CAISSON_START_WAITING);
		assert_int_equal(speaking_state(child).decided_ns, 0);
		assert_true(caisson_child_status_fd(child) >= 0);
	}
	(void)close(caisson_child_take_fd(child, 0));
	speaking_wait_ready(child);
	assert_int_equal(caisson_child_status_fd(child), -1);
	assert_int_equal(launching_finish(child).value, 2);
}

static void
who_asks_too_early_may_ask_again(void **state)
{
	(void)state;
	each(be_impatient);
}

static void
speak_to_nobody(const char *protocol, uint32_t engine)
{
	struct caisson_child *child =
	    start(protocol, engine, "ready await 0 late 1 late 1 exit 2", 0);

	speaking_wait_ready(child);
	(void)close(caisson_child_take_fd(child, 0));
	assert_string_equal(launching_read_line(child, 1), "EPIPE");
	assert_string_equal(launching_read_line(child, 1), "EPIPE");
	assert_int_equal(launching_finish(child).value, 2);

	child = start(protocol, engine, "failed x await 0 late 1 exit 3", 0);
	expect(child, CAISSON_E_FAILED, CAISSON_START_FAILED);
	(void)close(caisson_child_take_fd(child, 0));
	assert_string_equal(launching_read_line(child, 1), "EPIPE");
	assert_int_equal(launching_finish(child).value, 3);
}

static void
what_is_said_after_the_decision_gets_epipe(void **state)
{
	(void)state;
	each(speak_to_nobody);
}

/* The program ends at once; who it left says that it is ready, too late. */
static void
leave_a_daemon(const char *protocol, uint32_t engine)
{
	struct caisson_child *child =
	    start(protocol, engine, "daemon read end await 0 late 1 pause", 0);
	struct caisson_exit e;
	struct caisson_error err;

	expect(child, CAISSON_E_DIED, CAISSON_START_DIED);
	assert_int_equal(caisson_child_wait(child, LAUNCHING_PATIENCE_MS, &e,
					    &err),
			 0);
	assert_int_equal(e.how, CAISSON_HOW_EXITED);
	assert_int_equal(e.value, 0);
	(void)close(caisson_child_take_fd(child, 0));
	assert_string_equal(launching_read_line(child, 1), "EPIPE");
	caisson_child_free(child);
	/* another session: out of reach of anything but a cgroup */
	speaking_kill_all();
}

static void
a_daemon_does_not_hide_that_the_program_has_ended(void **state)
{
	(void)state;
	each(leave_a_daemon);
}

/* Ready, and then a descendant holds the descriptors for ever. */
static void
leave_a_keeper(const char *protocol, uint32_t engine)
{
	struct caisson_child *child =
	    start(protocol, engine, "keeper read ready await 0 exit 4", 0);

	speaking_wait_ready(child);
	(void)close(caisson_child_take_fd(child, 0));
	assert_int_equal(launching_finish(child).value, 4);
	speaking_kill_all();
}

static void
a_descendant_that_keeps_the_descriptors_holds_up_nobody(void **state)
{
	(void)state;
	each(leave_a_keeper);
}

static void
free_early(const char *protocol, uint32_t engine)
{
	static const char *const scripts[] = {
		"pause",
		"keeper read keeper pause",
		"flood 0 pause",
		"exit 0",
		"ready keeper pause",
		"ignore 15 failed x pause",
	};

	for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++)
		for (int turn = 0; turn < 10; turn++) {
			struct caisson_child *child =
			    start(protocol, engine, scripts[i], 0);

			(void)usleep((useconds_t)turn * 200);
			caisson_child_free(child);
			speaking_assert_nobody();
		}
}

static void
a_handle_that_is_freed_takes_everything_with_it(void **state)
{
	(void)state;
	each(free_early);
}

static void
be_stopped(const char *protocol, uint32_t engine)
{
	struct caisson_child *child =
	    start(protocol, engine, "read kill 19", SHORT_MS);
	struct caisson_exit e;

	expect(child, CAISSON_E_TIMEOUT, CAISSON_START_TIMED_OUT);
	e = launching_finish(child);
	assert_int_equal(e.how, CAISSON_HOW_SIGNALLED);
	assert_int_equal(e.value, SIGKILL);
}

static void
who_stands_still_is_not_waited_for_longer(void **state)
{
	(void)state;
	each(be_stopped);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    who_is_silent_is_killed_with_its_group_in_time),
		cmocka_unit_test(who_asks_too_early_may_ask_again),
		cmocka_unit_test(what_is_said_after_the_decision_gets_epipe),
		cmocka_unit_test(
		    a_daemon_does_not_hide_that_the_program_has_ended),
		cmocka_unit_test(
		    a_descendant_that_keeps_the_descriptors_holds_up_nobody),
		cmocka_unit_test(
		    a_handle_that_is_freed_takes_everything_with_it),
		cmocka_unit_test(who_stands_still_is_not_waited_for_longer),
	};

	return harness_main("speakers_late", argc, argv, tests,
			    sizeof(tests) / sizeof(tests[0]));
}
