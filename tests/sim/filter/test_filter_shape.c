/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What filters look like: how long, how deep, the same for the same policy,
 * within what the kernel accepts; and what is said of those that are not.
 */
#include "making.h"

#include "policy/bpf.h"

#include <linux/audit.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void
check_agreement(const struct policy *policy, const struct filter *filter)
{
	unsigned calls = 0;

	assert_int_equal(making_disagreements(policy, filter, &calls), 0);
	assert_true(calls > 1000);
}

static void
allow_with(struct policy *policy, uint32_t nr, struct policy_atom atom)
{
	const struct policy_clause clause = {
		&atom, 1, ALLOW, { .file = 0, .line = nr }
	};

	making_clause(policy, 0, nr, &clause);
}

static void
allow(struct policy *policy, size_t at, uint32_t nr)
{
	const struct policy_clause clause = { NULL, 0, ALLOW, { 0, nr } };

	making_clause(policy, at, nr, &clause);
}

/* Values that have nothing in common: each of them needs a comparison. */
static void
allow_values(struct policy *policy, uint32_t nr, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		struct policy_atom atom = { .arg = 1,
					    .op = POLICY_EQ,
					    .width = 32,
					    .value = 100003 * nr + 7 * i };

		allow_with(policy, nr, atom);
	}
}

static void
equal_policies_give_equal_bytes(void **state)
{
	uint64_t seed = 0x1234567887654321u;

	(void)state;
	for (int i = 0; i < 40; i++) {
		struct policy *policy = making_random_policy(&seed);
		struct policy *copy = policy_copy(policy);
		struct filter a = making_filter(policy), b;

		assert_non_null(copy);
		b = making_filter(copy);
		assert_int_equal(a.len, b.len);
		assert_memory_equal(a.insns, b.insns, a.len * sizeof(*a.insns));
		filter_done(&a);
		filter_done(&b);
		policy_free(copy);
		policy_free(policy);
	}
}

static void
the_first_instruction_looks_at_the_architecture(void **state)
{
	struct policy *policy = making_x86_64();
	struct filter filter;

	(void)state;
	allow(policy, 0, 0);
	filter = making_filter(policy);
	assert_int_equal(filter.insns[0].code, BPF_LD | BPF_W | BPF_ABS);
	assert_int_equal(filter.insns[0].k,
			 offsetof(struct seccomp_data, arch));
	assert_int_equal(filter.insns[1].code, BPF_JMP | BPF_JEQ | BPF_K);
	assert_int_equal(filter.insns[1].k, AUDIT_ARCH_X86_64);
	assert_true(filter.len < 16);
	check_agreement(policy, &filter);
	filter_done(&filter);
	policy_free(policy);
}

static void
lists_of_values_are_searched_not_walked(void **state)
{
	struct policy *policy = making_x86_64();
	struct seccomp_data data = { .nr = 16, .arch = AUDIT_ARCH_X86_64 };
	struct filter filter;
	unsigned steps = 0, most = 0;

	(void)state;
	allow_values(policy, 16, 128);
	filter = making_filter(policy);
	check_agreement(policy, &filter);
	for (uint64_t value = 0; value < 900; value++) {
		data.args[1] = value;
		(void)bpf_run(filter.insns, &data, &steps);
		most = steps > most ? steps : most;
	}
	print_message("128 values: %zu instructions, %u steps\n", filter.len,
		      most);
	assert_true(most < 40);
	assert_true(filter.len < 128 + 64);
	filter_done(&filter);
	policy_free(policy);
}

/* Longer than a conditional jump reaches, several times over. */
static void
jumps_reach_further_than_255_instructions(void **state)
{
	struct policy *policy = making_x86_64();
	struct filter filter;

	(void)state;
	for (uint32_t nr = 0; nr < 40; nr += 2)
		allow_values(policy, nr, 10 + nr);
	for (uint32_t nr = 100; nr < 160; nr += 3)
		allow_values(policy, nr, 160 - nr);
	filter = making_filter(policy);
	print_message("%zu instructions\n", filter.len);
	assert_true(filter.len > 1024);
	assert_true(bpf_is_valid(filter.insns, filter.len));
	check_agreement(policy, &filter);
	filter_done(&filter);
	policy_free(policy);
}

