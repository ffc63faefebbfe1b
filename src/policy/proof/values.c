/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Boundaries of atoms.  Of a constant: itself, its neighbours, and what a
 * comparison of the two halves may confuse with it.  Of bits: each of them
 * turned, those of the mask and all others.
 */
#include "policy/proof/values.h"

#define HALF (UINT64_C(1) << 32)
#define LOW  (HALF - 1)
#define HIGH (~LOW)
#define TOP  (UINT64_C(1) << 63)

static size_t
of_constant(uint64_t v, uint64_t *out)
{
	const uint64_t values[] = {
		v,
		v - 1,
		v + 1,
		/* the other half is another one */
		v + HALF,
		v - HALF,
		v ^ HALF,
		v ^ TOP,
		(v - 1) ^ HALF,
		(v + 1) ^ HALF,
		v | HIGH,
		v & LOW,
		(v - 1) | HIGH,
		(v + 1) | HIGH,
		/* the halves at their ends */
		v & HIGH,
		v | LOW,
		(v & HIGH) + HALF,
		(v & HIGH) - 1,
		v << 32 | v >> 32,
		0,
		UINT64_MAX,
	};
	const size_t n = sizeof(values) / sizeof(values[0]);

	for (size_t i = 0; i < n; i++)
		out[i] = values[i];
	return n;
}

static size_t
of_bits(uint64_t mask, uint64_t value, uint64_t *out)
{
	size_t n = 0;

	out[n++] = value;
	out[n++] = mask;
	out[n++] = ~mask;
	out[n++] = value | ~mask;
	out[n++] = 0;
	out[n++] = UINT64_MAX;
	for (unsigned bit = 0; bit < 64; bit++)
		out[n++] = value ^ (UINT64_C(1) << bit);
	for (unsigned bit = 0; bit < 64; bit++)
		if ((mask >> bit & 1) != 0)
			out[n++] = (value | ~mask) ^ (UINT64_C(1) << bit);
	return n;
}

size_t
values_of(const struct policy_atom *atom, uint64_t out[VALUES_MAX])
{
	switch ((enum policy_op)atom->op) {
	case POLICY_ANY:
	case POLICY_IN:
		return of_bits(atom->value, 0, out);
	case POLICY_MASKED:
		return of_bits(atom->mask, atom->value, out);
	case POLICY_EQ:
	case POLICY_NE:
	case POLICY_LT:
	case POLICY_LE:
	case POLICY_GT:
	case POLICY_GE:
		break;
	}
	return of_constant(atom->value, out);
}

static bool
holds(const struct policy_clause *clause, uint8_t arg, uint64_t value)
{
	uint64_t args[6] = { 0 };

	args[arg] = value;
	for (size_t i = 0; i < clause->n_atoms; i++)
		if (clause->atoms[i].arg == arg &&
		    !policy_atom_holds(&clause->atoms[i], args))
			return false;
	return true;
}

/* The bits that the atoms on an argument demand: which, and how. */
struct demand {
	uint64_t bits, value;
};

static struct demand
demand_of(const struct policy_clause *clause, uint8_t arg)
{
	struct demand demand = { 0 };

	for (size_t i = 0; i < clause->n_atoms; i++) {
		const struct policy_atom *atom = &clause->atoms[i];

		if (atom->arg != arg)
			continue;
		if (atom->op == POLICY_MASKED) {
			demand.bits |= atom->mask;
			demand.value |= atom->value;
		} else if (atom->op == POLICY_IN) {
			demand.bits |= ~atom->value &
				       (atom->width == 32 ? LOW : UINT64_MAX);
		}
	}
	return demand;
}

/* From a value, the bits that are demanded, and one other bit more or less. */
static bool
fulfil_near(const struct policy_clause *clause, uint8_t arg, uint64_t value,
	    uint64_t *out)
{
	struct demand demand = demand_of(clause, arg);

	value = (value & ~demand.bits) | demand.value;
	*out = value;
	if (holds(clause, arg, value))
		return true;
	for (unsigned bit = 0; bit < 64; bit++) {
		uint64_t step = UINT64_C(1) << bit;

		if ((demand.bits & step) != 0)
			continue;
		*out = ((value + step) & ~demand.bits) | demand.value;
		if (holds(clause, arg, *out))
			return true;
		*out = value ^ step;
		if (holds(clause, arg, *out))
			return true;
	}
	return false;
}

bool
values_fulfil(const struct policy_clause *clause, uint8_t arg, uint64_t *out)
{
	uint64_t values[VALUES_MAX];

	for (size_t i = 0; i < clause->n_atoms; i++) {
		size_t n;

		if (clause->atoms[i].arg != arg)
			continue;
		n = values_of(&clause->atoms[i], values);
		for (size_t v = 0; v < n; v++) {
			*out = values[v];
			if (holds(clause, arg, values[v]))
				return true;
		}
	}
	for (size_t i = 0; i < clause->n_atoms; i++)
		if (clause->atoms[i].arg == arg &&
		    fulfil_near(clause, arg, clause->atoms[i].value, out))
			return true;
	return false;
}
