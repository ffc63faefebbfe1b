/* SPDX-License-Identifier: Apache-2.0 */
/*
 * First match wins becomes no overlap at all: every clause gets what those
 * before it have left.  libseccomp has no order between rules, and given rules
 * that do not overlap it needs none.
 */
#include "policy/second/lower.h"

#include <stdlib.h>

/* Takes what other has away from rest. */
static void
subtract(struct cubes *rest, const struct cubes *other)
{
	for (size_t i = 0; i < other->n && rest->n > 0; i++) {
		struct cubes left = { NULL, 0, 0, rest->state };

		for (size_t j = 0; j < rest->n; j++)
			cubes_add_difference(&left, &rest->v[j], &other->v[i]);
		cubes_done(rest);
		*rest = left;
		if (rest->state != CUBES_OK)
			return;
	}
}

/* holds[i] are the arguments for which clause i holds: heap, n_clauses. */
static struct cubes *
clauses_hold(const struct policy_rule *rule, struct lowered *out)
{
	struct cubes *holds = calloc(rule->n_clauses + 1, sizeof(*holds));

	if (holds == NULL)
		return NULL;
	for (size_t i = 0; i < rule->n_clauses && out->state == CUBES_OK; i++) {
		out->origin = rule->clauses[i].origin;
		cubes_add_clause(&holds[i], &rule->clauses[i]);
		out->state = holds[i].state;
	}
	return holds;
}

/* Clause at, or after the last one what is left. */
static void
lower_part(const struct cubes *holds, size_t at, bool is_last,
	   struct lowered *out)
{
	static const struct cube everything;
	struct cubes *cubes = &out->parts[at].cubes;

	if (is_last)
		cubes_add(cubes, &everything);
	for (size_t i = 0; !is_last && i < holds[at].n; i++)
		cubes_add(cubes, &holds[at].v[i]);
	for (size_t i = 0; i < at && cubes->state == CUBES_OK; i++)
		subtract(cubes, &holds[i]);
	out->state = cubes->state;
	out->origin = out->parts[at].origin;
}

enum cubes_state
lower(const struct policy_rule *rule, const struct policy_arch *arch,
      struct lowered *out)
{
	size_t n = rule->n_clauses;
	struct cubes *holds;

	*out = (struct lowered){ NULL, 0, CUBES_OK, { 0, 0 } };
	out->parts = calloc(n + 1, sizeof(*out->parts));
	holds = clauses_hold(rule, out);
	if (out->parts == NULL || holds == NULL)
		out->state = CUBES_NO_MEMORY;
	else
		out->n = n + 1;
	for (size_t i = 0; i <= n && out->state == CUBES_OK; i++) {
		struct lowered_part *part = &out->parts[i];

		part->action = arch->default_action;
		part->origin = arch->default_origin;
		if (i < n) {
			part->action = rule->clauses[i].action;
			part->origin = rule->clauses[i].origin;
		}
		if (part->action != arch->unknown_action)
			lower_part(holds, i, i == n, out);
	}
	for (size_t i = 0; holds != NULL && i < n; i++)
		cubes_done(&holds[i]);
	free(holds);
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
