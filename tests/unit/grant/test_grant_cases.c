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
#include "town.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define CASES_MIN 60 /* fewer: the wrong directory */

static const char *cases_dir;

static char *
read_file(const char *name, const char *file, size_t *len)
{
	char path[4096], *data;
	FILE *f;
	long size;

	(void)snprintf(path, sizeof(path), "%s/%s/%s", cases_dir, name, file);
	f = fopen(path, "rb");
	assert_non_null(f);
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
	char *input = read_file(name, "input", &len);
	struct notes *notes = notes_new();
	const struct grant_options options = { .system = &town,
					       .notes = notes };
	struct grant_bytes bytes = { NULL, 0 };
	struct caisson_error err = { 0 };
	int r = run(input, len, &options, &bytes, &err);
	char *head, *body, *remarks, *whole = NULL;

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

static void
run_case(void **state)
{
	size_t len;
	char *expect = read_file(*state, "expect", &len);
	char *outcome = outcome_of(*state);

	assert_string_equal(outcome, expect);
	free(outcome);
	free(expect);
}

static int
is_case(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static int
run_all(struct dirent **names, size_t n)
{
	struct CMUnitTest *tests = calloc(n, sizeof(*tests));
	int r;

	if (tests == NULL)
		return 2;
	for (size_t i = 0; i < n; i++)
		tests[i] =
		    (struct CMUnitTest){ .name = names[i]->d_name,
					 .test_func = run_case,
					 .initial_state = names[i]->d_name };
	r = _cmocka_run_group_tests("grants", tests, n, NULL, NULL);
	free(tests);
	return r;
}

int
main(int argc, char **argv)
{
	struct dirent **names;
	int n, r;

	if (argc < 2 || argc > 3)
		return 2;
	cases_dir = argv[1];
	if (argc == 3) {
		char *outcome = outcome_of(argv[2]);

		(void)fputs(outcome, stdout);
		free(outcome);
		return 0;
	}
	n = scandir(cases_dir, &names, is_case, alphasort);
	if (n < CASES_MIN) {
		(void)fprintf(stderr, "%s: fewer than %d cases\n", cases_dir,
			      CASES_MIN);
		return 2;
	}
	r = run_all(names, (size_t)n);
	for (int i = 0; i < n; i++)
		free(names[i]);
	free(names);
	return r;
}
