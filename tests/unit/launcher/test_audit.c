/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Audit lines: what stands in them, and that nothing which others named can be
 * taken for something else.
 */
#include "audit_world.h"

#include <stdlib.h>

static const char common[] = " caller_uid=1000 caller_pid=4321 "
			     "caller_exe=/usr/bin/agent uid=1500 "
			     "gid=1600 program=/bin/true plan=99 "
			     "pid=0 signal=0\n";
static const struct written {
	struct frame answer;
	const char *rule, *expect;
} cases[] = {
	{ { .type = FRAME_ACCEPTED, .accepted = { .request = 5, .line = 12 } },
	  "/etc/caisson/grants",
	  "event=accepted request=5 line=12 rule=/etc/caisson/grants" },
	{ { .type = FRAME_DENIED,
	    .denied = { 6, 13, GRANT_TIMEOUT, 0, 3600000, UINT64_MAX } },
	  "/etc/caisson/grants.d/a.grants",
	  "event=denied request=6 line=13 field=15 index=0 "
	  "allowed=3600000 asked=18446744073709551615 "
	  "rule=/etc/caisson/grants.d/a.grants" },
	{ { .type = FRAME_DENIED,
	    .denied = { 6, 0, GRANT_CALLER_UIDS, 0, 0, 0 } },
	  "",
	  "event=denied request=6 line=0 field=2 index=0 allowed=0 "
	  "asked=0 rule=" },
	{ { .type = FRAME_FAILED, .failed = { 7, 4, 9, EPERM, 2 } },
	  "",
	  "event=failed request=7 code=4 stage=9 errno=1 index=2 "
	  "rule=" },
	{ { .type = FRAME_EXITED,
	    .exited = { .request = 8,
			.how = CAISSON_HOW_EXITED,
			.value = 3,
			.timed_out = 1 } },
	  "",
	  "event=exited request=8 how=1 value=3 core=0 timed_out=1 "
	  "rule=" },
};

static void
each_answer_is_one_line_of_all_that_is_known(void **state)
{
	char expect[4096];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct frame answer = cases[i].answer;

		write_line(&answer, cases[i].rule, "/bin/true");
		assert_string_equal(world.log, JOURNAL);
		(void)snprintf(expect, sizeof(expect), BEFORE "%s%s",
			       cases[i].expect, common);
		assert_string_equal(world.text, expect);
	}
}

static void
a_signal_says_which_and_to_whom(void **state)
{
	const struct audit_decision what = {
		.answer = &accepted,
		.program = "",
		.uid = 7,
		.gid = UINT32_MAX,
		.pid = INT32_MAX,
		.signal = 9,
	};

	(void)state;
	audit_write(&launcher_of_test, &what);
	assert_non_null(strstr(world.text, " uid=7 gid=4294967295 program= "
					   "plan=0 pid=2147483647 signal=9\n"));
}

static const char *const keys[] = {
	"event",      "request",    "line",   "rule", "caller_uid",
	"caller_pid", "caller_exe", "uid",    "gid",  "program",
	"plan",       "pid",        "signal",
};

#define KEYS (sizeof(keys) / sizeof(keys[0]))

/* Takes the line apart as a reader would; values are as they stand there. */
static void
parse(char *values[KEYS])
{
	char *at = world.text, *end = world.text + world.len - 1;

	assert_true(world.len == strlen(world.text));
	assert_int_equal(strncmp(at, BEFORE, strlen(BEFORE)), 0);
	assert_int_equal(*end, '\n');
	*end = '\0';
	at += strlen(BEFORE);
	for (const char *c = at; *c != '\0'; c++)
		assert_true(*c >= ' ' && *c < 0x7f && *c != '"' && *c != '\'');
	for (size_t i = 0; i < KEYS; i++) {
		size_t n = strlen(keys[i]);
		char *next = strchr(at, ' ');

		assert_int_equal(strncmp(at, keys[i], n), 0);
		assert_int_equal(at[n], '=');
		values[i] = at + n + 1;
		assert_true((next == NULL) == (i == KEYS - 1));
		if (next != NULL)
			*next = '\0';
		at = next != NULL ? next + 1 : NULL;
		assert_null(strchr(values[i], '='));
	}
}

