/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the caller is told of a start, word for word, and who is believed.
 */
#include "speaking.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static struct caisson_child *
start(const char *protocol, const char *script, uint64_t timeout_ms)
{
	struct caisson_spec *spec = speaking_spec(protocol, script);
	struct caisson_error err;

	assert_int_equal(caisson_spec_set_handshake_ready_timeout_ms(spec,
								     timeout_ms,
								     &err),
			 0);
	return launching_start(spec, NULL);
}

/* NULL: the message is not looked at. */
static void
expect(struct caisson_child *child, int code, const char *msg)
{
	struct caisson_error err = { 0 };
	int r = caisson_child_wait_ready(child, LAUNCHING_PATIENCE_MS, &err);

	if (r != code)
		fail_msg("%s: %s", caisson_code_name(r), err.msg);
	if (msg != NULL)
		launching_assert_error(&err, code, CAISSON_STAGE_HANDSHAKE,
				       msg);
}

#define HOUR_MS 3600000u

static void
errors_say_what_became_of_the_program(void **state)
{
	static const struct {
		const char *script;
		int code;
		const char *msg;
	} rows[] = {
		{ "exit 3", CAISSON_E_DIED,
		  "the program ended before it was ready (status 3)" },
		{ "kill 11", CAISSON_E_DIED,
		  "the program was killed by SIGSEGV before it was ready" },
		{ "kill 40", CAISSON_E_DIED,
		  "the program was killed by signal 40 before it was ready" },
		{ "failed no\\x20disk", CAISSON_E_FAILED,
		  "the program says that it failed: no disk" },
		{ "failed a\\x07b\\xe2\\x82\\xac", CAISSON_E_FAILED,
		  "the program says that it failed: "
		  "a\\xef\\xbf\\xbdb\\xe2\\x82\\xac" },
		{ "say failed::\\xff", CAISSON_E_FAILED,
		  "the program says that it failed: " },
		{ "say hello\\xff pause", CAISSON_E_PROTOCOL,
		  "the program was killed, for what it wrote is not a status: "
		  "hello" },
		{ "close 4 pause", CAISSON_E_PROTOCOL,
		  "the program ended its status without a word: killed" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		/* an hour: nobody may be waiting for that */
		struct caisson_child *child =
		    start("caisson", rows[i].script, HOUR_MS);

		expect(child, rows[i].code,
		       harness_text("handshake: %s", rows[i].msg));
		expect(child, rows[i].code, NULL);
		caisson_child_free(child);
	}
}

static void
who_is_late_is_told_how_late(void **state)
{
	struct caisson_child *child = start("v23", "read pause", 77);

	(void)state;
	expect(child, CAISSON_E_TIMEOUT,
	       "handshake: the program was not ready after 77 ms: killed");
	assert_int_equal(launching_finish(child).value, SIGKILL);
}

static void
a_wait_of_zero_only_looks(void **state)
{
	struct caisson_child *child = start("v23", "await 0 ready", HOUR_MS);
	struct caisson_error err;

	(void)state;
	assert_int_equal(caisson_child_wait_ready(child, 0, &err),
			 CAISSON_E_TIMEOUT);
	launching_assert_error(&err, CAISSON_E_TIMEOUT, CAISSON_STAGE_HANDSHAKE,
			       "handshake: the program is not ready yet");
	assert_in_range(caisson_child_next_ms(child), 1, HOUR_MS);
	(void)close(caisson_child_take_fd(child, 0));
	speaking_wait_ready(child);
	assert_true(caisson_child_next_ms(child) == CAISSON_FOREVER);
	assert_int_equal(launching_finish(child).value, 0);
}

/* It reports this number, and is believed or not. */
static void
report(const char *number, uint32_t state)
{
	static const char *const ends[] = { "exit 0", "pause" };

	for (size_t i = 0; i < 2; i++) {
		struct caisson_child *child =
		    start("caisson",
			  harness_text("say ready::%s\\xff %s", number,
				       ends[i]),
			  HOUR_MS);
		struct caisson_readiness r;

		expect(child,
		       state == CAISSON_START_LIED ? CAISSON_E_LIED
						   : CAISSON_E_PROTOCOL,
		       state != CAISSON_START_LIED
			   ? NULL
			   : harness_text("handshake: the program reported pid "
					  "%s, but it is %d: killed",
					  number, caisson_child_pid(child)));
		r = speaking_state(child);
		assert_int_equal(r.state, state);
		if (state == CAISSON_START_LIED)
			assert_int_equal(r.reported_pid,
					 strtoull(number, NULL, 10));
		caisson_child_free(child);
	}
}

static void
a_wrong_pid_is_a_lie_alive_or_dead(void **state)
{
	(void)state;
	speaking_adopt();
	report("1", CAISSON_START_LIED);
	report("0", CAISSON_START_LIED);
	report(harness_text("%d", getpid()), CAISSON_START_LIED);
	report("4294967297", CAISSON_START_LIED);
	report("18446744073709551615", CAISSON_START_LIED);
	/* these are no numbers */
	report("0\\p", CAISSON_START_GARBLED);
	report("18446744073709551616", CAISSON_START_GARBLED);
	report("-1", CAISSON_START_GARBLED);
	report("\\x20\\p", CAISSON_START_GARBLED);
	speaking_assert_nobody();
}

static void
its_own_pid_is_reported_as_it_is(void **state)
{
	struct caisson_child *child = start("v23", "ready exit 0", HOUR_MS);

	(void)state;
	speaking_wait_ready(child);
	assert_int_equal(speaking_state(child).reported_pid,
			 caisson_child_pid(child));
	caisson_child_free(child);
	child = start("veyron", "ready exit 0", HOUR_MS);
	speaking_wait_ready(child);
	assert_int_equal(speaking_state(child).reported_pid, 0);
	caisson_child_free(child);
}

static void
a_failure_of_any_length_is_cut(void **state)
{
	struct caisson_child *child =
	    start("caisson", "say failed:: flood 0 exit 1", HOUR_MS);
	const char *message;

	(void)state;
	expect(child, CAISSON_E_FAILED, NULL);
	message = speaking_state(child).message;
	assert_in_range(strlen(message), 4000, CAISSON_STATUS_BYTES);
	assert_int_equal(strspn(message, "x"), strlen(message));
	assert_int_equal(launching_finish(child).value, 1);
}

static void
a_core_is_told(void **state)
{
	struct caisson_spec *spec = launching_spec(
	    harness_text("'handshake':{'protocol':'caisson'},"
			 "'rlimits':{'core':10000000},'cwd':'%s'",
			 harness_scratch()),
	    "kill", "6", NULL);
	struct caisson_child *child = launching_start(spec, NULL);
	struct caisson_exit e;

	(void)state;
	expect(child, CAISSON_E_DIED, NULL);
	e = (struct caisson_exit){ 0 };
	assert_int_equal(caisson_child_wait(child, 0, &e, NULL), 0);
	expect(child, CAISSON_E_DIED,
	       harness_text("handshake: the program was killed by SIGABRT%s "
			    "before it was ready",
			    e.core ? " (core dumped)" : ""));
	caisson_child_free(child);
}

static void
without_a_handshake_there_is_nothing_to_wait_for(void **state)
{
	struct caisson_child *child =
	    launching_start(launching_spec(NULL, "exit", "0", NULL), NULL);
	struct caisson_readiness r = { .size = sizeof(r), .state = 99 };
	struct caisson_error err;

	(void)state;
	assert_int_equal(caisson_child_wait_ready(child, 0, &err),
			 CAISSON_E_USAGE);
	assert_string_equal(err.msg, "the spec has no handshake");
	assert_int_equal(caisson_child_status_fd(child), -1);
	caisson_child_readiness(child, &r);
	assert_int_equal(r.state, CAISSON_START_NONE);
	assert_string_equal(r.message, "");
	assert_int_equal(launching_finish(child).value, 0);
}

static void
readiness_has_the_size_that_its_caller_knows(void **state)
{
	struct caisson_child *child =
	    start("caisson", "failed why exit 0", HOUR_MS);
	struct {
		struct caisson_readiness r;
		char more[16];
	} large;

	(void)state;
	expect(child, CAISSON_E_FAILED, NULL);
	memset(&large, 0x55, sizeof(large));
	large.r.size = offsetof(struct caisson_readiness, reported_pid);
	caisson_child_readiness(child, &large.r);
	assert_int_equal(large.r.size,
			 offsetof(struct caisson_readiness, reported_pid));
	assert_int_equal(large.r.state, CAISSON_START_FAILED);
	assert_int_equal(large.r.reported_pid, 0x5555555555555555);

	memset(&large, 0x55, sizeof(large));
	large.r.size = sizeof(large);
	caisson_child_readiness(child, &large.r);
	assert_int_equal(large.r.size, sizeof(large.r));
	assert_string_equal(large.r.message, "why");
	for (size_t i = 0; i < sizeof(large.more); i++)
		assert_int_equal(large.more[i], 0);
	caisson_child_free(child);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(errors_say_what_became_of_the_program),
		cmocka_unit_test(who_is_late_is_told_how_late),
		cmocka_unit_test(a_wait_of_zero_only_looks),
		cmocka_unit_test(a_wrong_pid_is_a_lie_alive_or_dead),
		cmocka_unit_test(its_own_pid_is_reported_as_it_is),
		cmocka_unit_test(a_failure_of_any_length_is_cut),
		cmocka_unit_test(a_core_is_told),
		cmocka_unit_test(
		    without_a_handshake_there_is_nothing_to_wait_for),
		cmocka_unit_test(readiness_has_the_size_that_its_caller_knows),
	};

	return harness_main("handshake_ready", argc, argv, tests,
			    sizeof(tests) / sizeof(tests[0]));
}
