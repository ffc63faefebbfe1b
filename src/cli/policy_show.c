/* SPDX-License-Identifier: Apache-2.0 */
/*
 * caisson policy show: what a policy says about each system call, or the
 * instructions that it became.
 */
#include "cli/policy.h"

#include "cli/answer.h"
#include "cli/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct row {
	const char *name; /* of the call; "": as above */
	uint32_t nr;
	const char *condition;
	uint32_t action;
	struct policy_origin origin;
};

static int
print_row(const struct policy *policy, const struct row *row)
{
	char where[256], action[32], verdict[40];

	(void)policy_origin_text(policy, row->origin, where, sizeof(where));
	(void)snprintf(verdict, sizeof(verdict), "%s%s",
		       policy_action_text(row->action, action),
		       row->condition[0] != '\0' ? " if" : "");
	if (row->name[0] != '\0')
		(void)printf("%5u  %-24s", row->nr, row->name);
	else
		(void)printf("%5s  %-24s", "", "");
	(void)printf(" %-16s %s%s%s\n", verdict, row->condition,
		     row->condition[0] != '\0' && where[0] != '\0' ? "  " : "",
		     where);
	return 0;
}

/* Without a number, or with one that has no name. */
static const char *
name_of(const struct policy_arch *arch, uint32_t nr)
{
	const char *name = calls_name(arch->calls, nr);

	return name != NULL ? name : "(no name)";
}

static bool
is_always(const struct policy_rule *rule)
{
	return rule->n_clauses > 0 &&
	       rule->clauses[rule->n_clauses - 1].n_atoms == 0;
}

static int
print_rule(const struct policy *policy, const struct policy_arch *arch,
	   const struct policy_rule *rule)
{
	struct row row = { .name = name_of(arch, rule->nr),
			   .nr = rule->nr & ~arch->calls->bit };

	for (size_t i = 0; i < rule->n_clauses; i++) {
		const struct policy_clause *clause = &rule->clauses[i];
		char *condition = policy_clause_text(clause);

		if (condition == NULL)
			return -1;
		row.condition = condition;
		row.action = clause->action;
		row.origin = clause->origin;
		(void)print_row(policy, &row);
		free(condition);
		row.name = "";
	}
	if (is_always(rule))
		return 0;
	row.condition = "";
	row.action = arch->default_action;
	row.origin = arch->default_origin;
	return print_row(policy, &row);
}

static void
print_unnamed(const struct policy *policy, const struct policy_arch *arch,
	      uint32_t nr)
{
	const struct row row = {
		.name = calls_name(arch->calls, nr),
		.nr = nr & ~arch->calls->bit,
		.condition = "",
		.action = arch->default_action,
		.origin = arch->default_origin,
	};

	if (row.name != NULL)
		(void)print_row(policy, &row);
}

static int
print_rules(const struct policy_request *r, const struct policy *policy,
	    const struct policy_arch *arch)
{
	size_t at = 0;
	uint32_t end = r->all ? arch->calls->end : 0;

	for (uint32_t i = 0; i < end; i++) {
		uint32_t nr = i | arch->calls->bit;

		if (policy_find_rule(arch, nr) == NULL) {
			print_unnamed(policy, arch, nr);
		} else if (print_rule(policy, arch, &arch->rules[at++]) < 0) {
			return -1;
		}
	}
	for (; at < arch->n_rules; at++)
		if (print_rule(policy, arch, &arch->rules[at]) < 0)
			return -1;
	return 0;
}

static void
print_otherwise(const char *what, const struct policy *policy, uint32_t action,
		struct policy_origin origin)
{
	char text[32], where[256];

	(void)policy_origin_text(policy, origin, where, sizeof(where));
	(void)printf("%s: %s%s%s\n", what, policy_action_text(action, text),
		     where[0] != '\0' ? "  " : "", where);
}

/* How many calls are allowed whatever they are given, and so on. */
static void
print_summary(const struct policy_arch *arch)
{
	size_t always = 0, refused = 0, some = 0;

	for (size_t i = 0; i < arch->n_rules; i++) {
		const struct policy_rule *rule = &arch->rules[i];

		if (rule->n_clauses != 1 || rule->clauses[0].n_atoms != 0)
			some++;
		else if (rule->clauses[0].action == SECCOMP_RET_ALLOW)
			always++;
		else
			refused++;
	}
	(void)printf("%s: %zu calls allowed, %zu depending on their "
		     "arguments, %zu refused by name\n",
		     arch->calls->name, always, some, refused);
}

static int
print_policy(const struct policy_request *r, const struct policy *policy)
{
	for (size_t i = 0; i < policy->n_archs; i++) {
		const struct policy_arch *arch = &policy->archs[i];

		if (print_rules(r, policy, arch) < 0)
			return -1;
		print_otherwise("other calls", policy, arch->default_action,
				arch->default_origin);
		print_otherwise("numbers without a name", policy,
				arch->unknown_action, arch->unknown_origin);
		print_summary(arch);
	}
	print_otherwise("other architectures", policy, policy->foreign_action,
			(struct policy_origin){ 0, 0 });
	return 0;
}

static int
show_filter(const struct policy_request *r, const struct policy_input *input)
{
	uint64_t mean = filter_mean_path(&input->filter, r->arch);
	int failed = policy_print_bpf(&input->filter);

	(void)printf("%zu instructions, on average %llu.%llu to an answer\n",
		     input->filter.len, (unsigned long long)(mean / 1000),
		     (unsigned long long)(mean % 1000 / 100));
	return failed;
}

int
policy_show(const struct policy_request *r)
{
	struct policy_input input;
	int status;

	/* A policy without a filter, for it needs too much, can be read. */
	if (r->json || r->bpf)
		status = policy_read_filter(r, r->words[0], &input);
	else
		status = policy_read(r, r->words[0], &input);
	if (status != 0)
		return status;
	if (r->json)
		status = answer_print(r->verb, policy_show_json(r, &input), 0);
	else if (r->bpf)
		status = show_filter(r, &input);
	else
		status = print_policy(r, input.policy);
	policy_input_done(&input);
	if (status < 0)
		return policy_no_memory(r);
	return r->json ? status : cli_flush(r->verb, status);
}
