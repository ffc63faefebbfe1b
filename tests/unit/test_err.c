/* SPDX-License-Identifier: Apache-2.0 */
/* Errors: what is filled, how it is escaped and cut, and that it is enough. */
#include "base/err.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void
assert_printable(const char *text)
{
	for (; *text != '\0'; text++)
		assert_in_range(*text, 0x20, 0x7e);
}

static void
an_error_says_stage_text_and_errno(void **state)
{
	struct caisson_error err;
	int r;

	(void)state;
	memset(&err, 0xa5, sizeof(err));
	r = err_set(&err, CAISSON_E_SYSTEM, CAISSON_STAGE_UID, EPERM,
		    "setresuid %u", 1001u);
	assert_int_equal(r, CAISSON_E_SYSTEM);
	assert_int_equal(err.code, r);
	assert_int_equal(err.stage, CAISSON_STAGE_UID);
	assert_int_equal(err.sys_errno, EPERM);
	assert_string_equal(err.msg,
			    "uid: setresuid 1001: Operation not permitted");
	assert_int_equal(err.index + err.line + err.column, 0);
	assert_int_equal(err.reserved[0] + err.reserved[1], 0);
}

static void
messages_of_the_spec_begin_with_the_pointer(void **state)
{
	struct caisson_error err;

	(void)state;
	assert_int_equal(err_spec(&err, "/env/A", "is %d", 7), CAISSON_E_SPEC);
	assert_string_equal(err.msg, "/env/A: is 7");
	assert_int_equal(err.stage, CAISSON_STAGE_SPEC);
	assert_int_equal(err_usage(&err, "frozen"), CAISSON_E_USAGE);
	assert_string_equal(err.msg, "frozen");
	assert_int_equal(err_no_memory(&err, CAISSON_STAGE_PIPES),
			 CAISSON_E_NO_MEMORY);
	assert_string_equal(err.msg, "pipes: out of memory");
}

static void
the_code_comes_back_without_a_place_for_the_error(void **state)
{
	(void)state;
	assert_int_equal(err_set(NULL, CAISSON_E_DIED, CAISSON_STAGE_EXEC,
				 EPERM, "%s", "x"),
			 CAISSON_E_DIED);
	assert_int_equal(err_spec(NULL, "/a", "b"), CAISSON_E_SPEC);
	assert_int_equal(err_usage(NULL, "c"), CAISSON_E_USAGE);
	assert_int_equal(err_no_memory(NULL, CAISSON_STAGE_EXEC),
			 CAISSON_E_NO_MEMORY);
}

static void
every_byte_is_escaped_or_printable(void **state)
{
	char in[256], out[256 * 4 + 1];
	const char *p = out;

	(void)state;
	for (int i = 0; i < 256; i++)
		in[i] = (char)i;
	err_escape(in, sizeof(in), out, sizeof(out));
	assert_printable(out);
	for (unsigned i = 0; i < 256; i++) {
		if (i >= 0x20 && i < 0x7f) {
			assert_int_equal(*p, i);
			p++;
			continue;
		}
		assert_memory_equal(p, "\\x", 2);
		assert_int_equal(strtoul((char[]){ p[2], p[3], '\0' }, NULL,
					 16),
				 i);
		p += 4;
	}
	assert_int_equal(*p, '\0');
}

static void
an_escape_is_never_cut_in_two(void **state)
{
	char out[8];

	(void)state;
	for (size_t size = 1; size <= sizeof(out); size++) {
		memset(out, 'Z', sizeof(out));
		err_escape("a\n\n", 3, out, size);
		if (size == 1)
			assert_string_equal(out, "");
		else if (size < 6)
			assert_string_equal(out, "a");
		else
			assert_string_equal(out, "a\\x0a");
		for (size_t i = size; i < sizeof(out); i++)
			assert_int_equal(out[i], 'Z');
	}
}

