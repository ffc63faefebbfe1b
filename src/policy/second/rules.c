/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules of one architecture to libseccomp, with nothing but masked
 * equalities that do not overlap.  What libseccomp answers by default is the
 * answer for numbers without a name; every name gets a rule.
 */
#include "policy/second/compile.h"
#include "policy/second/lower.h"

#include "base/err.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* libseccomp compares only the lower halves there. */
static bool
is_narrow(const struct calls_arch *calls)
{
	return !calls->is_64 || calls->bit != 0 ||
	       strstr(calls->name, "n32") != NULL;
}

static int
add_rule(struct second *second, uint32_t action, int number,
	 const struct scmp_arg_cmp *cmp, unsigned n)
{
	int r;

	if (second->rules++ == SECOND_RULES_MAX)
		return err_set(second->err, CAISSON_E_UNSUPPORTED,
			       CAISSON_STAGE_PROFILE, 0,
			       "more than %u rules for libseccomp",
			       SECOND_RULES_MAX);
	r = seccomp_rule_add_exact_array(second->ctx, action, number, n, cmp);
	if (r == -ENOMEM)
		return err_no_memory(second->err, CAISSON_STAGE_PROFILE);
	if (r < 0)
		return err_set(second->err, CAISSON_E_UNSUPPORTED,
			       CAISSON_STAGE_PROFILE, -r,
			       "libseccomp refuses a rule for number %d of %s",
			       number, second->arch->calls->name);
	return 0;
}

/* NULL: libseccomp can be given this cube. */
static const char *
unfit(const struct second *second, const struct cube *cube)
{
	bool narrow = is_narrow(second->arch->calls);

	for (int i = 0; i < 6; i++)
		if (narrow && cube->mask[i] > UINT32_MAX)
			return "libseccomp compares 32 bits here";
	return NULL;
}

static int
add_cube(struct second *second, uint32_t action, int number,
	 const struct cube *cube)
{
	struct scmp_arg_cmp cmp[6];
	unsigned n = 0;

	for (unsigned i = 0; i < 6; i++)
		if (cube->mask[i] != 0)
			cmp[n++] = (struct scmp_arg_cmp){
				.arg = i,
				.op = SCMP_CMP_MASKED_EQ,
				.datum_a = cube->mask[i],
				.datum_b = cube->value[i],
			};
	return add_rule(second, action, number, cmp, n);
}

static int
add_part(struct second *second, int number, const struct lowered_part *part)
{
	for (size_t i = 0; i < part->cubes.n; i++) {
		const char *why = unfit(second, &part->cubes.v[i]);
		int r;

		if (why != NULL)
			return second_unsupported(second, part->origin, why);
		r = add_cube(second, part->action, number, &part->cubes.v[i]);
		if (r < 0)
			return r;
	}
	return 0;
}

static int
add_lowered(struct second *second, const struct policy_rule *rule, int number)
{
	struct lowered lowered;
	int r = 0;

	if (lower(rule, second->arch, &lowered) != CUBES_OK) {
		if (lowered.state == CUBES_NO_MEMORY)
			r = err_no_memory(second->err, CAISSON_STAGE_PROFILE);
		else
			r = second_unsupported(second, lowered.origin,
					       "too much for libseccomp");
	}
	for (size_t i = 0; i < lowered.n && r == 0; i++)
		r = add_part(second, number, &lowered.parts[i]);
	lowered_done(&lowered);
	return r;
}

static struct policy_origin
origin_of(const struct policy_rule *rule)
{
	if (rule->n_clauses > 0)
		return rule->clauses[0].origin;
	return (struct policy_origin){ 0, 0 };
}

/* Does anything but the default answer come of it? */
static bool
is_needed(const struct second *second, const struct policy_rule *rule)
{
	if (second->arch->default_action != second->arch->unknown_action)
		return true;
	for (size_t i = 0; i < rule->n_clauses; i++)
		if (rule->clauses[i].action != second->arch->unknown_action)
			return true;
	return false;
}

static int
add_named(struct second *second, uint32_t nr)
{
	const struct policy_arch *arch = second->arch;
	int number, r;

	if (policy_find_rule(arch, nr) != NULL ||
	    arch->default_action == arch->unknown_action)
		return 0;
	r = second_number(second, nr, arch->default_origin, &number);
	if (r < 0)
		return r;
	return add_rule(second, arch->default_action, number, NULL, 0);
}

int
second_add_rules(struct second *second)
{
	const struct policy_arch *arch = second->arch;
	int r = 0, number = 0;

	for (size_t i = 0; i < arch->n_rules && r == 0; i++) {
		const struct policy_rule *rule = &arch->rules[i];

		if (!is_needed(second, rule))
			continue;
		r = second_number(second, rule->nr, origin_of(rule), &number);
		if (r == 0)
			r = add_lowered(second, rule, number);
	}
	for (size_t i = 0; i < arch->calls->n && r == 0; i++)
		r = add_named(second, arch->calls->by_number[i].nr);
	return r;
}
