/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Prints policies in one way only, so that equal policies are equal texts.
 * May not look at anything but the model.
 */
#include "outcome.h"

#include <stdio.h>
#include <stdlib.h>

static void
print_atom(FILE *f, const struct policy_atom *atom)
{
	static const char *const signs[] = {
		[POLICY_EQ] = "==", [POLICY_NE] = "!=",    [POLICY_LT] = "<",
		[POLICY_LE] = "<=", [POLICY_GT] = ">",     [POLICY_GE] = ">=",
		[POLICY_ANY] = "&", [POLICY_MASKED] = "&", [POLICY_IN] = "in",
	};

	(void)fprintf(f, "arg%u/%u %s ", atom->arg, atom->width,
		      signs[atom->op]);
	if (atom->op == POLICY_MASKED)
		(void)fprintf(f, "0x%llx == ", (unsigned long long)atom->mask);
	(void)fprintf(f, "0x%llx", (unsigned long long)atom->value);
}

/* "FILE:LINE", without the file where it is the first. */
static void
print_origin(FILE *f, const struct policy *policy, struct policy_origin origin)
{
	if (origin.file > 0)
		(void)fprintf(f, "%s:", policy->files[origin.file]);
	(void)fprintf(f, "%u", origin.line);
}

static void
print_clause(FILE *f, const struct policy *policy,
	     const struct policy_clause *clause)
{
	char action[32];

	(void)fprintf(f, "\t");
	for (size_t i = 0; i < clause->n_atoms; i++) {
		(void)fprintf(f, "%s", i > 0 ? " && " : "");
		print_atom(f, &clause->atoms[i]);
	}
	(void)fprintf(f, "%s%s # ", clause->n_atoms > 0 ? "; " : "",
		      policy_action_text(clause->action, action));
	print_origin(f, policy, clause->origin);
	(void)fprintf(f, "\n");
}

static void
print_rule(FILE *f, const struct policy *policy, const struct policy_arch *arch,
	   const struct policy_rule *rule)
{
	const char *name = calls_name(arch->calls, rule->nr);

	(void)fprintf(f, "%u %s", rule->nr, name != NULL ? name : "-");
	if (rule->weight > 0)
		(void)fprintf(f, ", %u times", rule->weight);
	(void)fprintf(f, "\n");
	for (size_t i = 0; i < rule->n_clauses; i++)
		print_clause(f, policy, &rule->clauses[i]);
}

static void
print_setting(FILE *f, const struct policy *policy, uint32_t action,
	      struct policy_origin origin)
{
	char text[32];

	(void)fprintf(f, "%s # ", policy_action_text(action, text));
	print_origin(f, policy, origin);
	(void)fprintf(f, "\n");
}

static FILE *
begin(char **out, size_t *size)
{
	FILE *f = open_memstream(out, size);

	if (f == NULL)
		abort();
	return f;
}

char *
outcome_of_policy(const struct policy *policy)
{
	char *out = NULL;
	size_t size;
	FILE *f = begin(&out, &size);

	for (size_t a = 0; a < policy->n_archs; a++) {
		const struct policy_arch *arch = &policy->archs[a];

		(void)fprintf(f, "%s\ndefault ", arch->calls->name);
		print_setting(f, policy, arch->default_action,
			      arch->default_origin);
		(void)fprintf(f, "unknown ");
		print_setting(f, policy, arch->unknown_action,
			      arch->unknown_origin);
		for (size_t i = 0; i < arch->n_rules; i++)
			print_rule(f, policy, arch, &arch->rules[i]);
	}
	if (fclose(f) != 0)
		abort();
	return out;
}

char *
outcome_of_error(const struct caisson_error *err)
{
	char *out = NULL;
	size_t size;
	FILE *f = begin(&out, &size);

	(void)fprintf(f, "error %s %u %u\n%s\n", caisson_code_name(err->code),
		      err->line, err->column, err->msg);
	if (fclose(f) != 0)
		abort();
	return out;
}

char *
outcome_of_notes(const struct notes *notes)
{
	char *out = NULL;
	size_t size;
	FILE *f = begin(&out, &size);

	for (size_t i = 0; i < notes->n; i++) {
		char *shown = notes_show(&notes->v[i]);

		if (shown == NULL)
			abort();
		(void)fprintf(f, "%s", shown);
		free(shown);
	}
	if (fclose(f) != 0)
		abort();
	return out;
}
