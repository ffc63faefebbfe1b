/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs the case directories of tests/data/spec: input.json through the parser,
 * the outcome compared byte for byte with expect.  The first line of expect is
 * "ok", and the printed spec follows, or "error CODE" (for syntax also line
 * and column), and the message follows.  Arguments: the directory of cases;
 * and to see the outcome of one, its name.
 */
#include "cases.h"
#include "spec_testing.h"

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

static char *
outcome_of(const char *name)
{
	size_t len = 0;
	char *input = cases_read(name, "input.json", &len), *outcome;
	struct caisson_spec *spec = NULL;
	struct caisson_error err = { 0 };
	int r;

	assert_non_null(input);
	r = caisson_spec_parse(input, len, &spec, &err);
	if (r < 0) {
		assert_int_equal(r, err.code);
		assert_null(spec);
		outcome = outcome_of_error(&err);
		assert_int_equal(caisson_spec_parse(input, len, &spec, NULL),
				 r);
	} else {
		outcome = outcome_of_spec(spec);
	}
	free(input);
	return outcome;
}

int
main(int argc, char **argv)
{
	const struct cases cases = { .group = "spec cases",
				     .least = 300,
				     .outcome_of = outcome_of };

	return cases_main(&cases, argc, argv);
}
