/* SPDX-License-Identifier: Apache-2.0 */
/* "NAMES: WHAT HAPPENS", read and applied. */
#include "policy/text/reader.h"

#include <stdio.h>

void
text_statement_settle(struct reader *r)
{
	if (r->policy->n_archs == 0)
		(void)policy_add_arch(r->policy, r->options->arch);
	r->started = true;
}

static int
add_name(struct reader *r)
{
	struct statement *s = &r->statement;
	struct text_name *grown =
	    text_grow(s->names, s->n_names, &s->names_room, sizeof(*grown));
	int result;

	if (grown == NULL)
		return text_no_memory(r);
	s->names = grown;
	result = text_names_parse(r, &grown[s->n_names]);
	if (result == 0)
		s->n_names++;
	return result;
}

static int
parse_names(struct reader *r)
{
	int result;

	if (!text_lex_accept(r, '{')) {
		result = add_name(r);
		if (result == 0 && r->token.kind == ',')
			return text_syntax(r, &r->token.at,
					   "several names stand in braces: "
					   "{NAME, NAME}");
	} else {
		do
			result = add_name(r);
		while (result == 0 && text_lex_accept(r, ','));
		if (result == 0 && !text_lex_accept(r, '}'))
			result = text_expected(r, "\",\" or \"}\"");
	}
	if (result == 0 && !text_lex_accept(r, ':'))
		result = text_expected(r, "\":\"");
	return result;
}

static bool
allows_all(const struct statement *s)
{
	for (size_t i = 0; i < s->n_clauses; i++)
		if (s->clauses[i].action != SECCOMP_RET_ALLOW)
			return false;
	return true;
}

static int
add_record(struct reader *r)
{
	const struct statement *s = &r->statement;
	struct text_record *grown = text_grow(r->records, r->n_records,
					      &r->records_room, sizeof(*grown));

	if (grown == NULL)
		return text_no_memory(r);
	r->records = grown;
	grown[r->n_records++] = (struct text_record){
		.at = s->at,
		.plain = s->n_clauses == 1 && s->clauses[0].n == 0,
	};
	return 0;
}

static void
warn_conflict(struct reader *r)
{
	const struct statement *s = &r->statement;
	const struct text_place *before;
	char others[40] = "";

	if (s->conflicts == 0)
		return;
	before = &r->records[s->conflict_with - 1].at;
	if (s->conflicts > 1)
		(void)snprintf(others, sizeof(others), " and %zu others",
			       s->conflicts - 1);
	text_warn(r, &s->at,
		  "for %s%s, in a group before, %s:%u has another answer; this "
		  "line counts",
		  s->conflict, others, before->source->name, before->line);
}

static int
apply(struct reader *r)
{
	const struct statement *s = &r->statement;
	int result = add_record(r);

	for (size_t i = 0; result == 0 && i < s->n_names; i++)
		result = text_names_each(r, &s->names[i], text_rules_apply);
	if (result == 0)
		warn_conflict(r);
	return result;
}

int
text_statement_parse(struct reader *r)
{
	struct statement *s = &r->statement;
	int result;

	if (!r->started)
		text_statement_settle(r);
	s->at = r->token.at;
	s->n_names = s->n_atoms = s->n_clauses = s->conflicts = 0;
	s->refuses = false;
	result = parse_names(r);
	if (result == 0)
		result = text_expr_parse(r);
	if (result < 0)
		return result;
	if (r->token.kind != TOKEN_EOL && r->token.kind != TOKEN_END)
		return text_expected(r, "the end of the line");
	if (r->denylist && allows_all(s))
		return text_wrong(r, &s->at,
				  "after @denylist everything is allowed that "
				  "no rule refuses: this one refuses nothing");
	return apply(r);
}