static struct policy *
large_policy(unsigned n, unsigned more)
{
	struct policy *policy = making_x86_64();
	uint16_t file = 0;

	assert_int_equal(policy_add_file(policy, "large.policy", &file), 0);
	for (uint32_t nr = 100; nr < 380; nr += 2)
		allow_values(policy, nr, 20);
	allow_values(policy, 20, n);
	for (uint32_t nr = 0; nr < more; nr++)
		allow(policy, 0, 22 + 2 * nr);
	return policy;
}

/* Its length; above the limit it must be refused, in these words. */
static size_t
length_of(unsigned n, unsigned more)
{
	struct policy *policy = large_policy(n, more);
	struct filter filter = { NULL, 0 };
	struct caisson_error err = { 0 };
	size_t len = FILTER_MAX + 2;

	if (filter_generate(policy, &filter, &err) == 0) {
		len = filter.len;
		assert_true(bpf_is_valid(filter.insns, filter.len));
	} else {
		assert_int_equal(err.code, CAISSON_E_POLICY);
		if (strstr(err.msg, " 4097 ") != NULL)
			len = FILTER_MAX + 1;
	}
	filter_done(&filter);
	policy_free(policy);
	return len;
}

static void
filters_of_4096_instructions_are_made_and_of_4097_refused(void **state)
{
	bool made = false, refused = false;
	unsigned n = 1;

	(void)state;
	for (unsigned step = 512; step > 0; step /= 2)
		if (length_of(n + step, 0) < FILTER_MAX)
			n += step;
	for (unsigned i = 0; i < 60 && !(made && refused); i++) {
		size_t len = length_of(n + i % 15, i / 15);

		made = made || len == FILTER_MAX;
		refused = refused || len == FILTER_MAX + 1;
	}
	assert_true(made);
	assert_true(refused);
}

static void
the_rule_that_needs_most_is_named(void **state)
{
	struct policy *policy = large_policy(4000, 0);
	struct filter filter = { NULL, 0 };
	struct caisson_error err = { 0 };

	(void)state;
	assert_int_equal(filter_generate(policy, &filter, &err),
			 CAISSON_E_POLICY);
	assert_int_equal(err.stage, CAISSON_STAGE_POLICY);
	assert_int_equal(err.line, 20);
	assert_non_null(strstr(err.msg, "large.policy:20: "));
	assert_null(filter.insns);
	policy_free(policy);
}

/* Clauses that would be a tree of all combinations, were they multiplied. */
static void
rules_that_cannot_be_sorted_stay_as_long_as_they_are_written(void **state)
{
	struct policy *policy = making_x86_64();
	struct filter filter;
	uint64_t seed = 42;

	(void)state;
	for (unsigned i = 0; i < 300; i++) {
		struct policy_atom atoms[6];
		const struct policy_clause clause = {
			atoms, 6, ALLOW, { 0, 1 }
		};

		for (uint8_t k = 0; k < 6; k++)
			atoms[k] = (struct policy_atom){
				.arg = k,
				.op = POLICY_ANY,
				.width = 32,
				.value = making_random(&seed) & UINT32_MAX,
			};
		making_clause(policy, 0, 5, &clause);
	}
	filter = making_filter(policy);
	print_message("1800 comparisons: %zu instructions\n", filter.len);
	check_agreement(policy, &filter);
	filter_done(&filter);
	policy_free(policy);
}

static void
several_architectures_stand_in_one_filter(void **state)
{
	static const char *const archs[] = { "x86_64",  "x86", "x32",
					     "aarch64", "arm", NULL };
	struct policy *policy = making_policy(archs);
	struct filter filter;

	(void)state;
	for (size_t i = 0; i < policy->n_archs; i++) {
		const struct policy_arch *arch = &policy->archs[i];
		uint32_t nr = 0;

		assert_true(calls_number(arch->calls, "write", &nr));
		allow(policy, i, nr);
		allow(policy, i, arch->calls->bit | 700);
	}
	filter = making_filter(policy);
	check_agreement(policy, &filter);
	filter_done(&filter);
	policy_free(policy);
}

