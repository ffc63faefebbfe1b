/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two statements about one system call: the clauses of the later follow those
 * of the earlier.  What can never be reached is refused, or dropped with a
 * remark where it says nothing new.
 */
#include "policy/text/reader.h"

#include <stdlib.h>
#include <string.h>

/* Earlier clauses, and comparisons in them, that are looked at. */
#define SEARCHED_CLAUSES 64
#define SEARCHED_ATOMS   8

void
text_merge_clear(struct slot *slot)
{
	for (size_t i = 0; i < slot->n; i++)
		free(slot->clauses[i].atoms);
	free(slot->clauses);
	slot->clauses = NULL;
	slot->n = slot->room = 0;
}

static bool
is_same_atom(const struct policy_atom *a, const struct policy_atom *b)
{
	return a->arg == b->arg && a->op == b->op && a->width == b->width &&
	       a->value == b->value && a->mask == b->mask;
}

/* Whenever b holds, a does.  Said only where b leaves one value. */
static bool
follows(const struct policy_atom *a, const struct policy_atom *b)
{
	uint64_t args[6] = { 0 };

	if (is_same_atom(a, b))
		return true;
	if (b->op != POLICY_EQ || a->arg != b->arg || a->width > b->width)
		return false;
	args[b->arg] = b->value;
	return policy_atom_holds(a, args);
}

static bool
follows_from_one(const struct policy_atom *atom,
		 const struct policy_clause *clause)
{
	for (size_t i = 0; i < clause->n_atoms; i++)
		if (follows(atom, &clause->atoms[i]))
			return true;
	return false;
}

/* Whenever b holds, a does: each comparison of a follows from one of b's. */
static bool
covers(const struct policy_clause *a, const struct policy_clause *b)
{
	for (size_t i = 0; i < a->n_atoms; i++)
		if (!follows_from_one(&a->atoms[i], b))
			return false;
	return true;
}

/*
 * Does one comparison leave a value that another one excludes?  Those of one
 * argument have one width here: it is the call's.
 */
static bool
contradicts_itself(const struct policy_clause *clause)
{
	for (size_t i = 0; i < clause->n_atoms; i++) {
		const struct policy_atom *only = &clause->atoms[i];

		for (size_t k = 0; k < clause->n_atoms; k++) {
			const struct policy_atom *other = &clause->atoms[k];

			if (only->op == POLICY_EQ && only->arg == other->arg &&
			    !follows(other, only))
				return true;
		}
	}
	return false;
}

static bool
is_same_clause(const struct policy_clause *a, const struct policy_clause *b)
{
	return a->action == b->action && a->n_atoms == b->n_atoms &&
	       covers(a, b) && covers(b, a);
}

bool
text_merge_is_same(const struct slot *a, const struct slot *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (!is_same_clause(&a->clauses[i], &b->clauses[i]))
			return false;
	return true;
}

/* An earlier clause that covers this one; NULL: none that was looked at. */
static const struct policy_clause *
find_cover(const struct slot *slot, const struct policy_clause *clause)
{
	size_t n = slot->n < SEARCHED_CLAUSES ? slot->n : SEARCHED_CLAUSES;

	if (clause->n_atoms > SEARCHED_ATOMS)
		return NULL;
	for (size_t i = 0; i < n; i++)
		if (slot->clauses[i].n_atoms <= SEARCHED_ATOMS &&
		    covers(&slot->clauses[i], clause))
			return &slot->clauses[i];
	return NULL;
}

static const char *
file_of(const struct reader *r, const struct policy_clause *clause)
{
	return r->policy->files[clause->origin.file];
}

/* What is refused stands after an action without conditions. */
static int
refuse(struct reader *r, const struct text_call *call, const struct slot *slot,
       struct text_clause *from)
{
	const struct policy_clause *earlier = &slot->clauses[slot->n - 1];
	const char *name = call->name != NULL ? call->name : "this number";

	text_warn(r, &r->records[slot->owner - 1].at,
		  "the earlier rule for %s is this one", name);
	if (from->n == 0)
		return text_wrong(
		    r, call->at,
		    "%s has its answer for all arguments already, "
		    "in %s:%u",
		    name, file_of(r, earlier), earlier->origin.line);
	return text_wrong(r, &from->at,
			  "never reached: %s has its answer for all arguments "
			  "already, in %s:%u; conditions go before it",
			  name, file_of(r, earlier), earlier->origin.line);
}

/* The clause says nothing new: it is dropped, with one remark. */
static void
remark(struct reader *r, const struct text_call *call,
       const struct policy_clause *earlier, struct text_clause *from, bool same)
{
	const struct text_place *at = from->n == 0 ? call->at : &from->at;
	const char *name = call->name != NULL ? call->name : "this number";

	if (from->noted)
		return;
	from->noted = true;
	if (same)
		text_warn(r, at, "duplicate: %s:%u says the same of %s",
			  file_of(r, earlier), earlier->origin.line, name);
	else
		text_warn(r, at,
			  "never reached: %s:%u decides about %s whenever this "
			  "holds",
			  file_of(r, earlier), earlier->origin.line, name);
}

static void
remark_contradiction(struct reader *r, struct text_clause *from)
{
	if (from->noted)
		return;
	from->noted = true;
	text_warn(r, &from->at,
		  "this never holds: its comparisons contradict each other");
}

static int
append(struct reader *r, const struct text_call *call, struct slot *slot,
       struct policy_clause *clause)
{
	struct policy_clause *grown;

	if (slot->n == POLICY_CLAUSES_MAX)
		return text_wrong(r, call->at,
				  "more than %d alternatives for one system "
				  "call",
				  POLICY_CLAUSES_MAX);
	grown = text_grow(slot->clauses, slot->n, &slot->room, sizeof(*grown));
	if (grown == NULL)
		return text_no_memory(r);
	slot->clauses = grown;
	slot->clauses[slot->n++] = *clause;
	clause->atoms = NULL;
	clause->n_atoms = 0;
	return 0;
}

int
text_merge_clauses(struct reader *r, const struct text_call *call,
		   struct slot *slot, struct slot *fresh)
{
	int result = 0;

	for (size_t i = 0; result == 0 && i < fresh->n; i++) {
		struct text_clause *from = &r->statement.clauses[i];
		struct policy_clause *clause = &fresh->clauses[i];
		const struct policy_clause *cover = find_cover(slot, clause);
		bool full =
		    slot->n > 0 && slot->clauses[slot->n - 1].n_atoms == 0;

		if (full &&
		    (from->n > 0 ||
		     clause->action != slot->clauses[slot->n - 1].action))
			return refuse(r, call, slot, from);
		if (full)
			cover = &slot->clauses[slot->n - 1];
		if (cover != NULL) {
			remark(r, call, cover, from,
			       is_same_clause(cover, clause));
			continue;
		}
		if (contradicts_itself(clause))
			remark_contradiction(r, from);
		result = append(r, call, slot, clause);
	}
	return result;
}
