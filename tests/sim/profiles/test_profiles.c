/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The shipped profiles against their cases, and their filters against the
 * listings that were reviewed.  argv: the directory of the profiles, then
 * their names.
 */
#include "listing.h"
#include "profile_files.h"

#include "policy/bpf.h"
#include "policy/text/cases.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *dir;
static char **names; /* NULL at the end */
static const char *const archs[] = { "x86_64", "aarch64" };

static struct cases *
read_cases(const char *name)
{
	struct cases_options options = {
		.file = name,
		.arch = calls_arch_by_name("x86_64"),
	};
	char *text = profile_file_text(dir, name, ".cases");
	struct caisson_error err = { 0 };
	struct cases *cases;

	if (cases_parse(text, strlen(text), &options, &cases, &err) < 0)
		fail_msg("%s", err.msg);
	free(text);
	return cases;
}

/* How many calls of those for this architecture get another answer. */
static unsigned
check_cases(const struct cases *cases, const struct profile_file *file,
	    const char *name, unsigned *out_n)
{
	unsigned bad = 0;

	for (size_t i = 0; i < cases->n; i++) {
		const struct cases_case *one = &cases->v[i];
		struct cases_result result;
		struct caisson_error err;
		char wanted[32], got[32];

		if (one->arch != file->arch)
			continue;
		if (cases_check(one, file->policy, &file->filter, &result,
				&err) < 0)
			fail_msg("%s:%u: %s", name, one->line, err.msg);
		++*out_n;
		if (result.ok)
			continue;
		bad++;
		print_error("%s.cases:%u: %s: %s wanted, %s by the filter\n",
			    name, one->line, one->text,
			    policy_action_text(one->action, wanted),
			    policy_action_text(result.filter, got));
	}
	return bad;
}

static void
every_case_of_every_profile_holds(void **state)
{
	struct cases *every = read_cases("every");
	unsigned bad = 0;

	(void)state;
	for (size_t i = 0; names[i] != NULL; i++) {
		struct cases *own = read_cases(names[i]);

		for (size_t a = 0; a < 2; a++) {
			struct profile_file file =
			    profile_file_open(dir, names[i],
					      calls_arch_by_name(archs[a]));
			unsigned n = 0, common = 0;

			bad += check_cases(every, &file, "every", &common);
			bad += check_cases(own, &file, names[i], &n);
			print_message("%s, %s: %u cases and %u of its own\n",
				      names[i], archs[a], common, n);
			assert_true(common > 80 && n > 40);
			profile_file_close(&file);
		}
		cases_free(own);
	}
	cases_free(every);
	assert_int_equal(bad, 0);
}

/* The control: what a case wants is changed, or one instruction is. */
static void
a_case_that_wants_something_else_fails(void **state)
{
	(void)state;
	for (size_t i = 0; names[i] != NULL; i++) {
		struct cases *own = read_cases(names[i]);
		struct profile_file file =
		    profile_file_open(dir, names[i],
				      calls_arch_by_name("x86_64"));

		for (size_t k = 0; k < own->n; k++) {
			struct cases_case *one = &own->v[k];
			struct cases_result result;

			if (one->arch != file.arch)
				continue;
			one->action = one->action == SECCOMP_RET_ALLOW
					  ? SECCOMP_RET_ERRNO | 1
					  : SECCOMP_RET_ALLOW;
			assert_int_equal(cases_check(one, file.policy,
						     &file.filter, &result,
						     NULL),
					 0);
			assert_false(result.ok);
		}
		profile_file_close(&file);
		cases_free(own);
	}
}

static void
every_profile_has_cases_of_both_kinds(void **state)
{
	(void)state;
	for (size_t i = 0; names[i] != NULL; i++) {
		struct cases *own = read_cases(names[i]);
		unsigned allow = 0, refuse = 0;

		for (size_t k = 0; k < own->n; k++)
			if (own->v[k].action == SECCOMP_RET_ALLOW)
				allow++;
			else
				refuse++;
		assert_true(allow > 20 && refuse > 5);
		cases_free(own);
	}
}

static void
the_filter_is_the_one_that_was_reviewed(void **state)
{
	(void)state;
	for (size_t i = 0; names[i] != NULL; i++) {
		const struct calls_arch *arch = calls_arch_by_name("x86_64");
		struct profile_file file =
		    profile_file_open(dir, names[i], arch);
		char *got = listing_make(names[i], &file.filter, arch);
		char *want = profile_file_text(dir, names[i], ".bpf");

		assert_non_null(got);
		if (strcmp(got, want) != 0)
			fail_msg("%s.bpf is not the filter of %s.policy any "
				 "more: read it anew after \"meson compile "
				 "listings\", and look at the difference",
				 names[i], names[i]);
		free(want);
		free(got);
		profile_file_close(&file);
	}
}

/* A listing that says the same of every filter would prove nothing. */
static void
every_changed_instruction_changes_the_listing(void **state)
{
	const struct calls_arch *arch = calls_arch_by_name("x86_64");
	struct profile_file file = profile_file_open(dir, names[0], arch);
	char *before = listing_make(names[0], &file.filter, arch);

	(void)state;
	for (size_t i = 0; i < file.filter.len; i++) {
		struct sock_filter *f = &file.filter.insns[i], was = *f;
		char *after;

		f->k ^= BPF_CLASS(f->code) == BPF_LD    ? 4u
			: BPF_CLASS(f->code) == BPF_RET ? 0x10000u
							: 1u;
		after = listing_make(names[0], &file.filter, arch);
		assert_true(before != NULL && after != NULL);
		assert_string_not_equal(before, after);
		free(after);
		*f = was;
	}
	free(before);
	profile_file_close(&file);
}

static void
the_kernel_would_load_it(void **state)
{
	(void)state;
	for (size_t i = 0; names[i] != NULL; i++) {
		for (size_t a = 0; a < 2; a++) {
			struct profile_file file =
			    profile_file_open(dir, names[i],
					      calls_arch_by_name(archs[a]));

			assert_true(
			    bpf_is_valid(file.filter.insns, file.filter.len));
			profile_file_close(&file);
		}
	}
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_case_of_every_profile_holds),
		cmocka_unit_test(a_case_that_wants_something_else_fails),
		cmocka_unit_test(every_profile_has_cases_of_both_kinds),
		cmocka_unit_test(the_filter_is_the_one_that_was_reviewed),
		cmocka_unit_test(every_changed_instruction_changes_the_listing),
		cmocka_unit_test(the_kernel_would_load_it),
	};

	if (argc < 3) {
		(void)fputs("usage: test_profiles DIR NAME...\n", stderr);
		return 2;
	}
	dir = argv[1];
	names = argv + 2;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
