/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a statement says about a system call, given to the slot of its number.
 * A call's own name counts more than a group that it is in, wherever they
 * stand; of two groups, the later one counts.
 */
#include "policy/text/reader.h"

#include <stdlib.h>
#include <string.h>

/* Bounds the work: a statement may be short and name thousands of calls. */
static int
pay(struct reader *r, const struct text_call *call, size_t cost)
{
	if (cost > READER_COST_MAX - r->cost)
		return text_wrong(r, call->at,
				  "the policy is too large: more than %u "
				  "calls and conditions",
				  READER_COST_MAX);
	r->cost += (uint32_t)cost;
	return 0;
}

/* The place of nr, or where it would stand. */
static size_t
place_of(const struct slots *slots, uint32_t nr)
{
	size_t low = 0, high = slots->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (slots->v[middle].nr < nr)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static int
make_slot(struct reader *r, const struct text_call *call, size_t at)
{
	struct slots *slots = &r->slots[call->arch];
	struct slot *grown;

	if (slots->n == READER_RULES_MAX)
		return text_wrong(
		    r, call->at,
		    "the policy is too large: more than %d system "
		    "calls",
		    READER_RULES_MAX);
	grown = text_grow(slots->v, slots->n, &slots->room, sizeof(*grown));
	if (grown == NULL)
		return text_no_memory(r);
	slots->v = grown;
	memmove(grown + at + 1, grown + at, (slots->n - at) * sizeof(*grown));
	grown[at] = (struct slot){ .nr = call->nr };
	slots->n++;
	return 0;
}

int
text_rules_slot(struct reader *r, const struct text_call *call,
		struct slot **out)
{
	struct slots *slots = &r->slots[call->arch];
	size_t at = place_of(slots, call->nr);
	int result = pay(r, call, 1);

	if (result == 0 && (at == slots->n || slots->v[at].nr != call->nr))
		result = make_slot(r, call, at);
	if (result == 0)
		*out = &slots->v[at];
	return result;
}

static int
fit_atoms(struct reader *r, const struct text_call *call,
	  const struct text_clause *from, struct policy_atom **out)
{
	struct text_atom *atoms = r->statement.atoms + from->first;
	struct policy_atom *fitted =
	    reallocarray(NULL, from->n, sizeof(*fitted));
	int result = 0;

	if (fitted == NULL)
		return text_no_memory(r);
	for (size_t i = 0; result == 0 && i < from->n; i++)
		result = text_fit_atom(r, call, &atoms[i], &fitted[i]);
	if (result < 0)
		free(fitted);
	else
		*out = fitted;
	return result;
}

static int
fit_clause(struct reader *r, const struct text_call *call,
	   const struct text_clause *from, struct policy_clause *to)
{
	int result = pay(r, call, 1 + from->n);

	*to = (struct policy_clause){
		.action = from->action,
		.origin = { from->at.source->file, from->at.line },
	};
	if (result == 0 && from->n > 0)
		result = fit_atoms(r, call, from, &to->atoms);
	if (result == 0)
		to->n_atoms = from->n;
	return result;
}

/* What the statement says, for this call. */
static int
fit_statement(struct reader *r, const struct text_call *call, struct slot *out)
{
	const struct statement *s = &r->statement;
	int result = 0;

	out->clauses = calloc(s->n_clauses, sizeof(*out->clauses));
	if (out->clauses == NULL)
		return text_no_memory(r);
	out->room = s->n_clauses;
	for (size_t i = 0; result == 0 && i < s->n_clauses; i++) {
		struct policy_clause clause = { 0 };

		result = fit_clause(r, call, &s->clauses[i], &clause);
		out->clauses[out->n++] = clause;
	}
	return result;
}

/* fresh follows what the slot has. */
static int
extend(struct reader *r, const struct text_call *call, struct slot *slot,
       struct slot *fresh)
{
	size_t before = slot->n;
	int result = text_merge_clauses(r, call, slot, fresh);

	if (result == 0 && slot->n > before && slot->owner != r->n_records) {
		slot->owner = (uint32_t)r->n_records;
		r->records[r->n_records - 1].applied++;
	}
	return result;
}

static int
apply_group(struct reader *r, const struct text_call *call, struct slot *slot,
	    struct slot *fresh)
{
	struct statement *s = &r->statement;

	if (slot->owner == r->n_records)
		return 0;
	if (slot->owner != 0) {
		if (text_merge_is_same(slot, fresh))
			return 0;
		slot->overrides = true;
		if (!slot->group)
			return 0;
		if (s->conflicts++ == 0) {
			s->conflict = call->name;
			s->conflict_with = slot->owner;
		}
	}
	slot->group = true;
	text_merge_clear(slot);
	return extend(r, call, slot, fresh);
}

static int
apply_name(struct reader *r, const struct text_call *call, struct slot *slot,
	   struct slot *fresh)
{
	if (slot->group) {
		slot->group = false;
		slot->overrides = true;
		text_merge_clear(slot);
	}
	return extend(r, call, slot, fresh);
}

int
text_rules_apply(struct reader *r, const struct text_call *call)
{
	struct slot *slot = NULL, fresh = { .nr = call->nr };
	int result = text_rules_slot(r, call, &slot);

	if (result == 0)
		result = fit_statement(r, call, &fresh);
	if (result == 0)
		result = (call->group ? apply_group : apply_name)(r, call, slot,
								  &fresh);
	text_merge_clear(&fresh);
	return result;
}

void
text_rules_done(struct reader *r)
{
	for (size_t a = 0; a < POLICY_ARCHS_MAX; a++) {
		for (size_t i = 0; i < r->slots[a].n; i++)
			text_merge_clear(&r->slots[a].v[i]);
		free(r->slots[a].v);
	}
}
