/* SPDX-License-Identifier: Apache-2.0 */
/*
 * First match wins becomes no overlap at all: every clause gets what those
 * before it have left.  libseccomp has no order between rules, and given rules
 * that do not overlap it needs none.
 */
#include "policy/second/lower.h"

#include <stdlib.h>

/* Moves what rest and cube have in common to part. */
static void
take(struct cubes *rest, const struct cube *cube, struct cubes *part)
{
	struct cubes left = { NULL, 0, 0, rest->state };
	struct cube common;

	for (size_t i = 0; i < rest->n; i++) {
		if (cube_intersect(&rest->v[i], cube, &common))
			cubes_add(part, &common);
		cubes_add_difference(&left, &rest->v[i], cube);
	}
	cubes_done(rest);
	*rest = left;
}

static enum cubes_state
lower_clause(struct cubes *rest, const struct policy_clause *clause,
	     struct cubes *part)
{
	struct cubes holds = { NULL, 0, 0, CUBES_OK };
	enum cubes_state state;

	cubes_add_clause(&holds, clause);
	state = holds.state;
	for (size_t i = 0; i < holds.n && state == CUBES_OK; i++) {
		take(rest, &holds.v[i], part);
		state = rest->state != CUBES_OK ? rest->state : part->state;
	}
	cubes_done(&holds);
	return state;
}

enum cubes_state
lower(const struct policy_rule *rule, const struct policy_arch *arch,
      struct lowered *out)
{
	static const struct cube everything;
	struct lowered_part *last;
	struct cubes *rest;

	*out = (struct lowered){ NULL, 0, CUBES_NO_MEMORY, { 0, 0 } };
	out->parts = calloc(rule->n_clauses + 1, sizeof(*out->parts));
	if (out->parts == NULL)
		return out->state;
	out->n = rule->n_clauses + 1;
	last = &out->parts[rule->n_clauses];
	last->action = arch->default_action;
	last->origin = arch->default_origin;
	rest = &last->cubes;
	cubes_add(rest, &everything);
	out->state = rest->state;
	for (size_t i = 0; i < rule->n_clauses && out->state == CUBES_OK; i++) {
		out->parts[i].action = rule->clauses[i].action;
		out->parts[i].origin = rule->clauses[i].origin;
		out->origin = rule->clauses[i].origin;
		out->state =
		    lower_clause(rest, &rule->clauses[i], &out->parts[i].cubes);
	}
	return out->state;
}

void
lowered_done(struct lowered *lowered)
{
	for (size_t i = 0; i < lowered->n; i++)
		cubes_done(&lowered->parts[i].cubes);
	free(lowered->parts);
	lowered->parts = NULL;
	lowered->n = 0;
}
