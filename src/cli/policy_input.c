/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a word of the command line to a policy: a file, a shipped profile, or
 * standard input.  What texts mean is the readers' business.
 */
#include "cli/policy.h"

#include "base/err.h"
#include "cli/cli.h"
#include "cli/request.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static bool
ends_with(const char *word, const char *end)
{
	size_t n = strlen(word), m = strlen(end);

	return n > m && strcmp(word + n - m, end) == 0;
}

bool
policy_is_path(const char *word)
{
	return strchr(word, '/') != NULL || ends_with(word, ".policy") ||
	       ends_with(word, ".json");
}

void
policy_caps_free(char **caps)
{
	for (size_t i = 0; caps != NULL && caps[i] != NULL; i++)
		free(caps[i]);
	free(caps);
}

/* "NET_ADMIN,CAP_CHOWN": NULL at the end; NULL: no memory. */
static char **
split_caps(const char *list)
{
	char **caps = calloc(strlen(list) / 2 + 2, sizeof(*caps));
	size_t n = 0;

	while (caps != NULL && *list != '\0') {
		size_t len = strcspn(list, ",");

		if (len > 0) {
			caps[n] = strndup(list, len);
			if (caps[n++] == NULL) {
				policy_caps_free(caps);
				return NULL;
			}
		}
		list += len;
		list += *list == ',';
	}
	return caps;
}

int
policy_load_options(const struct policy_request *r, struct load_options *out,
		    char ***caps, struct caisson_error *err)
{
	*out = (struct load_options){
		.file = "standard input",
		.arch = r->arch,
		.ignore_unknown = r->ignore_unknown,
		.confined = r->confined,
	};
	*caps = NULL;
	if (r->kernel != NULL &&
	    !load_kernel(r->kernel, &out->kernel_major, &out->kernel_minor))
		return err_usage(err, "--kernel %.64s: must be like 6.1",
				 r->kernel);
	if (r->caps == NULL)
		return 0;
	*caps = split_caps(r->caps);
	if (*caps == NULL)
		return err_no_memory(err, CAISSON_STAGE_NONE);
	out->capabilities = (const char *const *)*caps;
	return 0;
}

/* Says what would help, where a file's name was taken for a profile's. */
static int
read_profile(const char *word, const struct load_options *options,
	     struct policy **out, struct caisson_error *err)
{
	struct caisson_error own;
	struct stat st;
	int code = load_profile(word, options, out, &own);

	if (code == 0)
		return 0;
	if (own.line == 0 && stat(word, &st) == 0)
		return err_usage(err, "%s; for the file write ./%s", own.msg,
				 word);
	if (err != NULL)
		*err = own;
	return code;
}

/* As a shell's <(command) is: it can be read once, from here to its end. */
static bool
is_stream(const char *word)
{
	struct stat st;

	return stat(word, &st) == 0 && S_ISFIFO(st.st_mode);
}

static int
read_word(const char *word, const struct load_options *options,
	  struct policy **out, struct caisson_error *err)
{
	struct load_options named = *options;
	char *text = NULL;
	size_t len = 0;
	int code;

	if (policy_is_path(word) && !is_stream(word))
		return load_file(word, options, out, err);
	if (!policy_is_path(word) && strcmp(word, "-") != 0)
		return read_profile(word, options, out, err);
	code = specfile_slurp("", word, &text, &len, err);
	if (strcmp(word, "-") != 0)
		named.file = word;
	if (code == 0)
		code = load_text(text, len, &named, out, err);
	free(text);
	return code;
}

int
policy_read(const struct policy_request *r, const char *word,
	    struct policy_input *out)
{
	struct policy_input input = { .word = word };
	struct load_options options;
	struct caisson_error err;
	char **caps;
	int status = 0;
	int code = policy_load_options(r, &options, &caps, &err);

	options.notes = notes_new();
	if (code == 0 && options.notes == NULL)
		code = err_no_memory(&err, CAISSON_STAGE_NONE);
	if (code == 0)
		code = read_word(word, &options, &input.policy, &err);
	if (code < 0) {
		status = policy_fail(r, options.notes, &err);
		policy_input_done(&input);
		notes_free(options.notes);
	} else {
		policy_say_notes(r, options.notes, options.notes->n);
		input.notes = options.notes;
		*out = input;
	}
	policy_caps_free(caps);
	return status;
}

int
policy_read_filter(const struct policy_request *r, const char *word,
		   struct policy_input *out)
{
	struct caisson_error err;
	int status = policy_read(r, word, out);

	if (status != 0)
		return status;
	if (load_filter(out->policy, &out->filter, &err) < 0) {
		policy_input_done(out);
		return policy_fail(r, NULL, &err);
	}
	return 0;
}

void
policy_input_done(struct policy_input *input)
{
	filter_done(&input->filter);
	notes_free(input->notes);
	policy_free(input->policy);
	*input = (struct policy_input){ 0 };
}
