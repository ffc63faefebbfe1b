/* SPDX-License-Identifier: Apache-2.0 */
/* Policies by hand, filters run and compared.  Part of the tests only. */
#include "making.h"

#include "policy/bpf.h"
#include "policy/filter/compile.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

uint64_t
making_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

struct policy *
making_policy(const char *const *archs)
{
	struct policy *policy = policy_new();

	assert_non_null(policy);
	for (size_t i = 0; archs[i] != NULL; i++) {
		const struct calls_arch *calls = calls_arch_by_name(archs[i]);
		struct policy_arch *arch;

		assert_non_null(calls);
		arch = policy_add_arch(policy, calls);
		assert_non_null(arch);
		arch->default_action = REFUSE;
		arch->unknown_action = MISSING;
	}
	return policy;
}

struct policy *
making_x86_64(void)
{
	static const char *const archs[] = { "x86_64", NULL };

	return making_policy(archs);
}

void
making_clause(struct policy *policy, size_t at, uint32_t nr,
	      const struct policy_clause *clause)
{
	struct policy_rule *rule = policy_add_rule(&policy->archs[at], nr);

	assert_non_null(rule);
	assert_int_equal(policy_add_clause(rule, clause), 0);
}

struct filter
making_filter(const struct policy *policy)
{
	struct filter filter = { NULL, 0 };
	struct caisson_error err = { 0 };

	if (filter_compile(policy, &filter, &err) < 0)
		fail_msg("%s", err.msg);
	assert_true(bpf_is_valid(filter.insns, filter.len));
	return filter;
}

uint32_t
making_run(const struct filter *filter, const struct calls_arch *arch,
	   const struct seccomp_data *data, unsigned *steps)
{
	const bool is_big = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__;
	struct seccomp_data seen = *data;

	for (int i = 0; arch->big_endian != is_big && i < 6; i++)
		seen.args[i] = data->args[i] << 32 | data->args[i] >> 32;
	return bpf_run(filter->insns, &seen, steps);
}

struct comparison {
	const struct policy *policy;
	const struct filter *filter;
	const struct calls_arch *arch;
	unsigned calls, wrong;
	bool is_shown;
	uint64_t state;
};

static void
compare(struct comparison *c, const struct seccomp_data *data)
{
	uint32_t want = policy_decide(c->policy, data, NULL);
	uint32_t got = making_run(c->filter, c->arch, data, NULL);

	c->calls++;
	if (got == want)
		return;
	if (c->wrong++ < 5 && c->is_shown)
		print_error("%s %u(%llx, %llx, %llx...): %x, not %x\n",
			    c->arch->name, (uint32_t)data->nr,
			    (unsigned long long)data->args[0],
			    (unsigned long long)data->args[1],
			    (unsigned long long)data->args[2], got, want);
}

static void
compare_number(struct comparison *c, uint32_t token, uint32_t nr)
{
	struct seccomp_data data = { .nr = (int)nr, .arch = token };

	compare(c, &data);
	for (int i = 0; i < 6; i++)
		data.args[i] = making_random(&c->state);
	compare(c, &data);
}

static void
compare_numbers(struct comparison *c, uint32_t token)
{
	static const uint32_t ends[] = { 0,          0x40000000, 0x80000000,
					 0xc0000000, 0xfffffffe, 0xffffffff };

	for (uint32_t nr = 0; nr <= 1100; nr++)
		for (size_t i = 0; i < 4; i++)
			compare_number(c, token, ends[i] + nr);
	for (size_t i = 0; i < COUNT(ends); i++)
		for (uint32_t off = 0; off < 8; off++)
			compare_number(c, token, ends[i] - 4 + off);
}

/* A value that an atom tells from its neighbours, or any other. */
static uint64_t
telling_value(struct comparison *c, const struct policy_atom *atom)
{
	uint64_t r = making_random(&c->state), value = atom->value;
	unsigned bit = r >> 8 & 63;

	switch (r & 15) {
	case 0:
		return value + 1;
	case 1:
		return value - 1;
	case 2:
		return value ^ UINT64_C(1) << bit;
	case 3:
		return value ^ UINT64_C(1) << 32;
	case 4:
		return ~value;
	case 5:
		return value & UINT32_MAX;
	case 6:
		return value & UINT64_C(1) << bit;
	case 7:
		return (value & atom->mask) |
		       (making_random(&c->state) & ~atom->mask);
	case 8:
		return making_random(&c->state);
	case 9:
		return making_random(&c->state) >> bit;
	default:
		return value;
	}
}

static void
compare_rule(struct comparison *c, const struct policy_rule *rule)
{
	for (int round = 0; round < 400; round++) {
		struct seccomp_data data = { .nr = (int)rule->nr,
					     .arch = c->arch->token };

		for (size_t i = 0; i < rule->n_clauses; i++) {
			const struct policy_clause *clause = &rule->clauses[i];

			for (size_t k = 0; k < clause->n_atoms; k++) {
				const struct policy_atom *atom =
				    &clause->atoms[k];

				if ((making_random(&c->state) & 3) == 0 ||
				    i == (size_t)round % rule->n_clauses)
					data.args[atom->arg] =
					    telling_value(c, atom);
			}
		}
		compare(c, &data);
	}
	for (uint32_t off = 0; off < 5; off++)
		compare_number(c, c->arch->token, rule->nr - 2 + off);
}

unsigned
making_disagreements(const struct policy *policy, const struct filter *filter,
		     unsigned *calls)
{
	struct comparison c = { .policy = policy,
				.filter = filter,
				.is_shown = calls != NULL,
				.state = 88172645463325252u };

	c.arch = calls_arch_host();
	for (size_t i = 0; i < policy->n_archs; i++) {
		const struct policy_arch *arch = &policy->archs[i];

		c.arch = arch->calls;
		compare_numbers(&c, c.arch->token);
		compare_numbers(&c, c.arch->token ^ 1);
		for (size_t k = 0; k < arch->n_rules; k++)
			compare_rule(&c, &arch->rules[k]);
	}
	for (uint32_t i = 0; i < 32; i++)
		compare_number(&c, 1u << i, i);
	if (calls != NULL)
		*calls = c.calls;
	return c.wrong;
}
