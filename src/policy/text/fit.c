/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A comparison as the kernel would make it.  Where it looks at 32 bits, so do
 * we, and a constant must fit: what it ignores cannot be asked for.
 */
#include "policy/text/reader.h"

#define HIGH_32 0xffffffff00000000u
#define HIGH_33 0xffffffff80000000u

static unsigned
width_of(const struct reader *r, const struct text_call *call, unsigned arg)
{
	const struct calls_arch *arch = r->policy->archs[call->arch].calls;

	if (!arch->is_64)
		return 32;
	if (call->width != 0)
		return call->width;
	if (r->wide || call->name == NULL)
		return 64;
	return calls_width(arch, call->name, arg);
}

/* Negative numbers and complements have ones where nobody looks. */
static bool
fit_value(uint64_t *value, bool bits)
{
	uint64_t high = bits ? HIGH_32 : HIGH_33;

	if ((*value & high) == high)
		*value &= UINT32_MAX;
	return *value <= UINT32_MAX;
}

static int
too_wide(struct reader *r, const struct text_call *call,
	 const struct text_atom *atom, uint64_t value)
{
	const char *arch = r->policy->archs[call->arch].calls->name;

	return text_wrong(r, &atom->at,
			  "0x%llx does not fit: of arg%u of %s on %s the "
			  "kernel looks at 32 bits",
			  (unsigned long long)value, atom->arg,
			  call->name != NULL ? call->name : "this call", arch);
}

/* 1: always holds; -1: never; 0: it depends. */
static int
constant_truth(const struct policy_atom *atom)
{
	uint64_t all = atom->width == 32 ? UINT32_MAX : UINT64_MAX;

	switch ((enum policy_op)atom->op) {
	case POLICY_LT:
		return atom->value == 0 ? -1 : 0;
	case POLICY_LE:
		return atom->value == all ? 1 : 0;
	case POLICY_GT:
		return atom->value == all ? -1 : 0;
	case POLICY_GE:
		return atom->value == 0 ? 1 : 0;
	case POLICY_ANY:
		return atom->value == 0 ? -1 : 0;
	case POLICY_IN:
		return atom->value == all ? 1 : 0;
	case POLICY_MASKED:
		if ((atom->value & ~atom->mask) != 0)
			return -1;
		return atom->mask == 0 ? 1 : 0;
	case POLICY_EQ:
	case POLICY_NE:
		break;
	}
	return 0;
}

static void
warn_constant(struct reader *r, struct text_atom *atom,
	      const struct policy_atom *fitted)
{
	int truth = constant_truth(fitted);
	const char *why = "";

	if (truth == 0 || atom->noted)
		return;
	atom->noted = true;
	if (fitted->op == POLICY_ANY)
		why = ": there is no bit in 0; for the value 0 of some bits "
		      "write argN & BITS == 0";
	else if (fitted->op == POLICY_MASKED && truth < 0)
		why = ": the value has bits that the mask has not";
	else if (fitted->op != POLICY_IN && fitted->op != POLICY_MASKED)
		why = ": comparisons are unsigned";
	text_warn(r, &atom->at, "this %s holds%s",
		  truth > 0 ? "always" : "never", why);
}

int
text_fit_atom(struct reader *r, const struct text_call *call,
	      struct text_atom *atom, struct policy_atom *out)
{
	const struct text_value *value = &atom->value, *mask = &atom->mask;
	unsigned bit = 1u << call->arch;
	bool bits = atom->op == POLICY_ANY || atom->op == POLICY_IN ||
		    atom->op == POLICY_MASKED;

	if (((value->differs | mask->differs) & bit) != 0) {
		if ((value->differs & bit) == 0)
			value = mask;
		return text_wrong(r, &atom->at,
				  "%.*s has another value on %s than where "
				  "caisson was built: write the number, in a "
				  "rule with [arch=%s]",
				  (int)value->len, value->constant,
				  r->policy->archs[call->arch].calls->name,
				  r->policy->archs[call->arch].calls->name);
	}
	*out = (struct policy_atom){
		.arg = atom->arg,
		.op = atom->op,
		.width = (uint8_t)width_of(r, call, atom->arg),
		.value = value->v[call->arch],
		.mask = mask->v[call->arch],
	};
	if (out->width == 32 && !fit_value(&out->value, bits))
		return too_wide(r, call, atom, out->value);
	if (out->width == 32 && !fit_value(&out->mask, true))
		return too_wide(r, call, atom, out->mask);
	warn_constant(r, atom, out);
	return 0;
}
