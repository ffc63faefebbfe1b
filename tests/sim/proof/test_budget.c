/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Policies with more paths than anybody waits for: what is asked of them is
 * refused, and what can be answered is answered as it is for small ones.
 */
#include "loading.h"

#include "policy/bpf/walk.h"
#include "policy/calls.h"
#include "policy/proof.h"
#include "policy/text/cases.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define TEXT_MAX 65536u

/*
 * read, if a pair of bits is 0 in one of the first three arguments and another
 * in one of the last; pairs say little of each other.
 */
static char *
text_of_pairs(unsigned n)
{
	char *text = calloc(1, TEXT_MAX);
	size_t len;

	assert_non_null(text);
	len = (size_t)snprintf(text, TEXT_MAX,
			       "@default return EPERM\n"
			       "{execve, exit_group}: allow\n"
			       "read: ");
	for (unsigned i = 0; i < n; i++)
		len += (size_t)snprintf(text + len, TEXT_MAX - len,
					"%sarg%u & %#x == 0 && "
					"arg%u & %#x == 0",
					i == 0 ? "" : " || ", i % 3,
					5u << (i * 7 % 29), 3 + i * 5 / 3 % 3,
					9u << (i * 11 % 28));
	len += (size_t)snprintf(text + len, TEXT_MAX - len, "\n");
	assert_in_range(len, 1, TEXT_MAX - 1);
	return text;
}

static struct loading
loading_pairs(unsigned n)
{
	char *text = text_of_pairs(n);
	struct loading loading = loading_text(text, "x86_64");

	free(text);
	return loading;
}

static void
too_many_paths_are_not_compared(void **state)
{
	struct loading many = loading_pairs(100), few = loading_pairs(4);
	struct proof_list list = { 0 };
	struct caisson_error err = { 0 };

	(void)state;
	assert_int_equal(proof_differences(&many.filter, &few.filter, &list,
					   &err),
			 CAISSON_E_UNSUPPORTED);
	assert_non_null(strstr(err.msg, "too many paths"));
	assert_int_equal(proof_differences(&few.filter, &many.filter, &list,
					   &err),
			 CAISSON_E_UNSUPPORTED);
	assert_int_equal(proof_differences(&few.filter, &few.filter, &list,
					   &err),
			 0);
	assert_int_equal(list.n, 0);
	loading_done(&many);
	loading_done(&few);
}

/* Each has what the other has not: one more pair, and another answer. */
static void
fewer_paths_are_compared_and_the_answers_are_right(void **state)
{
	struct loading more = loading_pairs(8), fewer = loading_pairs(7);
	struct proof_witness found[4];
	struct proof_list list = { .v = found, .max = 4 };

	(void)state;
	assert_int_equal(proof_differences(&more.filter, &fewer.filter, &list,
					   NULL),
			 0);
	assert_int_equal(list.n, 1);
	assert_int_equal(found[0].data.nr, 0);
	assert_int_equal(found[0].a, SECCOMP_RET_ALLOW);
	assert_int_equal(found[0].b, SECCOMP_RET_ERRNO | 1);
	assert_int_equal(policy_decide(more.policy, &found[0].data, NULL),
			 found[0].a);
	assert_int_equal(policy_decide(fewer.policy, &found[0].data, NULL),
			 found[0].b);
	loading_done(&more);
	loading_done(&fewer);
}

/* A list as long as a filter can hold is nothing unusual. */
static void
long_lists_are_compared(void **state)
{
	struct loading loading[2];
	struct proof_witness found[4];
	struct proof_list list = { .v = found, .max = 4 };

	(void)state;
	for (unsigned l = 0; l < 2; l++) {
		char *text = calloc(1, TEXT_MAX);
		size_t len;

		assert_non_null(text);
		len = (size_t)snprintf(text, TEXT_MAX,
				       "@default return EPERM\n"
				       "{execve, exit_group}: allow\nioctl: ");
		for (unsigned i = 0; i < 1800; i++)
			len += (size_t)snprintf(text + len, TEXT_MAX - len,
						"%sarg1 == %u",
						i == 0 ? "" : " || ",
						i * 2654435761u +
						    (i == 900 ? l : 0));
		assert_in_range(len, 1, TEXT_MAX - 2);
		text[len] = '\n';
		loading[l] = loading_text(text, "x86_64");
		free(text);
	}
	assert_int_equal(proof_differences(&loading[0].filter,
					   &loading[1].filter, &list, NULL),
			 0);
	assert_int_equal(list.n, 2);
	for (size_t i = 0; i < 2; i++) {
		uint32_t l = found[i].a == SECCOMP_RET_ALLOW ? 0 : 1;

		assert_int_equal(found[i].data.args[1], 900 * 2654435761u + l);
		assert_int_equal(l == 0 ? found[i].b : found[i].a,
				 SECCOMP_RET_ERRNO | 1);
	}
	loading_done(&loading[0]);
	loading_done(&loading[1]);
}

