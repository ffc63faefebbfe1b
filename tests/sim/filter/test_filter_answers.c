/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Filters answer as their policies mean it: every operator at every boundary,
 * and policies at random.
 */
#include "making.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* What makes a comparison easy or hard: halves that are 0, all ones, both. */
static const uint64_t values[] = {
	0,
	1,
	2,
	0x1234,
	0x7fffffff,
	0x80000000,
	0xfffffffe,
	0xffffffff,
	UINT64_C(0x100000000),
	UINT64_C(0x100000001),
	UINT64_C(0x1ffffffff),
	UINT64_C(0x8000000000000000),
	UINT64_C(0x8000000080000000),
	UINT64_C(0xffffffff00000000),
	UINT64_C(0xfffffffffffffffe),
	UINT64_MAX,
};

static uint64_t
cut(uint64_t value, unsigned width)
{
	return width == 32 ? value & UINT32_MAX : value;
}

static unsigned
check_values(const struct policy *policy, const struct filter *filter)
{
	const struct calls_arch *arch = policy->archs[0].calls;
	unsigned bad = 0;

	for (size_t i = 0; i < COUNT(values); i++)
		for (unsigned k = 0; k < 64 + 3; k++) {
			struct seccomp_data data = { .nr = 3,
						     .arch = arch->token };

			data.args[2] = k < 64 ? values[i] ^ UINT64_C(1) << k
					      : values[i] + k - 65;
			bad += making_run(filter, arch, &data, NULL) !=
			       policy_decide(policy, &data, NULL);
		}
	return bad;
}

static unsigned
check_atom(const char *arch, unsigned op, unsigned width, uint64_t value,
	   uint64_t mask)
{
	const char *const archs[] = { arch, NULL };
	struct policy *policy = making_policy(archs);
	struct policy_atom atom = { .arg = 2,
				    .op = (uint8_t)op,
				    .width = (uint8_t)width,
				    .value = cut(value, width),
				    .mask = cut(mask, width) };
	struct policy_clause clause = { .atoms = &atom,
					.n_atoms = 1,
					.action = ALLOW };
	struct filter filter;
	unsigned bad;

	making_clause(policy, 0, 3, &clause);
	filter = making_filter(policy);
	bad = check_values(policy, &filter);
	filter_done(&filter);
	policy_free(policy);
	return bad;
}

static void
check_operators(const char *arch)
{
	unsigned bad = 0;

	for (unsigned width = 32; width <= 64; width += 32)
		for (unsigned op = POLICY_EQ; op <= POLICY_IN; op++)
			for (size_t i = 0; i < COUNT(values); i++)
				bad +=
				    check_atom(arch, op, width, values[i], 0);
	assert_int_equal(bad, 0);
}

static void
every_operator_is_exact_on_both_widths(void **state)
{
	(void)state;
	check_operators("x86_64");
}

static void
halves_stand_the_other_way_round_on_big_endian_machines(void **state)
{
	static const char *const archs[] = { "s390x", NULL };
	struct policy_atom atom = {
		.arg = 2, .op = POLICY_EQ, .width = 64, .value = 1
	};
	const struct policy_clause clause = { &atom, 1, ALLOW, { 0, 0 } };
	struct seccomp_data data = { .nr = 3, .args = { [2] = 1 } };
	struct policy *policy = making_policy(archs);
	struct filter filter;

	(void)state;
	check_operators("s390x");
	/* The control: where 1 is in the lower half, and where it is not. */
	making_clause(policy, 0, 3, &clause);
	filter = making_filter(policy);
	assert_true(policy->archs[0].calls->big_endian);
	data.arch = policy->archs[0].calls->token;
	assert_int_equal(making_run(&filter, policy->archs[0].calls, &data,
				    NULL),
			 ALLOW);
	data.args[2] = UINT64_C(1) << 32;
	assert_int_equal(making_run(&filter, policy->archs[0].calls, &data,
				    NULL),
			 REFUSE);
	filter_done(&filter);
	policy_free(policy);
}

static void
masked_comparisons_are_exact_and_may_be_impossible(void **state)
{
	unsigned bad = 0;

	(void)state;
	for (unsigned width = 32; width <= 64; width += 32)
		for (size_t i = 0; i < COUNT(values); i++)
			for (size_t k = 0; k < COUNT(values); k++) {
				uint64_t mask = values[k], value = values[i];

				bad += check_atom("x86_64", POLICY_MASKED,
						  width, value, mask);
				bad += check_atom("x86_64", POLICY_MASKED,
						  width, value & mask, mask);
			}
	assert_int_equal(bad, 0);
}

static void
random_policies_and_their_filters_agree(void **state)
{
	uint64_t seed = 0x9e3779b97f4a7c15u;
	unsigned wrong = 0, calls = 0, sum = 0;

	(void)state;
	for (int i = 0; i < 120; i++) {
		struct policy *policy = making_random_policy(&seed);
		struct filter filter = making_filter(policy);

		wrong += making_disagreements(policy, &filter, &calls);
		sum += calls;
		filter_done(&filter);
		policy_free(policy);
	}
	print_message("%u calls\n", sum);
	assert_true(sum > 1000000);
	assert_int_equal(wrong, 0);
}

/* The control: each comparison of a filter in turn is another one. */
static void
wrong_filters_are_told_apart(void **state)
{
	uint64_t seed = 0x2545f4914f6cdd1du;
	unsigned noticed = 0, tried = 0;

	(void)state;
	for (int i = 0; i < 3; i++) {
		struct policy *policy = making_random_policy(&seed);
		struct filter filter = making_filter(policy);

		for (size_t at = 0; at < filter.len; at++) {
			struct sock_filter *insn = &filter.insns[at];
			struct sock_filter right = *insn;

			if (BPF_CLASS(insn->code) != BPF_JMP ||
			    insn->jt == insn->jf)
				continue;
			insn->jt = right.jf;
			insn->jf = right.jt;
			tried++;
			noticed +=
			    making_disagreements(policy, &filter, NULL) > 0;
			*insn = right;
		}
		filter_done(&filter);
		policy_free(policy);
	}
	print_message("%u of %u noticed\n", noticed, tried);
	assert_true(tried > 100);
	assert_true(noticed * 100 >= tried * 90);
}

static void
the_mean_path_is_what_the_evaluator_counts(void **state)
{
	const struct calls_arch *arch = calls_arch_by_name("x86_64");
	const struct sock_filter insns[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, ALLOW),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 16),
		BPF_STMT(BPF_RET | BPF_K, KILL),
	};
	struct sock_filter copy[COUNT(insns)];
	const struct filter filter = { copy, COUNT(insns) };

	(void)state;
	memcpy(copy, insns, sizeof(copy));
	/* Three steps for number 0, four for every other one. */
	assert_int_equal(filter_mean_path(&filter, arch),
			 (UINT64_C(4000) * arch->end - 1000) / arch->end);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_operator_is_exact_on_both_widths),
		cmocka_unit_test(
		    halves_stand_the_other_way_round_on_big_endian_machines),
		cmocka_unit_test(
		    masked_comparisons_are_exact_and_may_be_impossible),
		cmocka_unit_test(random_policies_and_their_filters_agree),
		cmocka_unit_test(wrong_filters_are_told_apart),
		cmocka_unit_test(the_mean_path_is_what_the_evaluator_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
