/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is too large for a case directory, or too strange for JSON: the limits
 * on sizes and counts, and what a spec can hold but not print.
 */
#include "caisson_handshake.h"
#include "spec_testing.h"

#include "spec/spec.h"

static void
expect_freeze(struct caisson_spec *spec, const char *msg)
{
	struct caisson_error err = { 0 };

	assert_int_equal(caisson_spec_freeze(spec, &err), CAISSON_E_SPEC);
	assert_string_equal(err.msg, msg);
	caisson_spec_free(spec);
}

static void
expect_print(struct caisson_spec *spec, const char *msg)
{
	struct caisson_error err = { 0 };
	char *text = NULL;

	must(caisson_spec_freeze(spec, &error));
	assert_int_equal(caisson_spec_print(spec, &text, &err), CAISSON_E_SPEC);
	assert_string_equal(err.msg, msg);
	assert_null(text);
	caisson_spec_free(spec);
}

static struct caisson_spec *
true_spec(void)
{
	struct caisson_spec *spec = new_spec();

	must(caisson_spec_set_path(spec, "/bin/true", &error));
	return spec;
}

/* A string of n times c. */
static char *
long_string(size_t n, int c)
{
	char *text = malloc(n + 1);

	assert_non_null(text);
	memset(text, c, n);
	text[n] = '\0';
	return text;
}

static void
set_argc(struct caisson_spec *spec, size_t n)
{
	const char **argv = calloc(n + 1, sizeof(*argv));

	assert_non_null(argv);
	for (size_t i = 0; i < n; i++)
		argv[i] = "a";
	must(caisson_spec_set_argv(spec, argv, &error));
	free(argv);
}

static void
test_argv(void **state)
{
	struct caisson_spec *spec = true_spec();
	char *longest = long_string(SPEC_STRING_MAX, 'a');
	char *longer = long_string(SPEC_STRING_MAX + 1, 'a');

	(void)state;
	set_argc(spec, SPEC_COUNT_MAX);
	must(caisson_spec_freeze(spec, &error));
	caisson_spec_free(spec);

	spec = true_spec();
	set_argc(spec, SPEC_COUNT_MAX + 1);
	expect_freeze(spec, "/argv: has more than 65536 elements");

	spec = true_spec();
	must(caisson_spec_set_argv(spec,
				   (const char *const[]){ "a", longest, NULL },
				   &error));
	must(caisson_spec_freeze(spec, &error));
	caisson_spec_free(spec);

	spec = true_spec();
	must(caisson_spec_set_argv(spec,
				   (const char *const[]){ "a", longer, NULL },
				   &error));
	expect_freeze(spec, "/argv/1: is longer than 131071 bytes");
	free(longest);
	free(longer);
}

static void
test_env(void **state)
{
	struct caisson_spec *spec = true_spec();
	char *value = long_string(SPEC_STRING_MAX - 4, 'a');

	(void)state;
	must(caisson_spec_set_env(spec, "ABC", value, &error));
	must(caisson_spec_freeze(spec, &error));
	caisson_spec_free(spec);

	spec = true_spec();
	must(caisson_spec_set_env(spec, "ABCD", value, &error));
	expect_freeze(spec, "/env/ABCD: is longer than 131071 bytes, its name "
			    "included");
	free(value);
}

/* By text: a setter per variable would look through all those before. */
static int
parse_variables(unsigned int n, struct caisson_error *err)
{
	char *text = malloc(SPEC_TEXT_MAX), *p = text;
	struct caisson_spec *spec = NULL;
	int r;

	assert_non_null(text);
	p += sprintf(p, "{\"version\":1,\"path\":\"/a\",\"env\":{");
	for (unsigned int i = 0; i < n; i++)
		p += sprintf(p, "%s\"%x\":\"\"", i > 0 ? "," : "", i);
	p += sprintf(p, "}}");
	r = caisson_spec_parse(text, (size_t)(p - text), &spec, err);
	caisson_spec_free(spec);
	free(text);
	return r;
}

static void
test_env_count(void **state)
{
	(void)state;
	must(parse_variables(SPEC_COUNT_MAX, &error));
	assert_int_equal(parse_variables(SPEC_COUNT_MAX + 1, &error),
			 CAISSON_E_SPEC);
	assert_string_equal(error.msg, "/env: has more than 65536 elements");
}

static void
test_groups(void **state)
{
	uint32_t *groups = calloc(SPEC_GROUPS_MAX + 1, sizeof(*groups));
	struct caisson_spec *spec = true_spec();

	(void)state;
	assert_non_null(groups);
	must(caisson_spec_set_ids(spec, 0, 0, groups, SPEC_GROUPS_MAX, &error));
	must(caisson_spec_freeze(spec, &error));
	caisson_spec_free(spec);
	spec = true_spec();
	must(caisson_spec_set_ids(spec, 0, 0, groups, SPEC_GROUPS_MAX + 1,
				  &error));
	expect_freeze(spec, "/credentials/groups: has more than 65536 "
			    "elements");
	free(groups);
}

