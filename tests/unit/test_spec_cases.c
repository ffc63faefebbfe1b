/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs the case directories of tests/data/spec: input.json through the parser,
 * the outcome compared byte for byte with expect.  The first line of expect is
 * "ok", and the printed spec follows, or "error CODE" (for syntax also line
 * and column), and the message follows.  Argument: the directory of cases.
 */
#include "spec_testing.h"

#include <dirent.h>

#define CASES_MIN 300 /* fewer: the wrong directory */

static const char *cases_dir;

static char *
read_file(const char *name, const char *file, size_t *len)
{
	char path[4096], *data;
	FILE *f;
	long size;

	(void)snprintf(path, sizeof(path), "%s/%s/%s", cases_dir, name, file);
	f = fopen(path, "rb");
	if (f == NULL)
		fail_msg("cannot open %s", path);
	assert_int_equal(fseek(f, 0, SEEK_END), 0);
	size = ftell(f);
	assert_true(size >= 0);
	rewind(f);
	data = malloc((size_t)size + 1);
	assert_non_null(data);
	*len = fread(data, 1, (size_t)size, f);
	assert_int_equal(*len, size);
	data[*len] = '\0';
	(void)fclose(f);
	return data;
}

static char *
outcome_of_error(const struct caisson_error *err)
{
	char *text = NULL;
	int n;

	if (err->code == CAISSON_E_SYNTAX)
		n = asprintf(&text, "error syntax %u %u\n%s\n", err->line,
			     err->column, err->msg);
	else
		n = asprintf(&text, "error %s\n%s\n",
			     caisson_code_name(err->code), err->msg);
	assert_true(n > 0);
	return text;
}

/* What was printed is the same spec, and prints the same. */
static void
assert_stable(const struct caisson_spec *spec, const char *text)
{
	struct caisson_spec *other;
	char *again;

	if (caisson_spec_parse(text, strlen(text), &other, &error) < 0)
		fail_msg("the printed spec is refused: %s", error.msg);
	assert_same(spec, other);
	again = printed(other);
	assert_string_equal(again, text);
	free(again);
	caisson_spec_free(other);
}

static char *
outcome_of_spec(struct caisson_spec *spec)
{
	char *whole = printed(spec), *text = NULL;

	assert_stable(spec, whole);
	caisson_spec_free(spec);
	assert_true(asprintf(&text, "ok\n%s\n", whole) > 0);
	free(whole);
	return text;
}

static void
run_case(void **state)
{
	const char *name = *state;
	size_t input_len, expect_len;
	char *input = read_file(name, "input.json", &input_len);
	char *expect = read_file(name, "expect", &expect_len);
	struct caisson_spec *spec = NULL;
	struct caisson_error err = { 0 };
	char *outcome;
	int r = caisson_spec_parse(input, input_len, &spec, &err);

	if (r < 0) {
		assert_int_equal(r, err.code);
		assert_null(spec);
		outcome = outcome_of_error(&err);
		assert_int_equal(caisson_spec_parse(input, input_len, &spec,
						    NULL),
				 r);
	} else {
		outcome = outcome_of_spec(spec);
	}
	assert_string_equal(outcome, expect);
	free(outcome);
	free(expect);
	free(input);
}

static int
is_case(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

int
main(int argc, char **argv)
{
	struct dirent **names;
	struct CMUnitTest *tests;
	int n, r;

	if (argc != 2)
		return 2;
	cases_dir = argv[1];
	n = scandir(cases_dir, &names, is_case, alphasort);
	if (n < CASES_MIN) {
		(void)fprintf(stderr, "%s: fewer than %d cases\n", cases_dir,
			      CASES_MIN);
		return 2;
	}
	tests = calloc((size_t)n, sizeof(*tests));
	if (tests == NULL)
		return 2;
	for (int i = 0; i < n; i++)
		tests[i] =
		    (struct CMUnitTest){ .name = names[i]->d_name,
					 .test_func = run_case,
					 .initial_state = names[i]->d_name };
	r = _cmocka_run_group_tests("spec cases", tests, (size_t)n, NULL, NULL);
	for (int i = 0; i < n; i++)
		free(names[i]);
	free(names);
	free(tests);
	return r;
}
