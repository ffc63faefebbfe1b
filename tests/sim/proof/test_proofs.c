/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The proofs themselves: what they say of shipped profiles, and that a
 * comparison lists each difference once and none that is not there.
 */
#include "loading.h"

#include "policy/bpf.h"
#include "policy/calls.h"
#include "policy/proof.h"
#include "policy/text.h"

#include <linux/bpf_common.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define LIST_MAX 2048

static struct proof_witness found[LIST_MAX];

static size_t
differences(const struct filter *a, const struct filter *b)
{
	struct proof_list list = { .v = found, .max = LIST_MAX };
	struct caisson_error err = { 0 };

	if (proof_differences(a, b, &list, &err) < 0)
		fail_msg("%s", err.msg);
	assert_in_range(list.n, 0, LIST_MAX);
	for (size_t i = 0; i < list.n; i++) {
		assert_int_equal(bpf_run(a->insns, &found[i].data, NULL),
				 found[i].a);
		assert_int_equal(bpf_run(b->insns, &found[i].data, NULL),
				 found[i].b);
		assert_int_not_equal(found[i].a, found[i].b);
	}
	return list.n;
}

static size_t
differences_of_texts(const char *a, const char *b)
{
	struct loading left = loading_text(a, "x86_64");
	struct loading right = loading_text(b, "x86_64");
	size_t n = differences(&left.filter, &right.filter);

	loading_done(&left);
	loading_done(&right);
	return n;
}

static void
shipped_profiles_pass_every_check(void **state)
{
	static const char *const arches[] = { "x86_64", "aarch64" };
	struct caisson_error err = { 0 };
	const char *profile;
	unsigned checked = 0;

	(void)state;
	for (size_t i = 0; (profile = text_profile_at(i)) != NULL; i++)
		for (size_t a = 0; a < 2; a++) {
			struct loading loading =
			    loading_named(profile, arches[a]);

			if (proof_boundaries(loading.policy, &loading.filter,
					     NULL, &err) < 0 ||
			    proof_invariants(loading.policy, &loading.filter,
					     &err) < 0)
				fail_msg("%s on %s: %s", profile, arches[a],
					 err.msg);
			assert_int_equal(differences(&loading.filter,
						     &loading.filter),
					 0);
			loading_done(&loading);
			checked++;
		}
	assert_in_range(checked, 2, 100);
}

static void
a_call_that_only_one_allows_is_listed_once(void **state)
{
	(void)state;
	assert_int_equal(differences_of_texts("@default return EPERM\n"
					      "{read, write}: allow\n",
					      "@default return EPERM\n"
					      "{read, write, mount}: allow\n"),
			 1);
	assert_int_equal(found[0].data.nr, 165);
	assert_int_equal(found[0].data.arch, 0xc000003e);
	assert_int_equal(found[0].a, SECCOMP_RET_ERRNO | 1);
	assert_int_equal(found[0].b, SECCOMP_RET_ALLOW);
}

/* Neighbours that share a range in the filter are three calls all the same. */
static void
calls_with_names_are_listed_one_by_one(void **state)
{
	(void)state;
	assert_int_equal(
	    differences_of_texts("@default return EPERM\nread: allow\n",
				 "@default return EPERM\n"
				 "{read, write, open, close}: allow\n"),
	    3);
	for (int i = 0; i < 3; i++)
		assert_int_equal(found[i].data.nr, 1 + i);
}

static void
an_argument_that_decides_is_in_the_witness(void **state)
{
	(void)state;
	assert_int_equal(
	    differences_of_texts("@default return EPERM\n"
				 "read: arg2 < 0x100000005; return EINVAL\n",
				 "@default return EPERM\n"
				 "read: arg2 <= 0x100000005; return EINVAL\n"),
	    1);
	assert_int_equal(found[0].data.nr, 0);
	assert_int_equal(found[0].data.args[2], 0x100000005);
	assert_int_equal(found[0].b, SECCOMP_RET_ERRNO | 22);
	/* Two pairs of answers, then: two witnesses for the one call. */
	assert_int_equal(differences_of_texts("@default return EPERM\n"
					      "read: {arg0 == 1, trap}\n",
					      "@default return EPERM\n"
					      "read: return EINVAL\n"),
			 2);
}

static bool
has(uint32_t arch, uint32_t nr, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (found[i].data.arch == arch &&
		    (uint32_t)found[i].data.nr == nr)
			return true;
	return false;
}

