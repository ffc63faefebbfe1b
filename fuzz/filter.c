/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzz target: a policy, as a model rather than as text, to a filter.  The
 * promises that are kept for every policy: a filter is refused with a reason,
 * or it is valid, no longer than a kernel takes, the same the next time,
 * passes the check at the boundaries, and answers what the policy answers to
 * calls made of the input.
 */
#include "target.h"

#include "policy/bpf.h"
#include "policy/calls.h"
#include "policy/filter.h"
#include "policy/policy.h"
#include "policy/proof.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RULES_MAX   8
#define CLAUSES_MAX 5
#define ATOMS_MAX   4
#define VALUES      64
#define CALLS       256

/* The input, and after its end zeros. */
struct input {
	const uint8_t *data;
	size_t left;
	uint64_t values[VALUES]; /* that the policy has */
	size_t n_values;
};

static uint8_t
take(struct input *input)
{
	if (input->left == 0)
		return 0;
	input->left--;
	return *input->data++;
}

static uint64_t
take_bytes(struct input *input, unsigned n)
{
	uint64_t value = 0;

	while (n-- > 0)
		value = value << 8 | take(input);
	return value;
}

/* Often near another value, for that is where filters go wrong. */
static uint64_t
take_value(struct input *input)
{
	uint8_t how = take(input);
	uint64_t value = take(input);

	if (how % 8 < 3 && input->n_values > 0) {
		value = input->values[value % input->n_values];
		if (how % 8 == 1)
			value += (uint64_t)(how >> 3) - 16;
		if (how % 8 == 2)
			value ^= UINT64_C(1) << (how >> 3) << (how >> 7) * 16;
		return value;
	}
	if (how % 8 == 3)
		return take_bytes(input, 8);
	if (how % 8 == 4)
		return take_bytes(input, 4);
	if (how % 8 == 5)
		return (UINT64_C(1) << value % 64) - (how >> 7);
	return how % 8 == 6 ? value << 32 : value;
}

static uint32_t
take_action(struct input *input)
{
	static const uint32_t actions[] = {
		SECCOMP_RET_ALLOW,       SECCOMP_RET_ERRNO | 1,
		SECCOMP_RET_ERRNO | 38,  SECCOMP_RET_KILL_PROCESS,
		SECCOMP_RET_KILL_THREAD, SECCOMP_RET_TRAP,
		SECCOMP_RET_LOG,         SECCOMP_RET_TRACE | 7,
	};

	return actions[take(input) % 8];
}

static struct policy_atom
take_atom(struct input *input)
{
	uint8_t kind = take(input);
	struct policy_atom atom = {
		.arg = kind % 5 == 4 ? kind / 5 % 6 : kind / 5 % 2,
		.op = (uint8_t)(POLICY_EQ + take(input) % 9),
		.width = kind > 127 ? 32 : 64,
	};
	uint64_t fits = atom.width == 32 ? UINT32_MAX : UINT64_MAX;

	atom.value = take_value(input) & fits;
	if (atom.op == POLICY_MASKED) {
		atom.mask = take_value(input) & fits;
		/* Otherwise it holds for nothing, seldom. */
		if (kind % 16 != 0)
			atom.value &= atom.mask;
	}
	if (input->n_values < VALUES)
		input->values[input->n_values++] = atom.value;
	return atom;
}

static void
take_clause(struct input *input, struct policy_rule *rule)
{
	struct policy_atom atoms[ATOMS_MAX];
	struct policy_clause clause = {
		.atoms = atoms,
		.n_atoms = take(input) % (ATOMS_MAX + 1),
	};

	for (size_t i = 0; i < clause.n_atoms; i++)
		atoms[i] = take_atom(input);
	clause.action = take_action(input);
	PROMISE(policy_add_clause(rule, &clause) == 0);
}

/* One that the architecture has, or could have. */
static uint32_t
take_number(struct input *input, const struct calls_arch *arch)
{
	uint32_t nr = (uint32_t)take_bytes(input, 2);

	if (nr < 0xf000)
		return arch->by_number[nr % arch->n].nr;
	nr = nr < 0xff00 ? nr & 0x3ff : (uint32_t)take_bytes(input, 4);
	nr |= arch->bit;
	if (calls_arch_of(arch->token, nr) != arch)
		nr = arch->by_number[0].nr;
	return nr;
}