static void
test_text(void **state)
{
	static const char spec_text[] = "{\"version\":1,\"path\":\"/a\"}";
	char *text = long_string(SPEC_TEXT_MAX + 1, ' ');
	struct caisson_spec *spec = NULL;
	struct caisson_error err = { 0 };

	(void)state;
	memcpy(text, spec_text, strlen(spec_text));
	must(caisson_spec_parse(text, SPEC_TEXT_MAX, &spec, &error));
	caisson_spec_free(spec);
	spec = NULL;
	assert_int_equal(caisson_spec_parse(text, SPEC_TEXT_MAX + 1, &spec,
					    &err),
			 CAISSON_E_SYNTAX);
	assert_string_equal(err.msg, "the text is longer than 1048576 bytes");
	assert_int_equal(err.line, 0);
	assert_null(spec);
	free(text);
}

static void
test_print_too_long(void **state)
{
	struct caisson_spec *spec = true_spec();
	char *value = long_string(130000, 'a');

	(void)state;
	for (char name[] = "A"; name[0] < 'J'; name[0]++)
		must(caisson_spec_set_env(spec, name, value, &error));
	expect_print(spec, "the spec: is longer than 1048576 bytes as text");
	free(value);
}

#define BYTES ": is not UTF-8 without NUL: JSON cannot hold it"

static void
test_print_bytes(void **state)
{
	static const char *const wrong[] = {
		"\x80",
		"\xbf",
		"\xc1\xbf",
		"\xc3",
		"\xe0\x9f\xbf",
		"\xe2\x82",
		"\xed\xa0\x80",
		"\xf0\x8f\xbf\xbf",
		"\xf4\x90\x80\x80",
		"\xf5\x80\x80\x80",
		"\xff",
		"a\xe2\x28\xa1",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct caisson_spec *spec = true_spec();

		must(caisson_spec_set_argv(spec,
					   (const char *const[]){ "a", wrong[i],
								  NULL },
					   &error));
		expect_print(spec, "/argv/1" BYTES);
	}
}

static void
test_print_text(void **state)
{
	static const char *const right[] = {
		"\xc2\x80",         "\xdf\xbf",         "\xe0\xa0\x80",
		"\xed\x9f\xbf",     "\xee\x80\x80",     "\xef\xbf\xbf",
		"\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf", "\x7f\x01",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(right) / sizeof(right[0]); i++) {
		struct caisson_spec *spec = true_spec(), *again = NULL;
		char *text;

		must(caisson_spec_set_env(spec, "A", right[i], &error));
		must(caisson_spec_freeze(spec, &error));
		text = printed(spec);
		must(caisson_spec_parse(text, strlen(text), &again, &error));
		assert_string_equal(again->env_values.v[0], right[i]);
		free(text);
		caisson_spec_free(again);
		caisson_spec_free(spec);
	}
}

static void
test_print_every_string(void **state)
{
	struct caisson_spec *spec = true_spec();

	(void)state;
	must(caisson_spec_set_env(spec, "\xff~/", "", &error));
	expect_print(spec, "/env/\\xff~0~1" BYTES);
	spec = true_spec();
	must(caisson_spec_set_env(spec, "A", "\xff", &error));
	expect_print(spec, "/env/A" BYTES);
	spec = true_spec();
	must(caisson_spec_set_cwd(spec, "/\xff", &error));
	expect_print(spec, "/cwd" BYTES);
	spec = true_spec();
	must(caisson_spec_set_user(spec, "\xff", NULL, &error));
	expect_print(spec, "/credentials/user" BYTES);
	spec = true_spec();
	must(caisson_spec_add_capability(spec, "\xff", &error));
	expect_print(spec, "/capabilities/0" BYTES);
	spec = true_spec();
	must(caisson_spec_fd_file(spec, 1, "/\xff", 2, &error));
	expect_print(spec, "/stdio/stdout/file" BYTES);
	spec = true_spec();
	must(caisson_spec_fd_file(spec, 9, "/\xff", 2, &error));
	expect_print(spec, "/extra_fds/0/path" BYTES);
	spec = true_spec();
	must(caisson_spec_set_handshake(spec, "caisson", &error));
	must(caisson_spec_set_handshake_config(spec, "a\0b", 3, &error));
	expect_print(spec, "/handshake/config" BYTES);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		{ "arguments: how many, how long", test_argv, NULL, NULL,
		  NULL },
		{ "a variable: how long", test_env, NULL, NULL, NULL },
		{ "variables: how many", test_env_count, NULL, NULL, NULL },
		{ "groups: how many", test_groups, NULL, NULL, NULL },
		{ "the text: how long", test_text, NULL, NULL, NULL },
		{ "the printed text: how long", test_print_too_long, NULL, NULL,
		  NULL },
		{ "bytes that are not UTF-8 do not print", test_print_bytes,
		  NULL, NULL, NULL },
		{ "every kind of UTF-8 prints and comes back", test_print_text,
		  NULL, NULL, NULL },
		{ "no string is forgotten when printing",
		  test_print_every_string, NULL, NULL, NULL },
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