static void
hostile_text_stays_one_line_and_fits(void **state)
{
	struct caisson_error err;
	char text[2000];

	(void)state;
	for (size_t len = 0; len < sizeof(text); len += 37) {
		memset(text, '\x1b', len);
		text[len] = '\0';
		(void)err_set(&err, CAISSON_E_SYSTEM, CAISSON_STAGE_EXEC,
			      ENOENT, "%s", text);
		assert_true(memchr(err.msg, '\0', sizeof(err.msg)) != NULL);
		assert_printable(err.msg);
		assert_memory_equal(err.msg, "exec: ", 6);
		(void)err_spec(&err, "/x", "%s", text);
		assert_printable(err.msg);
		assert_memory_equal(err.msg, "/x: ", 4);
		memset(text, 'a', len);
		(void)err_usage(&err, "%s", text);
		assert_true(strlen(err.msg) < sizeof(err.msg));
		assert_int_equal(strlen(err.msg), len < sizeof(err.msg)
						      ? len
						      : sizeof(err.msg) - 1);
	}
}

/* The place is at the beginning, the reason at the end. */
static void
a_long_text_loses_its_middle(void **state)
{
	static const char end[] = ": is a directory: No such file or directory";
	static const char fill[] = { 'a', '\x1b' };
	struct caisson_error err;
	char path[4096];

	(void)state;
	for (size_t f = 0; f < sizeof(fill); f++)
		for (size_t len = 1; len < sizeof(path); len += 41) {
			memset(path, fill[f], len);
			path[len] = '\0';
			(void)err_set(&err, CAISSON_E_SYSTEM,
				      CAISSON_STAGE_EXEC, ENOENT,
				      "%s: is a directory", path);
			assert_memory_equal(err.msg, "exec: ", 6);
			assert_string_equal(err.msg + strlen(err.msg) -
						(sizeof(end) - 1),
					    end);
			assert_printable(err.msg);
		}
}

static void
an_errno_without_a_text_has_one(void **state)
{
	struct caisson_error err;

	(void)state;
	(void)err_set(&err, CAISSON_E_SYSTEM, CAISSON_STAGE_EXEC, 99999, "x");
	assert_string_equal(err.msg, "exec: x: unknown error");
}

static void
stages_and_codes_have_names_and_others_are_unknown(void **state)
{
	(void)state;
	assert_string_equal(caisson_stage_name(CAISSON_STAGE_UID), "uid");
	assert_string_equal(caisson_stage_name(0), "none");
	assert_string_equal(caisson_stage_name(15), "unknown");
	assert_string_equal(caisson_stage_name(UINT32_MAX), "unknown");
	for (uint32_t s = CAISSON_STAGE_DEADLINE; s <= CAISSON_STAGE_EXEC; s++)
		assert_string_not_equal(caisson_stage_name(s), "unknown");
	for (uint32_t s = CAISSON_STAGE_CONFIRM; s <= CAISSON_STAGE_INHERIT;
	     s++)
		assert_string_not_equal(caisson_stage_name(s), "unknown");
	for (int32_t c = CAISSON_E_DENIED; c <= CAISSON_OK; c++)
		assert_string_not_equal(caisson_code_name(c), "unknown");
	assert_string_equal(caisson_code_name(1), "unknown");
	assert_string_equal(caisson_code_name(CAISSON_E_DENIED - 1), "unknown");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_error_says_stage_text_and_errno),
		cmocka_unit_test(messages_of_the_spec_begin_with_the_pointer),
		cmocka_unit_test(
		    the_code_comes_back_without_a_place_for_the_error),
		cmocka_unit_test(every_byte_is_escaped_or_printable),
		cmocka_unit_test(an_escape_is_never_cut_in_two),
		cmocka_unit_test(hostile_text_stays_one_line_and_fits),
		cmocka_unit_test(a_long_text_loses_its_middle),
		cmocka_unit_test(an_errno_without_a_text_has_one),
		cmocka_unit_test(
		    stages_and_codes_have_names_and_others_are_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
