/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzz target: text to policy.  The promises that are kept for every input: a
 * refusal has a code, a place and a line of printable ASCII, which its last
 * note repeats, and no policy; what is accepted is sorted and within its
 * bounds, gives the same policy again, and answers every call.
 */
#include "target.h"

#include "policy/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
check_line(const char *text, size_t max)
{
	size_t len = strnlen(text, max);

	PROMISE(len > 0 && len < max);
	for (size_t i = 0; i < len; i++)
		PROMISE(text[i] >= 0x20 && text[i] < 0x7f);
}

static void
check_notes(const struct notes *notes)
{
	for (size_t i = 0; i < notes->n; i++) {
		const struct note *note = &notes->v[i];
		char *shown = notes_show(note);

		PROMISE(note->line > 0 && note->column > 0);
		check_line(note->text, 4096);
		PROMISE(note->source != NULL);
		PROMISE(shown != NULL);
		free(shown);
	}
}

static void
check_refusal(int r, const struct caisson_error *err, const struct notes *notes)
{
	PROMISE(r == CAISSON_E_SYNTAX || r == CAISSON_E_POLICY);
	PROMISE(err->code == r && err->stage == CAISSON_STAGE_POLICY);
	PROMISE(err->line > 0 && err->column > 0);
	check_line(err->msg, sizeof(err->msg));
	PROMISE(notes->n > 0);
	PROMISE(notes->v[notes->n - 1].line == err->line);
	PROMISE(notes->v[notes->n - 1].column == err->column);
}

static bool
is_same_atom(const struct policy_atom *a, const struct policy_atom *b)
{
	return a->arg == b->arg && a->op == b->op && a->width == b->width &&
	       a->value == b->value && a->mask == b->mask;
}

static void
check_same_rule(const struct policy_rule *a, const struct policy_rule *b)
{
	PROMISE(a->nr == b->nr && a->weight == b->weight);
	PROMISE(a->n_clauses == b->n_clauses);
	for (size_t c = 0; c < a->n_clauses; c++) {
		const struct policy_clause *x = &a->clauses[c];
		const struct policy_clause *y = &b->clauses[c];

		PROMISE(x->action == y->action && x->n_atoms == y->n_atoms);
		PROMISE(x->origin.line == y->origin.line);
		for (size_t i = 0; i < x->n_atoms; i++)
			PROMISE(is_same_atom(&x->atoms[i], &y->atoms[i]));
	}
}

static void
check_same(const struct policy *a, const struct policy *b)
{
	PROMISE(a->n_archs == b->n_archs);
	PROMISE(a->foreign_action == b->foreign_action);
	for (size_t i = 0; i < a->n_archs; i++) {
		const struct policy_arch *x = &a->archs[i], *y = &b->archs[i];

		PROMISE(x->calls == y->calls && x->n_rules == y->n_rules);
		PROMISE(x->default_action == y->default_action);
		PROMISE(x->unknown_action == y->unknown_action);
		for (size_t n = 0; n < x->n_rules; n++)
			check_same_rule(&x->rules[n], &y->rules[n]);
	}
}

static void
check_atom(const struct policy_atom *atom, const struct calls_arch *arch)
{
	PROMISE(atom->arg < 6);
	PROMISE(atom->op >= POLICY_EQ && atom->op <= POLICY_MASKED);
	PROMISE(atom->width == 32 || (atom->width == 64 && arch->is_64));
	PROMISE(atom->width == 64 ||
		(atom->value <= UINT32_MAX && atom->mask <= UINT32_MAX));
	PROMISE(atom->op == POLICY_MASKED || atom->mask == 0);
}

/* Nothing follows a clause without atoms: the reader refuses it. */
static void
check_rule(const struct policy_rule *rule, const struct calls_arch *arch)
{
	PROMISE(rule->n_clauses <= POLICY_CLAUSES_MAX);
	for (size_t c = 0; c < rule->n_clauses; c++) {
		const struct policy_clause *clause = &rule->clauses[c];

		PROMISE(clause->origin.line > 0);
		PROMISE(clause->n_atoms <= POLICY_ATOMS_MAX);
		PROMISE(clause->n_atoms > 0 || c + 1 == rule->n_clauses);
		for (size_t i = 0; i < clause->n_atoms; i++)
			check_atom(&clause->atoms[i], arch);
	}
}

/* The answer is one that the policy has. */
static void
check_answers(const struct policy *policy)
{
	struct seccomp_data data = { .arch = policy->archs[0].calls->token };
	struct policy_origin origin;
	char text[32];

	for (int nr = -1; nr < 1024; nr++) {
		data.nr = nr;
		data.args[0] = (uint64_t)nr << 30;
		PROMISE(
		    policy_action_text(policy_decide(policy, &data, &origin),
				       text)[0] != '\0');
		PROMISE(origin.file < policy->n_files);
	}
	data.arch = 0;
	PROMISE(policy_decide(policy, &data, NULL) == SECCOMP_RET_KILL_PROCESS);
}

static void
check_accepted(const struct policy *policy)
{
	PROMISE(policy->n_archs > 0 && policy->n_archs <= POLICY_ARCHS_MAX);
	for (size_t i = 0; i < policy->n_archs; i++) {
		const struct policy_arch *arch = &policy->archs[i];

		for (size_t n = 0; n < arch->n_rules; n++) {
			PROMISE(n == 0 ||
				arch->rules[n - 1].nr < arch->rules[n].nr);
			check_rule(&arch->rules[n], arch->calls);
		}
	}
	check_answers(policy);
}

static void
check_text(const char *text, size_t size, struct text_options *options)
{
	struct policy *policy = NULL, *again = NULL;
	struct caisson_error err = { 0 };
	int r;

	options->notes = notes_new();
	PROMISE(options->notes != NULL);
	r = text_parse(text, size, options, &policy, &err);
	PROMISE((r == 0) == (policy != NULL));
	check_notes(options->notes);
	if (r < 0)
		check_refusal(r, &err, options->notes);
	else
		check_accepted(policy);
	notes_free(options->notes);
	options->notes = NULL;
	PROMISE(text_parse(text, size, options, &again, NULL) == r);
	if (r == 0)
		check_same(policy, again);
	policy_free(policy);
	policy_free(again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text_options options = {
		.file = "fuzz",
		.arch = calls_arch_by_name("x86_64"),
		.dir_fd = -1,
	};
	/* Of exactly this size, so that a byte too many is seen. */
	char *text = malloc(size > 0 ? size : 1);

	PROMISE(text != NULL);
	if (size > 0)
		memcpy(text, data, size);
	check_text(text, size, &options);
	options.arch = calls_arch_by_name("arm");
	options.ignore_unknown = true;
	check_text(text, size, &options);
	free(text);
	return 0;
}
