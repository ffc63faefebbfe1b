/* SPDX-License-Identifier: Apache-2.0 */
/* Case files: what they say, and what is wrong with them. */
#include "policy/text/cases.h"

#include "policy/calls.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define N(list) (sizeof(list) / sizeof((list)[0]))

static int
parse(const char *text, struct cases **out, struct notes *notes,
      struct caisson_error *err)
{
	const struct cases_options options = {
		.file = "file",
		.arch = calls_arch_by_name("x86_64"),
		.notes = notes,
	};

	return cases_parse(text, strlen(text), &options, out, err);
}

static struct cases *
parse_well(const char *text)
{
	struct caisson_error err = { 0 };
	struct cases *cases = NULL;

	if (parse(text, &cases, NULL, &err) < 0)
		fail_msg("%s", err.msg);
	return cases;
}

#define SIXTEEN                                    \
	"read read read read read read read read " \
	"read read read read read read read read "

static const struct {
	const char *text;
	int code;
	uint32_t line, column;
	const char *message;
} wrong[] = {
	{ "read", CAISSON_E_SYNTAX, 1, 5,
	  "a call needs its answer: allow, EPERM..." },
	{ "# x\nread\n", CAISSON_E_SYNTAX, 2, 5,
	  "a call needs its answer: allow, EPERM..." },
	{ "return EPERM", CAISSON_E_POLICY, 1, 1,
	  "no system call \"return\"; did you mean getuid?" },
	{ "@default allow", CAISSON_E_SYNTAX, 1, 1,
	  "only @arch begins with \"@\" here" },
	{ "@arch", CAISSON_E_SYNTAX, 1, 6, "@arch without an architecture" },
	{ "@arch x86_64 vax", CAISSON_E_POLICY, 1, 14,
	  "no architecture \"vax\"" },
	{ "@arch x86 x86 x86 x86 x86 x86 x86 x86 x86", CAISSON_E_SYNTAX, 1, 39,
	  "more than 8 architectures" },
	{ SIXTEEN SIXTEEN SIXTEEN SIXTEEN "allow", CAISSON_E_SYNTAX, 1, 321,
	  "more than 64 words in a line" },
	{ "read(0 allow", CAISSON_E_SYNTAX, 1, 1, "\"(\" without \")\"" },
	{ "read(0)x allow", CAISSON_E_SYNTAX, 1, 1,
	  "expected NAME(ARGUMENT, ...)" },
	{ "read(1, 2, 3, 4, 5, 6, 7) allow", CAISSON_E_SYNTAX, 1, 24,
	  "a call has at most 6 arguments" },
	{ "read() allow", CAISSON_E_SYNTAX, 1, 6, "a value is missing" },
	{ "read(1|) allow", CAISSON_E_SYNTAX, 1, 8, "a value is missing" },
	{ "read(~) allow", CAISSON_E_SYNTAX, 1, 7, "a value is missing" },
	{ "read(1/) allow", CAISSON_E_SYNTAX, 1, 8, "a value is missing" },
	{ "read(!*) allow", CAISSON_E_POLICY, 1, 7, "no constant \"*\"" },
	{ "socket(AF_INTE) allow", CAISSON_E_POLICY, 1, 8,
	  "no constant \"AF_INTE\"; did you mean AF_INET?" },
	{ "read(18446744073709551616) allow", CAISSON_E_POLICY, 1, 6,
	  "no constant \"18446744073709551616\"" },
	{ "read(0x) allow", CAISSON_E_POLICY, 1, 6, "no constant \"0x\"" },
	{ "read(08) allow", CAISSON_E_POLICY, 1, 6, "no constant \"08\"" },
	{ "read(3/1) allow", CAISSON_E_POLICY, 1, 6,
	  "the mask does not have all bits of the value: this is never so" },
	{ "read(!0/0) allow", CAISSON_E_POLICY, 1, 7,
	  "the mask does not have all bits of the value: this is never so" },
	{ "raed allow", CAISSON_E_POLICY, 1, 1,
	  "no system call \"raed\"; did you mean read?" },
	{ "@arch aarch64\nopen allow", CAISSON_E_POLICY, 2, 1,
	  "aarch64 has no call \"open\"" },
	{ "vax:read allow", CAISSON_E_POLICY, 1, 1, "no architecture \"vax\"" },
	{ "9..3 allow", CAISSON_E_POLICY, 1, 1,
	  "numbers go from 0 to 0xffffffff, the lower one first" },
	{ "0x100000000 allow", CAISSON_E_POLICY, 1, 1,
	  "numbers go from 0 to 0xffffffff, the lower one first" },
	{ "1.2 allow", CAISSON_E_POLICY, 1, 1, "no system call \"1.2\"" },
	{ "read maybe", CAISSON_E_POLICY, 1, 6,
	  "no answer \"maybe\": allow, EPERM (any errno), kill-process, "
	  "kill-thread, trap, trace, log, user-notify" },
	{ "read 4096", CAISSON_E_POLICY, 1, 6,
	  "no answer \"4096\": allow, EPERM (any errno), kill-process, "
	  "kill-thread, trap, trace, log, user-notify" },
};

