/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs the case directories of tests/data/import: input.json or input.service
 * through its importer, with the words of the file options, and the outcome
 * compared byte for byte with expect: the notes, then "ok" and the policy
 * text, or "error CODE" and the message.  A text is parsed, and its filter
 * generated and compared with it.  Argument: the directory of cases; with
 * --print and one case, what its outcome is.
 */
#include "importing.h"

#include "policy/proof.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* after those that it needs */
#include <cmocka.h>

#define CASES_MIN 100 /* fewer: the wrong directory */

static const char *cases_dir;

static char *
read_or_null(const char *name, const char *file, size_t *len)
{
	char path[4096];

	(void)snprintf(path, sizeof(path), "%s/%s/%s", cases_dir, name, file);
	return importing_read(path, len);
}

/* The text parses without an error, and makes a filter that it agrees with. */
static void
assert_usable(const struct importing *importing, const char *text)
{
	struct text_options options = { .file = "imported",
					.arch = importing->options.arch,
					.dir_fd = -1 };
	struct policy *policy = NULL;
	struct filter filter = { 0 };
	struct caisson_error err = { 0 };
	int r;

	if (text_parse(text, strlen(text), &options, &policy, &err) < 0)
		fail_msg("does not parse: %s\n%s", err.msg, text);
	r = filter_generate(policy, &filter, &err);
	if (r == 0)
		r = proof_boundaries(policy, &filter, NULL, &err);
	/* architectures that the generator does not know */
	if (r < 0 && r != CAISSON_E_UNSUPPORTED)
		fail_msg("no filter: %s\n%s", err.msg, text);
	filter_done(&filter);
	policy_free(policy);
}

static void
print_outcome(FILE *f, const struct importing *importing, const char *input,
	      size_t len)
{
	const struct notes *notes = importing->options.notes;
	struct caisson_error err = { 0 };
	char *text = NULL;
	int r = importing_run(importing, input, len, &text, &err);

	for (size_t i = 0; i < notes->n; i++) {
		char *shown = notes_show(&notes->v[i]);

		(void)fprintf(f, "%s", shown == NULL ? "?" : shown);
		free(shown);
	}
	if (r == 0) {
		(void)fprintf(f, "ok\n%s", text);
		assert_usable(importing, text);
	} else {
		assert_null(text);
		assert_int_equal(r, err.code);
		(void)fprintf(f, "error %s %u %u\n%s\n",
			      caisson_code_name(err.code), err.line, err.column,
			      err.msg);
		assert_int_equal(importing_run(importing, input, len, &text,
					       NULL),
				 r);
	}
	free(text);
}

/* Heap. */
static char *
outcome_of(const char *name)
{
	size_t len = 0, words_len, size;
	char *input = read_or_null(name, "input.json", &len);
	char *words = read_or_null(name, "options", &words_len), *out = NULL;
	struct importing importing;
	FILE *f = open_memstream(&out, &size);

	assert_non_null(f);
	assert_int_equal(importing_init(&importing, words ? words : ""), 0);
	importing.options.file = input != NULL ? "input.json" : "input.service";
	importing.options.notes = notes_new();
	if (input == NULL)
		input = read_or_null(name, "input.service", &len);
	if (input == NULL)
		fail_msg("%s has no input", name);
	print_outcome(f, &importing, input, len);
	(void)fclose(f);
	notes_free(importing.options.notes);
	importing_done(&importing);
	free(input);
	free(words);
	return out;
}

static void
run_case(void **state)
{
	size_t len;
	char *expect = read_or_null(*state, "expect", &len);
	char *outcome = outcome_of(*state);

	if (expect == NULL)
		fail_msg("no expect, but:\n%s", outcome);
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
print_one(const char *name)
{
	char *outcome = outcome_of(name);

	(void)fputs(outcome, stdout);
	free(outcome);
	return 0;
}

int
main(int argc, char **argv)
{
	struct dirent **names;
	struct CMUnitTest *tests;
	int n, r;

	cases_dir = argc > 1 ? argv[1] : "";
	if (argc == 4 && strcmp(argv[2], "--print") == 0)
		return print_one(argv[3]);
	n = argc == 2 ? scandir(cases_dir, &names, is_case, alphasort) : -1;
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
	r = _cmocka_run_group_tests("import cases", tests, (size_t)n, NULL,
				    NULL);
	for (int i = 0; i < n; i++)
		free(names[i]);
	free(names);
	free(tests);
	return r;
}