/* Of numbers without a name only where they begin. */
static void
numbers_without_a_name_are_listed_where_they_begin(void **state)
{
	const struct calls_arch *arch = calls_arch_by_name("x86_64");
	size_t n = differences_of_texts(
	    "@default return EPERM\n@unknown return EPERM\n",
	    "@default return EPERM\n@unknown return ENOSYS\n");
	size_t runs = 0;

	(void)state;
	for (uint32_t nr = 0; nr < arch->end + 8; nr++) {
		bool begins = calls_name(arch, nr) == NULL &&
			      (nr == 0 || calls_name(arch, nr - 1) != NULL);

		runs += begins;
		assert_int_equal(has(arch->token, nr, n), begins);
	}
	assert_in_range(runs, 1, 100);
	/* x32 is foreign to both; behind it all are unknown again. */
	assert_false(has(arch->token, 0x40000000, n));
	assert_true(has(arch->token, 0x80000000, n));
	assert_false(has(arch->token, 0xbfffffff, n));
	assert_false(has(arch->token, 0xfffffffe, n));
	assert_true(has(arch->token, 0xffffffff, n));
	assert_int_equal(n, runs + 2);
}

static void
architectures_that_nobody_mentions_are_listed_once(void **state)
{
	struct loading left = loading_named("default", "x86_64");
	struct filter copy = { left.filter.insns, left.filter.len };
	static struct sock_filter insns[FILTER_MAX];
	size_t changed = 0, foreign = 0, x32 = 0, n;

	(void)state;
	memcpy(insns, copy.insns, copy.len * sizeof(*insns));
	copy.insns = insns;
	for (size_t i = 0; i < copy.len; i++)
		if (insns[i].code == (BPF_RET | BPF_K) &&
		    insns[i].k == SECCOMP_RET_KILL_PROCESS) {
			insns[i].k = SECCOMP_RET_KILL_THREAD;
			changed++;
		}
	assert_int_equal(changed, 1);
	/* All others as one, and x32, whose numbers have and have no names. */
	n = differences(&left.filter, &copy);
	assert_true(has(0, 0, n));
	for (size_t i = 0; i < n; i++) {
		const struct calls_arch *arch =
		    calls_arch_of(found[i].data.arch,
				  (uint32_t)found[i].data.nr);

		foreign += arch == NULL;
		x32 += arch != NULL && strcmp(arch->name, "x32") == 0;
	}
	assert_int_equal(foreign, 1);
	assert_int_equal(x32, n - 1);
	loading_done(&left);
}

static void
more_differences_than_there_is_room_for_are_counted(void **state)
{
	struct loading left = loading_text("@default return EPERM\n", "x86_64");
	struct loading right = loading_text("@default return EIO\n", "x86_64");
	struct proof_witness one[2] = { [1] = { .a = 77 } };
	struct proof_list list = { .v = one, .max = 1 };

	(void)state;
	assert_int_equal(proof_differences(&left.filter, &right.filter, &list,
					   NULL),
			 0);
	assert_in_range(list.n, 300, LIST_MAX);
	assert_int_equal(one[0].a, SECCOMP_RET_ERRNO | 1);
	assert_int_equal(one[1].a, 77);
	loading_done(&left);
	loading_done(&right);
}

static void
a_filter_that_computes_cannot_be_compared(void **state)
{
	struct sock_filter insns[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
		BPF_STMT(BPF_ALU | BPF_ADD | BPF_K, 1),
		BPF_STMT(BPF_RET | BPF_A, 0),
	};
	struct filter filter = { insns, 3 };
	struct proof_list list = { 0 };
	struct caisson_error err = { 0 };

	(void)state;
	assert_int_equal(proof_differences(&filter, &filter, &list, &err),
			 CAISSON_E_UNSUPPORTED);
	assert_int_equal(err.stage, CAISSON_STAGE_PROFILE);
	insns[1].code = BPF_ALU | BPF_AND | BPF_K;
	insns[2] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, 1);
	assert_int_equal(proof_differences(&filter, &filter, &list, &err), 0);
}

/* For s390x: argument 0 of number 3 is 0x1100000022. */
static struct policy *
policy_of_one_value(void)
{
	struct policy_atom atom = { .op = POLICY_EQ,
				    .width = 64,
				    .value = 0x1100000022 };
	struct policy_clause clause = { .atoms = &atom,
					.n_atoms = 1,
					.action = SECCOMP_RET_ALLOW };
	struct policy *policy = policy_new();
	struct policy_arch *arch;

	assert_non_null(policy);
	arch = policy_add_arch(policy, calls_arch_by_name("s390x"));
	arch->default_action = arch->unknown_action = SECCOMP_RET_TRAP;
	assert_int_equal(policy_add_clause(policy_add_rule(arch, 3), &clause),
			 0);
	return policy;
}

