/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs the case directories of tests/data/grants: input through the reader,
 * the outcome compared byte for byte with expect.  The first line of expect is
 * "ok", or "error CODE LINE COLUMN" with the message in the next; then come
 * the remarks as they are shown, and of what was accepted the rules.  The
 * system that is asked is that of town.h.  Arguments: the directory of cases;
 * and to see the outcome of one, its name.
 */
#include "../policy_text/outcome.h"
#include "cases.h"
#include "town.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static int
run(const char *input, size_t len, const struct grant_options *options,
    struct grant_bytes *out, struct caisson_error *err)
{
	struct grant_text text = { .options = options };
	int r = grant_text_add(&text, "input", input, len, err);

	if (r == 0)
		r = grant_text_finish(&text, out, err);
	grant_text_done(&text);
	return r;
}

/* Without notes of the caller's the answer is the same, byte for byte. */
static void
assert_same_again(const char *input, size_t len, int expected,
		  const struct grant_bytes *bytes)
{
	const struct grant_options options = { .system = &town };
	struct grant_bytes again = { NULL, 0 };

	assert_int_equal(run(input, len, &options, &again, NULL), expected);
	assert_int_equal(again.len, bytes->len);
	if (bytes->len > 0)
		assert_memory_equal(again.data, bytes->data, bytes->len);
	free(again.data);
}

static char *
outcome_of(const char *name)
{
	size_t len = 0;
	char *input = cases_read(name, "input", &len);
	struct notes *notes = notes_new();
	const struct grant_options options = { .system = &town,
					       .notes = notes };
	struct grant_bytes bytes = { NULL, 0 };
	struct caisson_error err = { 0 };
	char *head, *body, *remarks, *whole = NULL;
	int r;

	assert_non_null(input);
	r = run(input, len, &options, &bytes, &err);
	assert_int_equal(r, err.code);
	assert_int_equal(r == 0, bytes.data != NULL);
	assert_same_again(input, len, r, &bytes);
	head = r < 0 ? outcome_of_error(&err) : strdup("ok\n");
	body = r < 0 ? strdup("") : town_show(&bytes);
	remarks = outcome_of_notes(notes);
	assert_true(asprintf(&whole, "%s%s%s", head, remarks, body) > 0);
	free(head);
	free(body);
	free(remarks);
	free(input);
	free(bytes.data);
	notes_free(notes);
	return whole;
}

int
main(int argc, char **argv)
{
	const struct cases cases = { .group = "grants",
				     .least = 60,
				     .outcome_of = outcome_of };

	return cases_main(&cases, argc, argv);
}