static void
what_is_wrong_is_said_with_its_place(void **state)
{
	(void)state;
	for (size_t i = 0; i < N(wrong); i++) {
		struct notes *notes = notes_new();
		struct caisson_error err = { 0 };
		struct cases *cases = (void *)&err;
		char message[300];

		(void)snprintf(message, sizeof(message), "file:%u:%u: %s",
			       wrong[i].line, wrong[i].column,
			       wrong[i].message);
		assert_int_equal(parse(wrong[i].text, &cases, notes, &err),
				 wrong[i].code);
		assert_string_equal(err.msg, message);
		assert_int_equal(err.code, wrong[i].code);
		assert_int_equal(err.stage, CAISSON_STAGE_POLICY);
		assert_int_equal(err.line, wrong[i].line);
		assert_int_equal(err.column, wrong[i].column);
		assert_ptr_equal(cases, &err);
		assert_int_equal(notes->n, 1);
		assert_string_equal(notes->v[0].text, wrong[i].message);
		assert_int_equal(notes->v[0].line, wrong[i].line);
		notes_free(notes);
	}
}

static void
a_file_that_is_too_large_is_refused(void **state)
{
	char *text = malloc(CASES_SIZE_MAX + 1);
	const struct cases_options options = {
		.file = "file",
		.arch = calls_arch_by_name("x86_64"),
	};
	struct cases *cases = NULL;
	struct caisson_error err;

	(void)state;
	assert_non_null(text);
	memset(text, '\n', CASES_SIZE_MAX + 1);
	assert_int_equal(cases_parse(text, CASES_SIZE_MAX, &options, &cases,
				     &err),
			 0);
	assert_int_equal(cases->n, 0);
	cases_free(cases);
	assert_int_equal(cases_parse(text, CASES_SIZE_MAX + 1, &options, &cases,
				     &err),
			 CAISSON_E_POLICY);
	assert_string_equal(err.msg, "file:0:1: larger than 1048576 bytes");
	free(text);
}

static void
too_many_cases_are_refused(void **state)
{
	static const char line[] = "0 0 0 0 0 0 0 0 0 0 allow\n";
	size_t len = strlen(line), n = CASES_MAX / 10;
	char *text = calloc(n + 1, len + 1);
	struct cases *cases = NULL;
	struct caisson_error err;

	(void)state;
	assert_non_null(text);
	for (size_t i = 0; i < n; i++)
		memcpy(text + i * len, line, len);
	assert_int_equal(parse(text, &cases, NULL, &err), 0);
	assert_int_equal(cases->n, CASES_MAX);
	cases_free(cases);
	memcpy(text + n * len, line, len);
	assert_int_equal(parse(text, &cases, NULL, &err), CAISSON_E_POLICY);
	assert_non_null(strstr(err.msg, "more than 20000 cases"));
	free(text);
}