static int
ask(const struct loading *loading, const char *text,
    struct cases_result *result, struct caisson_error *err)
{
	struct cases_options options = { .file = "cases",
					 .arch = calls_arch_by_name("x86_64") };
	struct cases *cases;
	int r;

	assert_int_equal(cases_parse(text, strlen(text), &options, &cases,
				     NULL),
			 0);
	assert_int_equal(cases->n, 1);
	r = cases_check(&cases->v[0], loading->policy, &loading->filter, result,
			err);
	cases_free(cases);
	return r;
}

/* Answers EPERM, after bits of argument 0 that change nothing. */
static struct filter
filter_of_bits(struct sock_filter insns[64], unsigned bits)
{
	struct filter filter = { insns, 0 };

	insns[filter.len++] =
	    (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 16);
	for (unsigned bit = 0; bit < bits; bit++) {
		insns[filter.len++] =
		    (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K,
						 UINT32_C(1) << bit, 0, 1);
		insns[filter.len++] =
		    (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 16);
	}
	insns[filter.len++] =
	    (struct sock_filter)BPF_STMT(BPF_RET | BPF_K,
					 SECCOMP_RET_ERRNO | 1);
	return filter;
}

static void
a_case_with_too_many_paths_is_not_decided(void **state)
{
	struct sock_filter insns[64];
	struct loading loading = loading_pairs(1), bits = loading;
	struct cases_result result = { 0 };
	struct caisson_error err = { 0 };

	(void)state;
	bits.filter = filter_of_bits(insns, 28);
	assert_int_equal(ask(&bits, "write EPERM\n", &result, &err),
			 CAISSON_E_UNSUPPORTED);
	assert_non_null(strstr(err.msg, "line 1: write cannot be decided: "
					"too many paths"));
	assert_false(result.ok);
	/* What is asked about one value only takes one path. */
	assert_int_equal(ask(&bits, "write(7) EPERM\n", &result, &err), 0);
	assert_true(result.ok);
	result.ok = false;
	bits.filter = filter_of_bits(insns, 12);
	assert_int_equal(ask(&bits, "write EPERM\n", &result, &err), 0);
	assert_true(result.ok);
	insns[bits.filter.len - 1].k++;
	assert_int_equal(ask(&bits, "write EPERM\n", &result, &err), 0);
	assert_false(result.ok);
	loading_done(&loading);
}

static int
ignore(const struct bpf_path *path, void *arg)
{
	(void)path;
	(*(unsigned *)arg)++;
	return 0;
}

/* One budget for two walks: the second gets what the first has left. */
static void
walks_share_a_budget(void **state)
{
	struct loading few = loading_pairs(4);
	struct walk_budget budget = { WALK_WORK_MAX };
	struct walk_request request = { .insns = few.filter.insns,
					.n = few.filter.len,
					.budget = &budget };
	unsigned first = 0, second = 0;
	uint64_t used;

	(void)state;
	assert_int_equal(walk_given(&request, ignore, &first), 0);
	used = WALK_WORK_MAX - budget.left;
	budget.left = 2 * used + 1;
	assert_int_equal(walk_given(&request, ignore, &second), 0);
	assert_int_equal(walk_given(&request, ignore, &second), 0);
	assert_int_equal(second, 2 * first);
	budget.left = 2 * used;
	assert_int_equal(walk_given(&request, ignore, &second), 0);
	assert_int_equal(walk_given(&request, ignore, &second),
			 BPF_WALK_TOO_MUCH);
	assert_int_equal(budget.left, 0);
	loading_done(&few);
}

static void
a_solution_is_given_up_with_the_budget(void **state)
{
	/* The least such word is 0x10000002. */
	struct bpf_condition conditions[] = {
		{ 4, BPF_TEST_GE, UINT32_MAX, 0x10000001 },
		{ 4, BPF_TEST_NE, UINT32_MAX, 0x10000001 },
		{ 4, BPF_TEST_SET, 6, 6 },
	};
	struct bpf_path path = { .conditions = conditions, .n = 3 };
	struct walk_budget budget = { 20 };
	uint32_t words[16] = { 0 };

	(void)state;
	assert_int_equal(walk_solve(&path, &budget, words), BPF_WALK_TOO_MUCH);
	assert_int_equal(words[4], 0);
	budget.left = 1000;
	assert_int_equal(walk_solve(&path, &budget, words), 1);
	assert_int_equal(words[4], 0x10000002);
	conditions[0].test = BPF_TEST_LT;
	conditions[0].k = 2;
	assert_int_equal(walk_solve(&path, &budget, words), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(too_many_paths_are_not_compared),
		cmocka_unit_test(
		    fewer_paths_are_compared_and_the_answers_are_right),
		cmocka_unit_test(long_lists_are_compared),
		cmocka_unit_test(a_case_with_too_many_paths_is_not_decided),
		cmocka_unit_test(walks_share_a_budget),
		cmocka_unit_test(a_solution_is_given_up_with_the_budget),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
