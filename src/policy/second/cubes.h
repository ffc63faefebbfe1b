/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sets of arguments as lists of cubes: "these bits of these arguments have
 * these values", as networks are written with prefixes, but with the bits
 * anywhere.  What two cubes have in common is a cube, and one without another
 * is a list of cubes that do not overlap.
 */
#ifndef POLICY_SECOND_CUBES_H
#define POLICY_SECOND_CUBES_H

#include "policy/policy.h"

#define CUBES_MAX 512 /* in a list; more is refused */

struct cube {
	uint64_t mask[6], value[6]; /* value has no bits outside of mask */
};

enum cubes_state {
	CUBES_OK = 0,
	CUBES_NO_MEMORY,
	CUBES_TOO_MANY
};

/* A list; after an error it stays as it is, and says so. */
struct cubes {
	struct cube *v; /* heap */
	size_t n, room;
	enum cubes_state state;
};

void cubes_done(struct cubes *cubes);
void cubes_add(struct cubes *cubes, const struct cube *cube);

/* false: they have nothing in common. */
bool
cube_intersect(const struct cube *a, const struct cube *b, struct cube *out);
/* Adds what a has and b has not. */
void cubes_add_difference(struct cubes *cubes, const struct cube *a,
			  const struct cube *b);
/* Adds the arguments for which atom holds. */
void cubes_add_atom(struct cubes *cubes, const struct policy_atom *atom);
/* Adds those for which all atoms of the clause hold. */
void cubes_add_clause(struct cubes *cubes, const struct policy_clause *clause);

#endif
