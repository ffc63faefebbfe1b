/* SPDX-License-Identifier: Apache-2.0 */
/*
 * caisson policy compile: the filter of a policy, checked against it, as the
 * kernel takes it, as C or as JSON.
 */
#include "cli/policy.h"

#include "base/err.h"
#include "cli/answer.h"
#include "cli/cli.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void
write_c(FILE *f, const struct policy_input *input)
{
	(void)fprintf(f, "/* A seccomp filter: struct sock_filter of "
			 "<linux/filter.h>. */\n"
			 "static const struct sock_filter filter[] = {\n");
	for (size_t i = 0; i < input->filter.len; i++) {
		const struct sock_filter *insn = &input->filter.insns[i];

		(void)fprintf(f, "\t{ %#06x, %3u, %3u, %#010x },\n", insn->code,
			      insn->jt, insn->jf, insn->k);
	}
	(void)fputs("};\n", f);
}

static void
write_filter(const struct policy_request *r, FILE *f,
	     const struct policy_input *input)
{
	if (r->as_c)
		write_c(f, input);
	else
		(void)fwrite(input->filter.insns, sizeof(*input->filter.insns),
			     input->filter.len, f);
}

static int
failed(const struct policy_request *r, const char *path)
{
	struct caisson_error err;

	(void)err_set(&err, CAISSON_E_SYSTEM, CAISSON_STAGE_NONE, errno,
		      "--output %s", path);
	return policy_fail(r, NULL, &err);
}

static int
to_file(const struct policy_request *r, const struct policy_input *input)
{
	FILE *f = fopen(r->output, "we");
	int written;

	if (f == NULL)
		return failed(r, r->output);
	write_filter(r, f, input);
	written = ferror(f) == 0;
	if (fclose(f) != 0 || !written)
		return failed(r, r->output);
	return EXIT_SUCCESS;
}

/* All of them or, where there is no memory, NULL. */
static json_t *
insns_json(const struct filter *filter)
{
	json_t *list = json_array();

	for (size_t i = 0; i < filter->len; i++) {
		const struct sock_filter *insn = &filter->insns[i];

		if (json_array_append_new(list,
					  json_pack("[i, i, i, I]", insn->code,
						    insn->jt, insn->jf,
						    (json_int_t)insn->k)) < 0) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

static json_t *
filter_json(const struct policy_request *r, const struct policy_input *input)
{
	json_t *archs = json_array();

	for (size_t i = 0; i < input->policy->n_archs; i++)
		(void)json_array_append_new(
		    archs, json_string(input->policy->archs[i].calls->name));
	return json_pack("{s:b, s:s, s:o, s:o, s:f, s:o}", "ok", 1, "policy",
			 input->word, "archs", archs, "instructions",
			 insns_json(&input->filter), "mean_path",
			 (double)filter_mean_path(&input->filter, r->arch) /
			     1000.0,
			 "warnings", policy_notes_json(r, input->notes));
}

/* To standard output; a file has been written before. */
static int
print_filter(const struct policy_request *r, const struct policy_input *input)
{
	if (r->json)
		return answer_print(r->verb, filter_json(r, input),
				    EXIT_SUCCESS);
	if (r->output == NULL)
		write_filter(r, stdout, input);
	return cli_flush(r->verb, EXIT_SUCCESS);
}

int
policy_compile(const struct policy_request *r)
{
	struct policy_input input;
	int status;

	if (r->output == NULL && r->as_c && r->json)
		return policy_usage(r, "--c and --json: only one of them goes "
				       "to standard output");
	if (r->output == NULL && !r->as_c && !r->json && isatty(STDOUT_FILENO))
		return policy_usage(r, "bytes are not for a terminal: --output "
				       "FILE, or --c, or a redirection");
	status = policy_read_filter(r, r->words[0], &input);
	if (status != 0)
		return status;
	if (r->output != NULL)
		status = to_file(r, &input);
	if (status == 0)
		status = print_filter(r, &input);
	policy_input_done(&input);
	return status;
}
