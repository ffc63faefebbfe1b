/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What follows the colon: actions, and comparisons of arguments with what
 * happens when they hold.  Into r->statement, for no system call yet.
 */
#include "policy/text/reader.h"

#include <string.h>

bool
text_expr_is_argument(const struct token *token)
{
	return token->kind == TOKEN_WORD && token->len > 3 &&
	       memcmp(token->text, "arg", 3) == 0 && token->text[3] >= '0' &&
	       token->text[3] <= '9';
}

static uint8_t
operator_of(const struct token *token)
{
	switch (token->kind) {
	case TOKEN_EQ:
		return POLICY_EQ;
	case TOKEN_NE:
		return POLICY_NE;
	case '<':
		return POLICY_LT;
	case TOKEN_LE:
		return POLICY_LE;
	case '>':
		return POLICY_GT;
	case TOKEN_GE:
		return POLICY_GE;
	case '&':
		return POLICY_ANY;
	case TOKEN_WORD:
		if (token->len == 2 && memcmp(token->text, "in", 2) == 0)
			return POLICY_IN;
		return 0;
	default:
		return 0;
	}
}

/* Alternatives of comparisons are all that there is: nothing nests. */
static int
refuse_parenthesis(struct reader *r)
{
	return text_syntax(r, &r->token.at,
			   "comparisons take no parentheses: write each "
			   "alternative in full, with || between them");
}

/* The token may be an argument. */
static int
parse_atom(struct reader *r, struct text_atom *out)
{
	int result;

	*out = (struct text_atom){ .at = r->token.at };
	if (r->token.kind == '(')
		return refuse_parenthesis(r);
	if (!text_expr_is_argument(&r->token))
		return text_expected(r, "an argument from arg0 to arg5");
	if (r->token.len != 4 || r->token.text[3] > '5')
		return text_expected(r, "an argument from arg0 to arg5");
	out->arg = (uint8_t)(r->token.text[3] - '0');
	text_lex_next(r);
	out->op = operator_of(&r->token);
	if (out->op == 0)
		return text_expected(r, "one of == != < <= > >= & in");
	text_lex_next(r);
	result = text_value_parse(r, &out->value);
	if (result < 0 || out->op != POLICY_ANY ||
	    !text_lex_accept(r, TOKEN_EQ))
		return result;
	out->op = POLICY_MASKED;
	out->mask = out->value;
	return text_value_parse(r, &out->value);
}

static struct text_clause *
add_clause(struct reader *r, const struct text_place *at)
{
	struct statement *s = &r->statement;
	struct text_clause *grown = text_grow(s->clauses, s->n_clauses,
					      &s->clauses_room, sizeof(*grown));

	if (grown == NULL)
		return NULL;
	s->clauses = grown;
	grown += s->n_clauses++;
	*grown = (struct text_clause){ .at = *at, .first = s->n_atoms };
	return grown;
}

static int
add_atom(struct reader *r, struct text_clause *clause)
{
	struct statement *s = &r->statement;
	struct text_atom *grown =
	    text_grow(s->atoms, s->n_atoms, &s->atoms_room, sizeof(*grown));
	int result;

	if (grown == NULL)
		return text_no_memory(r);
	s->atoms = grown;
	if (clause->n == POLICY_ATOMS_MAX)
		return text_wrong(r, &r->token.at,
				  "more than %d comparisons joined by &&",
				  POLICY_ATOMS_MAX);
	result = parse_atom(r, &grown[s->n_atoms]);
	if (result < 0)
		return result;
	s->n_atoms++;
	clause->n++;
	return 0;
}

/* Comparisons joined by &&. */
static int
parse_clause(struct reader *r)
{
	struct text_clause *clause;
	int result;

	if (r->statement.n_clauses == POLICY_CLAUSES_MAX)
		return text_wrong(r, &r->token.at,
				  "more than %d alternatives in one rule",
				  POLICY_CLAUSES_MAX);
	clause = add_clause(r, &r->token.at);
	if (clause == NULL)
		return text_no_memory(r);
	do
		result = add_atom(r, clause);
	while (result == 0 && text_lex_accept(r, TOKEN_AND));
	return result;
}

static bool
is_return(const struct token *token)
{
	return token->kind == TOKEN_WORD && token->len == 6 &&
	       memcmp(token->text, "return", 6) == 0;
}

/*
 * Without braces, "EXPRESSION; return E" is the one text that minijail's two
 * readers understand differently.
 */
static void
warn_ambiguous(struct reader *r)
{
	text_warn(r, &r->token.at,
		  "the error is for calls of which this holds; minijail0 "
		  "returns it for all others: write { CONDITION; return E }, "
		  "or for minijail0's meaning { CONDITION, return E }");
}

/* What happens when one of the conditions holds. */
static int
parse_consequence(struct reader *r, bool braces, uint32_t *out)
{
	*out = SECCOMP_RET_ALLOW;
	if (!text_lex_accept(r, ';'))
		return 0;
	if (!braces && is_return(&r->token))
		warn_ambiguous(r);
	return text_action_parse(r, out);
}

static int
parse_conditions(struct reader *r, bool braces)
{
	struct statement *s = &r->statement;
	size_t first = s->n_clauses;
	uint32_t action = 0;
	int result;

	do
		result = parse_clause(r);
	while (result == 0 && text_lex_accept(r, TOKEN_OR));
	if (result == 0)
		result = parse_consequence(r, braces, &action);
	if (result < 0)
		return result;
	for (size_t i = first; i < s->n_clauses; i++)
		s->clauses[i].action = action;
	return 0;
}

static int
parse_single(struct reader *r, bool braces)
{
	struct statement *s = &r->statement;
	struct text_place at = r->token.at;
	struct text_clause *clause;
	uint32_t action = 0;
	int result;

	if (r->token.kind == '(')
		return refuse_parenthesis(r);
	if (r->token.kind != TOKEN_WORD && r->token.kind != TOKEN_NUMBER)
		return text_expected(r, "an action or a comparison of an "
					"argument");
	if (s->n_clauses > 0 && s->clauses[s->n_clauses - 1].n == 0)
		return text_wrong(r, &at,
				  "never reached: what stands before it always "
				  "decides");
	if (text_expr_is_argument(&r->token))
		return parse_conditions(r, braces);
	result = text_action_parse(r, &action);
	if (result < 0)
		return result;
	clause = add_clause(r, &at);
	if (clause == NULL)
		return text_no_memory(r);
	clause->action = action;
	return 0;
}

static bool
is_permissive(uint32_t action)
{
	return action == SECCOMP_RET_ALLOW || action == SECCOMP_RET_LOG;
}

int
text_expr_parse(struct reader *r)
{
	struct statement *s = &r->statement;
	bool braces = text_lex_accept(r, '{');
	int result;

	do
		result = parse_single(r, braces);
	while (result == 0 && braces && text_lex_accept(r, ','));
	if (result == 0 && braces && !text_lex_accept(r, '}'))
		result = text_expected(r, "\",\" or \"}\"");
	for (size_t i = 0; i < s->n_clauses; i++)
		s->refuses |= !is_permissive(s->clauses[i].action);
	return result;
}
