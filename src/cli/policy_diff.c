/* SPDX-License-Identifier: Apache-2.0 */
/*
 * caisson policy diff: which calls one policy allows and the other does not,
 * from their filters, path by path.  Nothing is sampled.
 */
#include "cli/policy.h"

#include "base/err.h"
#include "cli/answer.h"
#include "cli/cli.h"
#include "policy/proof.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum kind {
	ONLY_A,
	ONLY_B,
	OTHERWISE
};

static bool
allows(uint32_t action)
{
	uint32_t full = action & SECCOMP_RET_ACTION_FULL;

	return full == SECCOMP_RET_ALLOW || full == SECCOMP_RET_LOG;
}

static enum kind
kind_of(const struct proof_witness *w)
{
	if (allows(w->a) == allows(w->b))
		return OTHERWISE;
	return allows(w->a) ? ONLY_A : ONLY_B;
}

/* Bits of the arguments that a policy looks at, of such calls. */
static unsigned
args_of(const struct policy *policy, const struct seccomp_data *data)
{
	const struct policy_arch *arch = policy_arch_of(policy, data);
	const struct policy_rule *rule =
	    arch != NULL ? policy_find_rule(arch, (uint32_t)data->nr) : NULL;
	unsigned args = 0;

	for (size_t i = 0; rule != NULL && i < rule->n_clauses; i++) {
		const struct policy_clause *clause = &rule->clauses[i];

		for (size_t a = 0; a < clause->n_atoms; a++)
			args |= 1u << clause->atoms[a].arg;
	}
	return args;
}

struct pair {
	const struct policy_request *r;
	struct policy_input v[2];
	struct proof_list list;
};

/* "keyctl(arg0=1)"; "ptrace" where no argument matters. */
static void
print_call(FILE *f, const struct pair *pair, const struct proof_witness *w)
{
	unsigned args = args_of(pair->v[0].policy, &w->data) |
			args_of(pair->v[1].policy, &w->data);
	const char *before = "(";
	char name[64];

	(void)fputs(policy_call_text(pair->r->arch, &w->data, name), f);
	for (unsigned i = 0; i < 6; i++) {
		uint64_t value = w->data.args[i];

		if ((args & 1u << i) == 0)
			continue;
		(void)fprintf(f, "%sarg%u=", before, i);
		(void)fprintf(f, value < 10 ? "%" PRIu64 : "%#" PRIx64, value);
		before = ", ";
	}
	if (args != 0)
		(void)fputc(')', f);
}

/* Words after a heading, in lines of readable length. */
struct wrapped {
	size_t column;
	bool any;
};

static void
add_word(struct wrapped *line, const char *word)
{
	if (line->any)
		line->column += (size_t)printf(",");
	if (line->any && line->column + 1 + strlen(word) > 78)
		line->column = (size_t)printf("\n   ") - 1;
	line->column += (size_t)printf(" %s", word);
	line->any = true;
}

/* Heap; NULL: no memory. */
static char *
call_text(const struct pair *pair, const struct proof_witness *w)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	if (f == NULL)
		return NULL;
	print_call(f, pair, w);
	if (fclose(f) != 0) {
		free(text);
		return NULL;
	}
	return text;
}

static int
print_allowed(const struct pair *pair, enum kind kind)
{
	const char *who = pair->v[kind == ONLY_A ? 0 : 1].word;
	struct wrapped line = { 0, false };

	for (size_t i = 0; i < pair->list.n; i++) {
		const struct proof_witness *w = &pair->list.v[i];
		char *text;

		if (kind_of(w) != kind)
			continue;
		if (!line.any)
			line.column = (size_t)printf("only %s allows:", who);
		text = call_text(pair, w);
		if (text == NULL)
			return -1;
		add_word(&line, text);
		free(text);
	}
	if (line.any)
		(void)putchar('\n');
	return 0;
}