static void
minus_one_is_an_unknown_number_and_not_of_x32(void **state)
{
	struct policy *policy = making_x86_64();
	struct seccomp_data data = { .nr = -1, .arch = AUDIT_ARCH_X86_64 };
	struct filter filter;

	(void)state;
	allow(policy, 0, 1);
	filter = making_filter(policy);
	assert_int_equal(bpf_run(filter.insns, &data, NULL), MISSING);
	data.nr = -2;
	assert_int_equal(bpf_run(filter.insns, &data, NULL), KILL);
	data.nr = 0x40000001;
	assert_int_equal(bpf_run(filter.insns, &data, NULL), KILL);
	filter_done(&filter);
	policy_free(policy);
}

/* Steps until the answer for calls as frequent as the policy says. */
static uint64_t
weighed_path(const struct policy *policy, const struct filter *filter)
{
	const struct policy_arch *arch = &policy->archs[0];
	uint64_t sum = 0;

	for (size_t i = 0; i < arch->n_rules; i++) {
		const struct seccomp_data data = {
			.nr = (int)arch->rules[i].nr,
			.arch = AUDIT_ARCH_X86_64,
		};
		unsigned steps = 0;

		(void)bpf_run(filter->insns, &data, &steps);
		sum += (uint64_t)arch->rules[i].weight * steps;
	}
	return sum;
}

static void
frequencies_shape_the_tree_and_nothing_else(void **state)
{
	struct policy *policy = making_x86_64();
	struct filter plain, shaped;
	struct policy_rule *rule;

	(void)state;
	for (uint32_t nr = 0; nr < 330; nr += 3)
		allow(policy, 0, nr);
	plain = making_filter(policy);
	rule = policy_add_rule(&policy->archs[0], 222);
	assert_non_null(rule);
	rule->weight = 900000;
	rule = policy_add_rule(&policy->archs[0], 3);
	assert_non_null(rule);
	rule->weight = 1000;
	shaped = making_filter(policy);
	print_message("%llu, then %llu\n",
		      (unsigned long long)weighed_path(policy, &plain),
		      (unsigned long long)weighed_path(policy, &shaped));
	assert_true(weighed_path(policy, &shaped) <
		    weighed_path(policy, &plain));
	check_agreement(policy, &plain);
	check_agreement(policy, &shaped);
	filter_done(&plain);
	filter_done(&shaped);
	policy_free(policy);
}

static void
architectures_that_the_generator_is_not_for_are_refused(void **state)
{
	static const char *const archs[] = { "x86_64", "riscv64", NULL };
	struct policy *policy = making_policy(archs);
	struct filter filter = { NULL, 0 };
	struct caisson_error err = { 0 };

	(void)state;
	assert_int_equal(filter_generate(policy, &filter, &err),
			 CAISSON_E_UNSUPPORTED);
	assert_null(filter.insns);
	policy->n_archs = 1;
	assert_int_equal(filter_generate(policy, &filter, &err), 0);
	policy->n_archs = 2;
	filter_done(&filter);
	policy_free(policy);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_policies_give_equal_bytes),
		cmocka_unit_test(
		    the_first_instruction_looks_at_the_architecture),
		cmocka_unit_test(lists_of_values_are_searched_not_walked),
		cmocka_unit_test(jumps_reach_further_than_255_instructions),
		cmocka_unit_test(
		    filters_of_4096_instructions_are_made_and_of_4097_refused),
		cmocka_unit_test(the_rule_that_needs_most_is_named),
		cmocka_unit_test(
		    rules_that_cannot_be_sorted_stay_as_long_as_they_are_written),
		cmocka_unit_test(several_architectures_stand_in_one_filter),
		cmocka_unit_test(minus_one_is_an_unknown_number_and_not_of_x32),
		cmocka_unit_test(frequencies_shape_the_tree_and_nothing_else),
		cmocka_unit_test(
		    architectures_that_the_generator_is_not_for_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
