/* SPDX-License-Identifier: Apache-2.0 */
/*
 * caisson policy test: files of calls, and what a policy must answer to each.
 * A policy is read once for each architecture that the cases name.
 */
#include "cli/policy.h"

#include "base/err.h"
#include "cli/answer.h"
#include "cli/cli.h"
#include "cli/request.h"
#include "policy/text/cases.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The policy as it was read last. */
struct session {
	const struct policy_request *r;
	struct policy_input input;
	const struct calls_arch *arch; /* what for; NULL: not yet */
	size_t run, failed;
	json_t *failures; /* NULL: as text */
};

static void
print_data(FILE *f, const struct calls_arch *arch,
	   const struct seccomp_data *data)
{
	char name[64];

	(void)fputs(policy_call_text(arch, data, name), f);
	for (int i = 0; i < 6; i++)
		(void)fprintf(f, "%s%#" PRIx64, i == 0 ? "(" : ", ",
			      (uint64_t)data->args[i]);
	(void)fputc(')', f);
}

static int
report_json(struct session *s, const char *file, const struct cases_case *one,
	    const struct cases_result *result)
{
	json_t *args = json_array(), *o;

	for (int i = 0; i < 6; i++) {
		char value[24];

		(void)snprintf(value, sizeof(value), "0x%" PRIx64,
			       (uint64_t)result->data.args[i]);
		(void)json_array_append_new(args, json_string(value));
	}
	o = json_pack("{s:s, s:I, s:s, s:s, s:o, s:o, s:o, s:I, s:o}", "cases",
		      file, "case_line", (json_int_t)one->line, "case",
		      one->text, "arch", one->arch->name, "wanted",
		      policy_action_json(one->action), "policy",
		      policy_action_json(result->policy), "filter",
		      policy_action_json(result->filter), "nr",
		      (json_int_t)(uint32_t)result->data.nr, "args", args);
	if (o != NULL)
		policy_origin_json(s->input.policy, result->origin, o);
	return json_array_append_new(s->failures, o);
}

/* FILE:LINE: CASE: wanted X, but CALL gets Y (WHERE) */
static int
report(struct session *s, const char *file, const struct cases_case *one,
       const struct cases_result *result)
{
	char wanted[32], got[32], filter[32], where[256];

	if (s->failures != NULL)
		return report_json(s, file, one, result);
	(void)policy_origin_text(s->input.policy, result->origin, where,
				 sizeof(where));
	(void)printf("%s:%u: %s: wanted %s, but ", file, one->line, one->text,
		     policy_action_text(one->action, wanted));
	print_data(stdout, one->arch, &result->data);
	(void)printf(" gets %s", policy_action_text(result->policy, got));
	if (where[0] != '\0')
		(void)printf(" (%s)", where);
	if (result->filter != result->policy)
		(void)printf(", and %s from the filter",
			     policy_action_text(result->filter, filter));
	(void)putchar('\n');
	return 0;
}

static int
prepare(struct session *s, const struct calls_arch *arch)
{
	struct policy_request r = *s->r;
	int status;

	if (s->arch == arch)
		return 0;
	/* What it remarks on has been said. */
	r.quiet = r.quiet || s->arch != NULL;
	r.arch = arch;
	policy_input_done(&s->input);
	status = policy_read_filter(&r, r.words[0], &s->input);
	if (status == 0)
		s->arch = arch;
	return status;
}

static int
check(struct session *s, const char *file, const struct cases_case *one)
{
	struct cases_result result;
	struct caisson_error err;
	int status = prepare(s, one->arch);

	if (status != 0)
		return status;
	if (cases_check(one, s->input.policy, &s->input.filter, &result, &err) <
	    0)
		return policy_fail(s->r, NULL, &err);
	s->run++;
	if (result.ok)
		return 0;
	s->failed++;
	if (report(s, file, one, &result) < 0)
		return policy_no_memory(s->r);
	return 0;
}

/* The cases of a file: *out is the caller's.  0, or a status. */
static int
read_cases(const struct policy_request *r, const char *file, struct cases **out)
{
	struct cases_options options = {
		.file = strcmp(file, "-") == 0 ? "standard input" : file,
		.arch = r->arch,
		.notes = notes_new(),
	};
	struct caisson_error err;
	char *text = NULL;
	size_t len = 0;
	int status = 0;
	int code = specfile_slurp("", file, &text, &len, &err);

	if (code == 0)
		code = cases_parse(text, len, &options, out, &err);
	if (code < 0)
		status = policy_fail(r, options.notes, &err);
	free(text);
	notes_free(options.notes);
	return status;
}

static int
run_file(struct session *s, const char *file)
{
	struct cases *cases = NULL;
	int status = read_cases(s->r, file, &cases);

	for (size_t i = 0; status == 0 && cases != NULL && i < cases->n; i++)
		status = check(s, file, &cases->v[i]);
	cases_free(cases);
	return status;
}

static int
finish(struct session *s)
{
	int status = s->failed == 0 ? POLICY_SAME : POLICY_DIFFERS;

	if (s->failures != NULL)
		return answer_print(s->r->verb,
				    json_pack("{s:b, s:I, s:I, s:O}", "ok",
					      s->failed == 0, "cases",
					      (json_int_t)s->run, "failed",
					      (json_int_t)s->failed, "failures",
					      s->failures),
				    status);
	(void)printf("%zu cases, %zu failed\n", s->run, s->failed);
	return cli_flush(s->r->verb, status);
}

int
policy_test(const struct policy_request *r)
{
	struct session s = { .r = r };
	int status = 0;

	if (r->json) {
		s.failures = json_array();
		if (s.failures == NULL)
			return policy_no_memory(r);
	}
	for (size_t i = 1; status == 0 && i < r->n_words; i++)
		status = run_file(&s, r->words[i]);
	/* A test of nothing has not passed. */
	if (status == 0 && s.run == 0)
		status = policy_usage(r, "no cases in %s%s", r->words[1],
				      r->n_words > 2 ? "..." : "");
	if (status == 0)
		status = finish(&s);
	policy_input_done(&s.input);
	json_decref(s.failures);
	return status;
}
