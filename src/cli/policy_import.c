/* SPDX-License-Identifier: Apache-2.0 */
/*
 * caisson policy import: other formats as policy text on standard output, and
 * what could not be said in it on standard error.
 */
#include "cli/policy.h"

#include "base/err.h"
#include "cli/answer.h"
#include "cli/cli.h"
#include "cli/request.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* minijail's text is policy text: it only has to be right. */
static int
check_text(const char *word, const struct load_source *source,
	   const struct load_options *options, struct caisson_error *err)
{
	struct policy *policy = NULL;
	int code;

	/* With a directory, for what it includes. */
	if (strcmp(word, "-") != 0)
		code = load_file(word, options, &policy, err);
	else
		code =
		    load_text(source->text, source->len, options, &policy, err);
	policy_free(policy);
	return code;
}

static int
convert(const struct policy_request *r, const struct load_options *options,
	char **out, struct caisson_error *err)
{
	struct load_source source = { .run = import_oci };
	char *text = NULL;
	int code = specfile_slurp("", r->words[0], &text, &source.len, err);

	if (code < 0)
		return code;
	source.text = text;
	if (strcmp(r->from, "systemd") == 0)
		source.run = import_systemd;
	if (strcmp(r->from, "minijail") == 0) {
		code = check_text(r->words[0], &source, options, err);
		if (code == 0) {
			*out = text;
			return 0;
		}
	} else {
		code = load_convert(&source, options, out, err);
	}
	free(text);
	return code;
}

/* The format that --from names. */
static int
check_from(const struct policy_request *r)
{
	static const char *const formats[] = { "oci", "systemd", "minijail" };

	if (r->from == NULL)
		return policy_usage(r, "--from oci, systemd or minijail is "
				       "needed");
	for (size_t i = 0; i < 3; i++)
		if (strcmp(r->from, formats[i]) == 0)
			return 0;
	return policy_usage(r, "--from %s: must be oci, systemd or minijail",
			    r->from);
}

static int
print(const struct policy_request *r, const char *text,
      const struct notes *notes)
{
	policy_say_notes(r, notes, notes->n);
	if (r->json)
		return answer_print(r->verb,
				    json_pack("{s:b, s:s, s:o}", "ok", 1,
					      "text", text, "notes",
					      policy_notes_json(r, notes)),
				    EXIT_SUCCESS);
	(void)fputs(text, stdout);
	return cli_flush(r->verb, EXIT_SUCCESS);
}

int
policy_import(const struct policy_request *r)
{
	struct load_options options;
	struct caisson_error err;
	char **caps = NULL, *text = NULL;
	int status = check_from(r), code;

	if (status != 0)
		return status;
	code = policy_load_options(r, &options, &caps, &err);
	options.notes = notes_new();
	if (strcmp(r->words[0], "-") != 0)
		options.file = r->words[0];
	if (code == 0 && options.notes == NULL)
		code = err_no_memory(&err, CAISSON_STAGE_NONE);
	if (code == 0)
		code = convert(r, &options, &text, &err);
	if (code != 0)
		status = policy_fail(r, options.notes, &err);
	else
		status = print(r, text, options.notes);
	free(text);
	notes_free(options.notes);
	policy_caps_free(caps);
	return status;
}
