/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cubes: see the header.  Arithmetic on lists, nothing of filters.
 */
#include "policy/second/cubes.h"

#include <stdlib.h>

void
cubes_done(struct cubes *cubes)
{
	free(cubes->v);
	*cubes = (struct cubes){ NULL, 0, 0, CUBES_OK };
}

void
cubes_add(struct cubes *cubes, const struct cube *cube)
{
	size_t room = cubes->room == 0 ? 16 : cubes->room * 2;
	struct cube *v;

	if (cubes->state != CUBES_OK)
		return;
	if (cubes->n == CUBES_MAX) {
		cubes->state = CUBES_TOO_MANY;
		return;
	}
	if (cubes->n == cubes->room) {
		v = reallocarray(cubes->v, room, sizeof(*v));
		if (v == NULL) {
			cubes->state = CUBES_NO_MEMORY;
			return;
		}
		cubes->v = v;
		cubes->room = room;
	}
	cubes->v[cubes->n++] = *cube;
}

bool
cube_intersect(const struct cube *a, const struct cube *b, struct cube *out)
{
	for (int i = 0; i < 6; i++) {
		if (((a->value[i] ^ b->value[i]) & a->mask[i] & b->mask[i]) !=
		    0)
			return false;
		out->mask[i] = a->mask[i] | b->mask[i];
		out->value[i] = a->value[i] | b->value[i];
	}
	return true;
}

/*
 * Bit after bit that b fixes and a does not: the part where this bit is the
 * other way, and those before it are as in b.
 */
void
cubes_add_difference(struct cubes *cubes, const struct cube *a,
		     const struct cube *b)
{
	struct cube part = *a, common;

	if (!cube_intersect(a, b, &common)) {
		cubes_add(cubes, a);
		return;
	}
	for (int i = 0; i < 6; i++) {
		uint64_t left = b->mask[i] & ~a->mask[i];

		while (left != 0) {
			uint64_t bit = UINT64_C(1)
				       << (63 - __builtin_clzll(left));

			left &= ~bit;
			part.mask[i] |= bit;
			part.value[i] |= ~b->value[i] & bit;
			cubes_add(cubes, &part);
			part.value[i] ^= bit;
		}
	}
}

/* low to high, both included: aligned blocks, the largest that fit. */
static void
add_range(struct cubes *cubes, const struct policy_atom *atom, uint64_t low,
	  uint64_t high)
{
	uint64_t all = UINT64_MAX >> (64 - atom->width);
	struct cube cube = { { 0 }, { 0 } };

	for (;;) {
		uint64_t inner = 0; /* bits that are free in this block */

		while (inner != all && (low & (inner * 2 + 1)) == 0 &&
		       high - low >= inner * 2 + 1)
			inner = inner * 2 + 1;
		cube.mask[atom->arg] = all & ~inner;
		cube.value[atom->arg] = low;
		cubes_add(cubes, &cube);
		if (high - low == inner)
			return;
		low += inner + 1;
	}
}

static void
add_order(struct cubes *cubes, const struct policy_atom *atom)
{
	uint64_t all = UINT64_MAX >> (64 - atom->width), v = atom->value;

	if (atom->op == POLICY_LT && v > 0)
		add_range(cubes, atom, 0, v - 1 < all ? v - 1 : all);
	else if (atom->op == POLICY_LE)
		add_range(cubes, atom, 0, v < all ? v : all);
	else if (atom->op == POLICY_GT && v < all)
		add_range(cubes, atom, v + 1, all);
	else if (atom->op == POLICY_GE && v <= all)
		add_range(cubes, atom, v, all);
}

static void
add_masked(struct cubes *cubes, const struct policy_atom *atom, uint64_t mask,
	   uint64_t value)
{
	uint64_t all = UINT64_MAX >> (64 - atom->width);
	struct cube cube = { { 0 }, { 0 } };

	cube.mask[atom->arg] = mask & all;
	cube.value[atom->arg] = value;
	if ((value & ~cube.mask[atom->arg]) == 0)
		cubes_add(cubes, &cube);
}

static void
add_not_masked(struct cubes *cubes, const struct policy_atom *atom,
	       uint64_t mask, uint64_t value)
{
	static const struct cube everything;
	struct cubes one = { NULL, 0, 0, CUBES_OK };

	add_masked(&one, atom, mask, value);
	if (one.n == 1)
		cubes_add_difference(cubes, &everything, &one.v[0]);
	else if (one.state == CUBES_OK)
		cubes_add(cubes, &everything);
	else
		cubes->state = one.state;
	cubes_done(&one);
}

void
cubes_add_atom(struct cubes *cubes, const struct policy_atom *atom)
{
	switch ((enum policy_op)atom->op) {
	case POLICY_EQ:
		add_masked(cubes, atom, UINT64_MAX, atom->value);
		return;
	case POLICY_NE:
		add_not_masked(cubes, atom, UINT64_MAX, atom->value);
		return;
	case POLICY_ANY:
		add_not_masked(cubes, atom, atom->value, 0);
		return;
	case POLICY_IN:
		add_masked(cubes, atom, ~atom->value, 0);
		return;
	case POLICY_MASKED:
		add_masked(cubes, atom, atom->mask, atom->value);
		return;
	case POLICY_LT:
	case POLICY_LE:
	case POLICY_GT:
	case POLICY_GE:
		add_order(cubes, atom);
		return;
	}
}

/* Those of cubes for which the atom holds as well. */
static void
narrow(struct cubes *cubes, const struct policy_atom *atom)
{
	struct cubes holds = { NULL, 0, 0, CUBES_OK };
	struct cubes both = { NULL, 0, 0, CUBES_OK };
	struct cube common;

	cubes_add_atom(&holds, atom);
	both.state = holds.state;
	for (size_t i = 0; i < cubes->n; i++)
		for (size_t j = 0; j < holds.n; j++)
			if (cube_intersect(&cubes->v[i], &holds.v[j], &common))
				cubes_add(&both, &common);
	if (cubes->state != CUBES_OK)
		both.state = cubes->state;
	cubes_done(&holds);
	cubes_done(cubes);
	*cubes = both;
}

void
cubes_add_clause(struct cubes *cubes, const struct policy_clause *clause)
{
	static const struct cube everything;
	struct cubes all = { NULL, 0, 0, CUBES_OK };

	cubes_add(&all, &everything);
	for (size_t i = 0; i < clause->n_atoms; i++)
		narrow(&all, &clause->atoms[i]);
	for (size_t i = 0; i < all.n; i++)
		cubes_add(cubes, &all.v[i]);
	if (all.state != CUBES_OK)
		cubes->state = all.state;
	cubes_done(&all);
}
