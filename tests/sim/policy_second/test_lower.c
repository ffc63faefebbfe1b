/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cubes and what rules become: no two of them overlap, and whatever the
 * arguments are, the cube that has them has the answer of the policy.
 */
#include "policy/second/compile.h"
#include "policy/second/lower.h"

#include "random_policy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct cube everything;

static struct cube
cube_of(unsigned arg, uint64_t mask, uint64_t value)
{
	struct cube cube = everything;

	cube.mask[arg] = mask;
	cube.value[arg] = value;
	return cube;
}

static bool
has(const struct cube *cube, const uint64_t args[6])
{
	for (int i = 0; i < 6; i++)
		if ((args[i] & cube->mask[i]) != cube->value[i])
			return false;
	return true;
}

static size_t
count(const struct cubes *cubes, const uint64_t args[6])
{
	size_t n = 0;

	for (size_t i = 0; i < cubes->n; i++)
		n += has(&cubes->v[i], args);
	return n;
}

static void
what_two_have_in_common(void **state)
{
	struct cube a = cube_of(0, 0xff, 3), b = cube_of(0, 0xf00, 0x500);
	struct cube other = cube_of(0, 1, 0), both;

	(void)state;
	assert_true(cube_intersect(&a, &b, &both));
	assert_int_equal(both.mask[0], 0xfff);
	assert_int_equal(both.value[0], 0x503);
	assert_false(cube_intersect(&a, &other, &both));
	assert_true(cube_intersect(&everything, &a, &both));
	assert_memory_equal(&both, &a, sizeof(a));
}

static void
one_without_the_other(void **state)
{
	struct cube a = cube_of(0, 0xff, 3), b = cube_of(1, 0xf, 9);
	struct cubes left = { NULL, 0, 0, CUBES_OK };
	uint64_t args[6] = { 3 };

	(void)state;
	cubes_add_difference(&left, &a, &b);
	assert_int_equal(left.n, 4);
	for (args[1] = 0; args[1] < 32; args[1]++)
		assert_int_equal(count(&left, args), (args[1] & 15) != 9);
	args[0] = 2;
	assert_int_equal(count(&left, args), 0);
	cubes_done(&left);
	cubes_add_difference(&left, &a, &a);
	cubes_add_difference(&left, &a, &everything);
	assert_int_equal(left.n, 0);
	cubes_done(&left);
}

static void
a_list_has_an_end(void **state)
{
	struct cubes cubes = { NULL, 0, 0, CUBES_OK };

	(void)state;
	for (size_t i = 0; i < CUBES_MAX; i++)
		cubes_add(&cubes, &everything);
	assert_int_equal(cubes.state, CUBES_OK);
	cubes_add(&cubes, &everything);
	assert_int_equal(cubes.state, CUBES_TOO_MANY);
	assert_int_equal(cubes.n, CUBES_MAX);
	cubes_done(&cubes);
}

/* Values next to the constant, its bits, and anything. */
static uint64_t
near(struct random_source *source, const struct policy_atom *atom)
{
	uint64_t x = random_next(source);

	switch (x % 5) {
	case 0:
		return atom->value + x / 8 % 3 - 1;
	case 1:
		return atom->value ^ UINT64_C(1) << x / 8 % 64;
	case 2:
		return (atom->value & atom->mask) | (x & ~atom->mask);
	case 3:
		return atom->value & x;
	default:
		return x;
	}
}

static void
check_atom(struct random_source *source, const struct policy_atom *atom)
{
	struct cubes cubes = { NULL, 0, 0, CUBES_OK };
	uint64_t args[6] = { 0 };

	cubes_add_atom(&cubes, atom);
	assert_int_equal(cubes.state, CUBES_OK);
	for (int i = 0; i < 40; i++) {
		args[atom->arg] = near(source, atom);
		if (count(&cubes, args) !=
		    (policy_atom_holds(atom, args) ? 1u : 0u))
			fail_msg("op %u width %u value %#llx mask %#llx: %#llx",
				 atom->op, atom->width,
				 (unsigned long long)atom->value,
				 (unsigned long long)atom->mask,
				 (unsigned long long)args[atom->arg]);
	}
	cubes_done(&cubes);
}

static void
each_comparison_is_its_cubes(void **state)
{
	static const uint64_t values[] = { 0,
					   1,
					   2,
					   255,
					   256,
					   UINT32_MAX,
					   INT32_MAX,
					   UINT64_MAX,
					   INT64_MAX,
					   UINT64_C(1) << 32,
					   UINT64_C(0x1234567890abcdef) };
	const size_t n = sizeof(values) / sizeof(values[0]);
	struct random_source source = { 1 };

	(void)state;
	for (int op = POLICY_EQ; op <= POLICY_MASKED; op++)
		for (size_t i = 0; i < n; i++)
			for (size_t j = 0; j < n; j++) {
				struct policy_atom atom = {
					.arg = (uint8_t)(i % 6),
					.op = (uint8_t)op,
					.width = 64,
					.value = values[i],
					.mask =
					    op == POLICY_MASKED ? values[j] : 0,
				};

				check_atom(&source, &atom);
				atom.width = 32;
				atom.value &= UINT32_MAX;
				atom.mask &= UINT32_MAX;
				check_atom(&source, &atom);
			}
}

