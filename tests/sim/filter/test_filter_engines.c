/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The container engines' default policy as Debian ships it, for x86_64 and a
 * container without capabilities: how long and how deep its filter is, which
 * is what loading costs, and that it answers as the policy does.
 */
#include "making.h"

#include "policy/load.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define ENGINES "/usr/share/containers/seccomp.json"

static struct policy *
read_policy(void)
{
	const struct load_options options = {
		.arch = calls_arch_by_name("x86_64"),
	};
	struct policy *policy = NULL;
	struct caisson_error err = { 0 };

	if (load_file(ENGINES, &options, &policy, &err) < 0)
		fail_msg("%s", err.msg);
	assert_string_equal(policy->archs[0].calls->name, "x86_64");
	assert_true(policy->archs[0].n_rules > 300);
	return policy;
}

static struct filter
make_filter(const struct policy *policy)
{
	struct filter filter = { NULL, 0 };
	unsigned calls = 0;

	assert_int_equal(filter_generate(policy, &filter, NULL), 0);
	print_message("%zu instructions, %llu thousandths of a step\n",
		      filter.len,
		      (unsigned long long)
			  filter_mean_path(&filter, policy->archs[0].calls));
	assert_int_equal(making_disagreements(policy, &filter, &calls), 0);
	assert_true(calls > 10000);
	return filter;
}

static void
for_x86_64_it_takes_at_most_100_instructions_and_12_steps(void **state)
{
	struct policy *policy = read_policy();
	size_t n_archs = policy->n_archs;
	struct filter filter;

	(void)state;
	policy->n_archs = 1;
	filter = make_filter(policy);
	assert_in_range(filter.len, 10, 100);
	assert_in_range(filter_mean_path(&filter, policy->archs[0].calls), 1000,
			12000);
	filter_done(&filter);
	policy->n_archs = n_archs;
	policy_free(policy);
}

static void
with_x86_and_x32_it_answers_for_each_of_them(void **state)
{
	struct policy *policy = read_policy();
	struct filter filter = make_filter(policy);

	(void)state;
	assert_int_equal(policy->n_archs, 3);
	assert_in_range(filter.len, 10, 300);
	filter_done(&filter);
	policy_free(policy);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    for_x86_64_it_takes_at_most_100_instructions_and_12_steps),
		cmocka_unit_test(with_x86_and_x32_it_answers_for_each_of_them),
	};

	if (access(ENGINES, R_OK) != 0) {
		(void)printf("no %s\n", ENGINES);
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