static int
print_others(const struct pair *pair)
{
	bool any = false;

	for (size_t i = 0; i < pair->list.n; i++) {
		const struct proof_witness *w = &pair->list.v[i];
		char a[32], b[32], *text;

		if (kind_of(w) != OTHERWISE)
			continue;
		if (!any)
			(void)printf("answered otherwise:\n");
		any = true;
		text = call_text(pair, w);
		if (text == NULL)
			return -1;
		(void)printf("    %s: %s, %s\n", text,
			     policy_action_text(w->a, a),
			     policy_action_text(w->b, b));
		free(text);
	}
	return 0;
}

static json_t *
difference_json(const struct pair *pair, const struct proof_witness *w)
{
	static const char *const kinds[] = { "only-a", "only-b", "otherwise" };
	const struct calls_arch *arch =
	    calls_arch_of(w->data.arch, (uint32_t)w->data.nr);
	json_t *args = json_array();
	char value[24];

	(void)pair;
	for (size_t i = 0; i < 6; i++) {
		(void)snprintf(value, sizeof(value), "0x%llx",
			       (unsigned long long)w->data.args[i]);
		(void)json_array_append_new(args, json_string(value));
	}
	return json_pack("{s:s, s:s?, s:I, s:s?, s:I, s:o, s:o, s:o}", "kind",
			 kinds[kind_of(w)], "arch",
			 arch != NULL ? arch->name : NULL, "arch_token",
			 (json_int_t)w->data.arch, "syscall",
			 arch != NULL ? calls_name(arch, (uint32_t)w->data.nr)
				      : NULL,
			 "nr", (json_int_t)(uint32_t)w->data.nr, "args", args,
			 "a", policy_action_json(w->a), "b",
			 policy_action_json(w->b));
}

static int
print_json(const struct pair *pair, int status)
{
	json_t *list = json_array();

	for (size_t i = 0; i < pair->list.n; i++)
		(void)json_array_append_new(list,
					    difference_json(pair,
							    &pair->list.v[i]));
	return answer_print(pair->r->verb,
			    json_pack("{s:b, s:b, s:s, s:s, s:o}", "ok", 1,
				      "same", status == POLICY_SAME, "a",
				      pair->v[0].word, "b", pair->v[1].word,
				      "differences", list),
			    status);
}

static int
print_text(const struct pair *pair, int status)
{
	if (print_allowed(pair, ONLY_A) < 0 ||
	    print_allowed(pair, ONLY_B) < 0 || print_others(pair) < 0)
		return policy_no_memory(pair->r);
	return cli_flush(pair->r->verb, status);
}

/* Twice: how many, and then all of them. */
static int
compare(struct pair *pair, struct caisson_error *err)
{
	struct proof_list *list = &pair->list;
	int code = proof_differences(&pair->v[0].filter, &pair->v[1].filter,
				     list, err);

	if (code < 0 || list->n == 0)
		return code;
	list->v = calloc(list->n, sizeof(*list->v));
	if (list->v == NULL)
		return err_no_memory(err, CAISSON_STAGE_NONE);
	list->max = list->n;
	return proof_differences(&pair->v[0].filter, &pair->v[1].filter, list,
				 err);
}

static int
diff(struct pair *pair)
{
	struct caisson_error err;
	int status;

	if (compare(pair, &err) < 0)
		return policy_fail(pair->r, NULL, &err);
	status = pair->list.n == 0 ? POLICY_SAME : POLICY_DIFFERS;
	return pair->r->json ? print_json(pair, status)
			     : print_text(pair, status);
}

int
policy_diff(const struct policy_request *r)
{
	struct pair pair = { .r = r };
	int status = policy_read_filter(r, r->words[0], &pair.v[0]);

	if (status == 0)
		status = policy_read_filter(r, r->words[1], &pair.v[1]);
	if (status == 0)
		status = diff(&pair);
	free(pair.list.v);
	policy_input_done(&pair.v[0]);
	policy_input_done(&pair.v[1]);
	return status;
}