/* The one part that has these arguments; SIZE_MAX: none has. */
static size_t
part_of(const struct lowered *lowered, const uint64_t args[6])
{
	size_t found = SIZE_MAX;

	for (size_t i = 0; i < lowered->n; i++) {
		size_t n = count(&lowered->parts[i].cubes, args);

		assert_true(n == 0 || (n == 1 && found == SIZE_MAX));
		if (n == 1)
			found = i;
	}
	return found;
}

static void
check_rule(struct random_source *source, const struct policy *policy,
	   const struct policy_rule *rule)
{
	const struct policy_arch *arch = &policy->archs[0];
	struct seccomp_data data;
	struct lowered lowered;
	uint64_t args[6];

	if (lower(rule, arch, &lowered) != CUBES_OK) {
		assert_int_equal(lowered.state, CUBES_TOO_MANY);
		lowered_done(&lowered);
		return;
	}
	for (int i = 0; i < 50; i++) {
		uint32_t answer = arch->unknown_action;
		size_t part;

		random_call(source, policy, &data);
		data.nr = (int)rule->nr;
		for (int a = 0; a < 6; a++)
			args[a] = data.args[a];
		part = part_of(&lowered, args);
		if (part != SIZE_MAX)
			answer = lowered.parts[part].action;
		assert_int_equal(answer, policy_decide(policy, &data, NULL));
	}
	lowered_done(&lowered);
}

static void
parts_of_a_rule_do_not_overlap(void **state)
{
	struct random_shape shape = {
		.archs = { calls_arch_by_name("x86_64") },
		.rules_max = 4,
		.clauses_max = 3,
		.atoms_max = 2,
		.plain = true,
	};
	struct random_source source = { 7 };

	(void)state;
	for (int i = 0; i < 300; i++) {
		struct policy *policy = random_policy(&source, &shape);
		const struct policy_arch *arch;

		assert_non_null(policy);
		arch = &policy->archs[0];
		for (size_t r = 0; r < arch->n_rules; r++)
			check_rule(&source, policy, &arch->rules[r]);
		policy_free(policy);
	}
}

static void
expect_unsupported(const struct policy *policy, const char *text)
{
	struct filter filter = { NULL, 0 };
	struct caisson_error err;

	assert_int_equal(second_generate(policy, &filter, &err),
			 CAISSON_E_UNSUPPORTED);
	if (strstr(err.msg, text) == NULL)
		fail_msg("\"%s\" is not in \"%s\"", text, err.msg);
	assert_null(filter.insns);
}

/* 64 times 64 blocks, and another clause that needs them. */
static void
what_is_too_much_is_said_with_its_line(void **state)
{
	struct policy *policy = policy_new();
	struct policy_atom atoms[2] = {
		{ .arg = 0, .op = POLICY_NE, .width = 64, .value = 1 },
		{ .arg = 1, .op = POLICY_NE, .width = 64, .value = 1 },
	};
	struct policy_clause clause = { .atoms = atoms,
					.n_atoms = 2,
					.action = SECCOMP_RET_ALLOW,
					.origin = { 0, 42 } };
	struct policy_arch *arch;
	uint16_t ignored;

	(void)state;
	assert_non_null(policy);
	expect_unsupported(policy, "no architecture");
	assert_int_equal(policy_add_file(policy, "a.policy", &ignored), 0);
	arch = policy_add_arch(policy, calls_arch_by_name("x86_64"));
	assert_int_equal(policy_add_clause(policy_add_rule(arch, 1), &clause),
			 0);
	expect_unsupported(policy, "a.policy:42: too much for libseccomp");
	arch = policy_add_arch(policy, calls_arch_by_name("x86"));
	arch->unknown_action = SECCOMP_RET_ALLOW;
	expect_unsupported(policy, "architectures that differ in @unknown");
	policy_free(policy);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_two_have_in_common),
		cmocka_unit_test(one_without_the_other),
		cmocka_unit_test(a_list_has_an_end),
		cmocka_unit_test(each_comparison_is_its_cubes),
		cmocka_unit_test(parts_of_a_rule_do_not_overlap),
		cmocka_unit_test(what_is_too_much_is_said_with_its_line),
	};

	/* What this kernel could load is not the question. */
	(void)seccomp_api_set(6);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
