/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs the case directories of tests/data/import: input.json or input.service
 * through its importer, with the words of the file options, and the outcome
 * compared byte for byte with expect: the notes, then "ok" and the policy
 * text, or "error CODE" and the message.  A text is parsed, and its filter
 * generated and compared with it.  Arguments: the directory of cases; and to
 * see the outcome of one, its name.
 */
#include "cases.h"
#include "importing.h"

#include "policy/proof.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* after those that it needs */
#include <cmocka.h>

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

static char *
outcome_of(const char *name)
{
	size_t len = 0, words_len, size;
	char *input = cases_read(name, "input.json", &len);
	char *words = cases_read(name, "options", &words_len), *out = NULL;
	struct importing importing;
	FILE *f = open_memstream(&out, &size);

	assert_non_null(f);
	assert_int_equal(importing_init(&importing, words ? words : ""), 0);
	importing.options.file = input != NULL ? "input.json" : "input.service";
	importing.options.notes = notes_new();
	if (input == NULL)
		input = cases_read(name, "input.service", &len);
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

int
main(int argc, char **argv)
{
	const struct cases cases = { .group = "import cases",
				     .least = 100,
				     .outcome_of = outcome_of };

	return cases_main(&cases, argc, argv);
}