static void
take_rule(struct input *input, struct policy_arch *arch)
{
	uint32_t nr = take_number(input, arch->calls);
	struct policy_rule *rule = policy_add_rule(arch, nr);
	uint8_t shape = take(input);

	PROMISE(rule != NULL);
	rule->weight = shape % 4 == 0 ? shape : 0;
	for (unsigned i = 0; i < shape % CLAUSES_MAX; i++)
		take_clause(input, rule);
	/* As most rules are: without a condition. */
	if (shape % CLAUSES_MAX == 0) {
		struct policy_clause clause = { .action = take_action(input) };

		PROMISE(policy_add_clause(rule, &clause) == 0);
	}
}

static struct policy *
take_policy(struct input *input)
{
	static const char *const names[] = { "x86_64", "x32", "x86",
					     "aarch64" };
	struct policy *policy = policy_new();
	uint8_t archs = take(input);

	PROMISE(policy != NULL);
	policy->foreign_action = take_action(input);
	for (unsigned i = 0; i < 4; i++) {
		struct policy_arch *arch;
		unsigned rules;

		/* Mostly x86_64 alone. */
		if (i == 0 ? archs == 255 : (archs >> i & 3) != 3)
			continue;
		arch = policy_add_arch(policy, calls_arch_by_name(names[i]));
		PROMISE(arch != NULL);
		arch->default_action = take_action(input);
		arch->unknown_action = take_action(input);
		rules = take(input) % RULES_MAX;
		for (unsigned r = 0; r < rules; r++)
			take_rule(input, arch);
	}
	return policy;
}

static void
take_call(struct input *input, const struct policy *policy,
	  struct seccomp_data *out)
{
	uint8_t how = take(input);

	memset(out, 0, sizeof(*out));
	out->arch = (uint32_t)take_bytes(input, how % 32 == 31 ? 4 : 0);
	out->nr = (int)take_bytes(input, how % 16 == 15 ? 4 : 1);
	if (policy->n_archs > 0 && how % 32 != 31) {
		const struct policy_arch *arch =
		    &policy->archs[how / 16 % policy->n_archs];

		out->arch = arch->calls->token;
		if (arch->n_rules > 0 && how % 16 < 12)
			out->nr =
			    (int)arch->rules[(uint32_t)out->nr % arch->n_rules]
				.nr;
	}
	for (int i = 0; i < 6; i++)
		out->args[i] = take_value(input);
}

static void
check_calls(struct input *input, const struct policy *policy,
	    const struct filter *filter)
{
	struct seccomp_data data;

	/* What is after the end are zeros: one of them is enough. */
	for (unsigned i = 0; i < CALLS; i++) {
		bool last = input->left == 0;

		take_call(input, policy, &data);
		PROMISE(bpf_run(filter->insns, &data, NULL) ==
			policy_decide(policy, &data, NULL));
		if (last)
			break;
	}
}

static void
check_same(const struct policy *policy, const struct filter *filter)
{
	struct policy *copy = policy_copy(policy);
	struct filter again = { 0 };

	PROMISE(copy != NULL);
	PROMISE(filter_generate(copy, &again, NULL) == 0);
	PROMISE(again.len == filter->len);
	PROMISE(memcmp(again.insns, filter->insns,
		       again.len * sizeof(*again.insns)) == 0);
	filter_done(&again);
	policy_free(copy);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = { .data = data, .left = size };
	struct policy *policy = take_policy(&input);
	struct filter filter = { 0 };
	struct caisson_error err = { 0 };
	int r = filter_generate(policy, &filter, &err);

	if (r < 0) {
		PROMISE(r == CAISSON_E_POLICY || r == CAISSON_E_UNSUPPORTED);
		PROMISE(err.code == r && err.msg[0] != '\0');
		PROMISE(filter.insns == NULL);
	} else {
		PROMISE(filter.len <= FILTER_MAX);
		PROMISE(bpf_is_valid(filter.insns, filter.len));
		r = proof_boundaries(policy, &filter, NULL, &err);
		if (r < 0)
			(void)fprintf(stderr, "%s\n", err.msg);
		PROMISE(r == 0);
		check_same(policy, &filter);
		check_calls(&input, policy, &filter);
	}
	filter_done(&filter);
	policy_free(policy);
	return 0;
}
