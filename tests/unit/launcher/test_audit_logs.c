/* SPDX-License-Identifier: Apache-2.0 */
/* Which log gets an audit line, that nobody waits for it, and its size. */
#include "audit_world.h"

static void
the_longest_line_that_there_can_be_has_room(void **state)
{
	static char value[4096];
	struct frame answer = { .type = FRAME_DENIED };
	const struct audit_decision what = { &answer,    value, UINT32_MAX,
					     UINT32_MAX, -1,    UINT64_MAX,
					     UINT64_MAX };

	(void)state;
	memset(value, 1, sizeof(value) - 1);
	memset(answer.number, 0xff, sizeof(answer.number));
	answer.bytes = (const uint8_t *)value;
	answer.len = 4095;
	memset(&launcher_of_test.caller, 0xff, sizeof(struct caller));
	launcher_of_test.caller.exe[4095] = '\0';
	audit_write(&launcher_of_test, &what);
	assert_in_range(world.len, 3 * VALUE_MAX, 4095);
	assert_non_null(strstr(world.text, " signal=18446744073709551615\n"));
}

static void
the_first_log_that_takes_a_line_gets_it_and_no_other(void **state)
{
	static const long errors[] = { -ENOENT, -ECONNREFUSED, -EAGAIN, -EACCES,
				       -ENOBUFS };
	struct frame answer = accepted;

	(void)state;
	write_line(&answer, "", "/bin/true");
	assert_string_equal(world.log, JOURNAL);
	assert_int_equal(world.asked, 1);
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		world.journal = errors[i];
		world.syslog = 0;
		write_line(&answer, "", "/bin/true");
		assert_string_equal(world.log, SYSLOG);
		assert_int_equal(strncmp(world.text,
					 "<86>caisson-launcher[77]: "
					 "event=accepted request=5 ",
					 51),
				 0);
		world.syslog = errors[i];
		write_line(&answer, "", "/bin/true");
		assert_null(world.log);
		assert_int_equal(world.asked, 2);
	}
	/* one that comes back is found again */
	world.journal = 0;
	write_line(&answer, "", "/bin/true");
	assert_string_equal(world.log, JOURNAL);
}

static void
without_a_socket_nothing_is_written_and_nothing_else_happens(void **state)
{
	struct frame answer = accepted;

	(void)state;
	assert_int_equal(world.type, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK);
	world.socket = -EMFILE;
	launcher_of_test.line_len = 0;
	audit_open(&launcher_of_test);
	assert_true(launcher_of_test.log < 0);
	write_line(&answer, "", "/bin/true");
	assert_null(world.log);
}

/* As published for FNV-1a with 64 bits. */
static void
the_hash_is_the_known_one(void **state)
{
	(void)state;
	assert_true(audit_hash((const uint8_t *)"", 0) == 0xcbf29ce484222325u);
	assert_true(audit_hash((const uint8_t *)"a", 1) == 0xaf63dc4c8601ec8cu);
	assert_true(audit_hash((const uint8_t *)"foobar", 6) ==
		    0x85944171f73967e8u);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(
		    the_longest_line_that_there_can_be_has_room, fresh),
		cmocka_unit_test_setup(
		    the_first_log_that_takes_a_line_gets_it_and_no_other,
		    fresh),
		cmocka_unit_test_setup(
		    without_a_socket_nothing_is_written_and_nothing_else_happens,
		    fresh),
		cmocka_unit_test_setup(the_hash_is_the_known_one, fresh),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