/* What the value was, undone; in place. */
static void
unescape(char *text)
{
	char *to = text, digits[3] = { 0 };

	for (; *text != '\0'; text++) {
		if (*text != '\\') {
			*to++ = *text;
			continue;
		}
		assert_int_equal(text[1], 'x');
		memcpy(digits, text + 2, 2);
		*to++ = (char)strtoul(digits, NULL, 16);
		text += 3;
	}
	*to = '\0';
}

/* In each of the three places at once. */
static void
survives(const char *value)
{
	struct frame answer = accepted;
	char *values[KEYS];

	(void)snprintf(launcher_of_test.caller.exe,
		       sizeof(launcher_of_test.caller.exe), "%s", value);
	write_line(&answer, value, value);
	parse(values);
	assert_string_equal(values[0], "accepted");
	assert_string_equal(values[4], "1000");
	assert_string_equal(values[7], "1500");
	for (size_t i = 0; i < KEYS; i++)
		if (i == 3 || i == 6 || i == 9) {
			unescape(values[i]);
			assert_string_equal(values[i], value);
		}
}

static void
no_byte_of_a_value_is_taken_for_anything_else(void **state)
{
	char value[5] = "";

	(void)state;
	for (int c = 1; c < 256; c++)
		for (int d = 1; d < 256; d++) {
			value[0] = (char)c;
			value[1] = (char)d;
			survives(value);
		}
}

static void
no_value_is_taken_for_another_field_or_line(void **state)
{
	static const char *const values[] = {
		" uid=0 gid=0 program=/bin/sh",
		"\nMESSAGE=event=accepted request=1",
		"\n<86>caisson-launcher[77]: event=accepted",
		"\" uid=0 \"",
		"' uid=0 '",
		"\\x20uid=0",
		"\\",
		"%s%n%x",
		"\033[2K\rcleared",
		"\xc3\x28\xff\xfe\xc2\x9b",
		"\xe2\x80\xaetxt.exe",
		"#$#$",
		"",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		survives(values[i]);
}

static void
long_values_are_cut_and_marked_and_all_fields_are_there(void **state)
{
	static const uint8_t bytes[] = { 'a', 1, ' ', '\\', 0xff };
	static char value[4096];
	struct frame answer = { .type = FRAME_ACCEPTED };
	char *values[KEYS];

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++) {
		memset(value, bytes[i], sizeof(value) - 1);
		memset(launcher_of_test.caller.exe, bytes[i], 4095);
		launcher_of_test.caller.uid = UINT32_MAX;
		launcher_of_test.caller.pid = -1;
		memset(answer.number, 0xff, sizeof(answer.number));
		write_line(&answer, value, value);
		parse(values);
		for (size_t k = 3; k <= 9; k += 3) {
			size_t n = strlen(values[k]);

			assert_in_range(n, VALUE_MAX, VALUE_MAX + 5);
			assert_string_equal(values[k] + n - 2, "\\.");
			values[k][n - 2] = '\0';
			unescape(values[k]);
			assert_int_equal(strncmp(values[k], value,
						 strlen(values[k])),
					 0);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(
		    each_answer_is_one_line_of_all_that_is_known, fresh),
		cmocka_unit_test_setup(a_signal_says_which_and_to_whom, fresh),
		cmocka_unit_test_setup(
		    no_byte_of_a_value_is_taken_for_anything_else, fresh),
		cmocka_unit_test_setup(
		    no_value_is_taken_for_another_field_or_line, fresh),
		cmocka_unit_test_setup(
		    long_values_are_cut_and_marked_and_all_fields_are_there,
		    fresh),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