static void
a_line_becomes_a_case_for_each_call_and_architecture(void **state)
{
	struct cases *cases = parse_well(
	    "\n  # nothing\nread\twrite(1, *, 0x10 | 010) EPERM # why\r\n"
	    "@arch x86_64 aarch64\nioctl(*,TIOCSTI/0xffffffff,!~0) allow\n"
	    "@arch x86_64\nx32:read kill\n5..0xffffffff return ENOSYS\n"
	    "getpid(-1) return 2000");
	const struct cases_case *c = cases->v;

	(void)state;
	assert_int_equal(cases->n, 7);
	assert_string_equal(c[0].text, "read");
	assert_int_equal(c[0].line, 3);
	assert_int_equal(c[0].low, 0);
	assert_int_equal(c[0].action, SECCOMP_RET_ERRNO | EPERM);
	for (size_t i = 0; i < 6; i++)
		assert_true(c[0].args[i].mask == 0 && !c[0].args[i].negated);
	assert_string_equal(c[1].text, "write(1, *, 0x10 | 010)");
	assert_true(c[1].args[0].value == 1 && c[1].args[1].mask == 0);
	assert_true(c[1].args[2].value == 0x18 &&
		    c[1].args[2].mask == UINT64_MAX);
	assert_string_equal(c[2].arch->name, "x86_64");
	assert_string_equal(c[3].arch->name, "aarch64");
	assert_int_equal(c[2].low, 16);
	assert_int_equal(c[3].low, 29);
	assert_true(c[3].args[1].value == 0x5412 &&
		    c[3].args[1].mask == UINT32_MAX && !c[3].args[1].negated);
	assert_true(c[3].args[2].value == UINT64_MAX && c[3].args[2].negated);
	assert_string_equal(c[4].arch->name, "x86_64");
	assert_string_equal(c[4].caller->name, "x32");
	assert_true(c[4].low == CALLS_X32_BIT && c[4].high == CALLS_X32_BIT);
	assert_int_equal(c[4].action, SECCOMP_RET_KILL_PROCESS);
	assert_true(c[5].low == 5 && c[5].high == UINT32_MAX);
	assert_int_equal(c[5].action, SECCOMP_RET_ERRNO | ENOSYS);
	assert_true(c[6].args[0].value == UINT64_MAX);
	assert_int_equal(c[6].action, SECCOMP_RET_ERRNO | 2000);
	cases_free(cases);
}

static void
every_answer_has_its_action(void **state)
{
	static const struct {
		const char *text;
		uint32_t action;
	} table[] = {
		{ "read allow", SECCOMP_RET_ALLOW },
		{ "kill kill", SECCOMP_RET_KILL_PROCESS },
		{ "read kill-process", SECCOMP_RET_KILL_PROCESS },
		{ "read kill-thread", SECCOMP_RET_KILL_THREAD },
		{ "read trap", SECCOMP_RET_TRAP },
		{ "read trace", SECCOMP_RET_TRACE },
		{ "read log", SECCOMP_RET_LOG },
		{ "read user-notify", SECCOMP_RET_USER_NOTIF },
		{ "read 0", SECCOMP_RET_ERRNO },
		{ "read 4095", SECCOMP_RET_ERRNO | 4095 },
		{ "read return EACCES", SECCOMP_RET_ERRNO | EACCES },
	};

	(void)state;
	for (size_t i = 0; i < N(table); i++) {
		struct cases *cases = parse_well(table[i].text);

		assert_int_equal(cases->n, 1);
		assert_int_equal(cases->v[0].action, table[i].action);
		cases_free(cases);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_wrong_is_said_with_its_place),
		cmocka_unit_test(a_file_that_is_too_large_is_refused),
		cmocka_unit_test(too_many_cases_are_refused),
		cmocka_unit_test(
		    a_line_becomes_a_case_for_each_call_and_architecture),
		cmocka_unit_test(every_answer_has_its_action),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