/* A kernel of the other byte order has the halves of arguments turned. */
static void
arguments_are_laid_out_as_the_architecture_has_them(void **state)
{
	struct policy *policy = policy_of_one_value();
	struct sock_filter insns[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 4),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
			 policy->archs[0].calls->token, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 3, 0, 5),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 16),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x11, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 20),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x22, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
	};
	struct filter filter = { insns, sizeof(insns) / sizeof(insns[0]) };
	char *text = NULL;
	size_t len;

	(void)state;
	assert_int_equal(proof_boundaries(policy, &filter, NULL, NULL), 0);
	assert_int_equal(proof_smt(policy, &filter, &text, &len, NULL), 0);
	assert_int_equal(len, strlen(text));
	assert_non_null(strstr(text, "word4 () (_ BitVec 32) ((_ extract 63 "
				     "32) arg0)"));
	free(text);
	insns[5].k = 20;
	insns[7].k = 16;
	assert_int_equal(proof_boundaries(policy, &filter, NULL, NULL),
			 CAISSON_E_MISMATCH);
	policy_free(policy);
}

/* Far more than a launch has time for: each condition has its turn, once. */
static void
of_very_many_conditions_none_is_left_out(void **state)
{
	char *text = NULL;
	size_t size, turned = 0;
	FILE *f = open_memstream(&text, &size);
	struct loading all;

	(void)state;
	assert_non_null(f);
	fprintf(f, "{500");
	for (int nr = 501; nr < 600; nr++)
		fprintf(f, ",%d", nr);
	fprintf(f, "}: arg0 == 1");
	for (int i = 1; i < 300; i++)
		fprintf(f, " || arg%d == %d", i % 6, 7 * i + 1);
	fputc('\n', f);
	fclose(f);
	all = loading_text(text, "x86_64");
	free(text);
	assert_int_equal(proof_boundaries(all.policy, &all.filter, NULL, NULL),
			 0);
	for (size_t i = 0; i < all.filter.len; i++)
		if (all.filter.insns[i].k == 7 * 299 + 1) {
			all.filter.insns[i].k++;
			turned++;
		}
	assert_int_equal(turned, 1);
	assert_int_equal(proof_boundaries(all.policy, &all.filter, NULL, NULL),
			 CAISSON_E_MISMATCH);
	loading_done(&all);
}

static void
assert_invariants(const char *text, const char *why)
{
	struct loading loading = loading_text(text, "x86_64");
	struct caisson_error err = { 0 };
	int r = proof_invariants(loading.policy, &loading.filter, &err);

	assert_int_equal(r, why == NULL ? 0 : CAISSON_E_POLICY);
	if (why != NULL && strstr(err.msg, why) == NULL)
		fail_msg("%s", err.msg);
	loading_done(&loading);
}

static void
a_filter_must_allow_an_exec_and_an_exit(void **state)
{
	(void)state;
	assert_invariants("{execve, exit_group}: allow\n", NULL);
	assert_invariants("{execveat, exit}: allow\n", NULL);
	assert_invariants("{execve, exit}: log\n", NULL);
	assert_invariants("execve: arg0 == 5 && arg1 == 6\nexit: allow\n",
			  NULL);
	assert_invariants("execve: arg0 == 5 && arg0 == 6\nexit: allow\n",
			  "nothing could be launched");
	assert_invariants("exit_group: allow\n", "execve and execveat are");
	assert_invariants("execve: return EPERM\nexit_group: allow\n",
			  "test:1: execve and execveat are refused on x86_64");
	assert_invariants("{execve, exit_group}: trace\n",
			  "nothing could be launched");
	assert_invariants("execve: allow\n", "no program could end");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shipped_profiles_pass_every_check),
		cmocka_unit_test(a_call_that_only_one_allows_is_listed_once),
		cmocka_unit_test(calls_with_names_are_listed_one_by_one),
		cmocka_unit_test(an_argument_that_decides_is_in_the_witness),
		cmocka_unit_test(
		    numbers_without_a_name_are_listed_where_they_begin),
		cmocka_unit_test(
		    architectures_that_nobody_mentions_are_listed_once),
		cmocka_unit_test(
		    more_differences_than_there_is_room_for_are_counted),
		cmocka_unit_test(a_filter_that_computes_cannot_be_compared),
		cmocka_unit_test(
		    arguments_are_laid_out_as_the_architecture_has_them),
		cmocka_unit_test(of_very_many_conditions_none_is_left_out),
		cmocka_unit_test(a_filter_must_allow_an_exec_and_an_exit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
