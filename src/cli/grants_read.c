/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading the text of grants, and the verbs that only do that: check, apply.
 * What the text means is not decided here.
 */
#include "cli/grants.h"

#include "base/err.h"
#include "cli/answer.h"
#include "cli/cli.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* A directory of grants is not needed; what is no answer is none. */
static int
add_system(struct grant_text *text, struct caisson_error *err)
{
	struct stat st;
	int r = grant_text_add_file(text, GRANTS_FILE, err);

	if (r == 0 && (lstat(GRANTS_DIRECTORY, &st) == 0 || errno != ENOENT))
		r = grant_text_add_directory(text, GRANTS_DIRECTORY, err);
	return r;
}

int
grants_read(const struct policy_request *r, char *const *files, size_t n,
	    struct grants_input *out)
{
	struct caisson_error err;
	int code = 0;

	*out = (struct grants_input){ .notes = notes_new() };
	if (out->notes == NULL)
		return policy_no_memory(r);
	out->options = (struct grant_options){ .system = &grant_system,
					       .notes = out->notes,
					       .trusted = n == 0 };
	out->text.options = &out->options;
	if (n == 0)
		code = add_system(&out->text, &err);
	for (size_t i = 0; code == 0 && i < n; i++)
		code = grant_text_add_file(&out->text, files[i], &err);
	if (code == 0)
		code = grant_text_finish(&out->text, &out->bytes, &err);
	if (code < 0)
		return policy_fail(r, out->notes, &err);
	policy_say_notes(r, out->notes, out->notes->n);
	return 0;
}

void
grants_input_done(struct grants_input *input)
{
	grant_text_done(&input->text);
	free(input->bytes.data);
	notes_free(input->notes);
	*input = (struct grants_input){ .notes = NULL };
}

static int
say_counts(const struct policy_request *r, const struct grants_input *input,
	   const char *what)
{
	if (r->json)
		return answer_print(
		    r->verb,
		    json_pack("{s:b, s:I, s:I, s:o}", "ok", 1, "rules",
			      (json_int_t)input->text.n_rules, "cases",
			      (json_int_t)input->text.n_cases, "remarks",
			      policy_notes_json(r, input->notes)),
		    EXIT_SUCCESS);
	(void)printf("%s: %zu rules, %zu cases\n", what, input->text.n_rules,
		     input->text.n_cases);
	return cli_flush(r->verb, EXIT_SUCCESS);
}

int
grants_check(const struct policy_request *r)
{
	struct grants_input input;
	int status = grants_read(r, r->words, r->n_words, &input);

	if (status == 0)
		status = say_counts(r, &input, "right");
	grants_input_done(&input);
	return status;
}

static int
put(const char *path, const struct grant_bytes *bytes,
    struct caisson_error *err)
{
	const char *slash = strrchr(path, '/');
	char *directory;
	int r;

	if (path[0] != '/' || slash[1] == '\0')
		return err_usage(err, "--output %.64s: an absolute path", path);
	directory = strndup(path, (size_t)(slash - path) + 1);
	if (directory == NULL)
		return err_no_memory(err, CAISSON_STAGE_NONE);
	r = grant_apply(directory, slash + 1, bytes, err);
	free(directory);
	return r;
}

int
grants_apply(const struct policy_request *r)
{
	struct grants_input input;
	struct caisson_error err;
	int status = grants_read(r, r->words, r->n_words, &input);

	if (status == 0 && put(r->output != NULL ? r->output : GRANTS_APPLIED,
			       &input.bytes, &err) < 0)
		status = policy_fail(r, NULL, &err);
	else if (status == 0)
		status = say_counts(r, &input, "applied");
	grants_input_done(&input);
	return status;
}
