/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy_files MINIMUM PATTERN...: every policy in the files, through both
 * compilers; the answers must be those of the policy.  At least MINIMUM of
 * them must have been compared: the others are no policies, as the cases of
 * the reader, or cannot be given to libseccomp, which is said.
 */
#include "compare.h"

#include "policy/calls.h"
#include "policy/text.h"

#include <glob.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct counts {
	unsigned equal, skipped, wrong, unreadable;
};

static void
check_policy(const char *path, const struct policy *policy,
	     struct counts *counts)
{
	struct random_source source = { 1 };
	struct comparison c = { .policy = policy, .calls = 5000 };
	enum compared result;

	compare_watch(path);
	result = compare(&c, &source);
	compare_done();
	if (result == COMPARED_EQUAL) {
		counts->equal++;
		return;
	}
	(void)printf("%s: %s: %s\n", path,
		     result == COMPARED_WRONG ? "WRONG" : "skipped", c.why);
	if (result == COMPARED_WRONG)
		counts->wrong++;
	else
		counts->skipped++;
}

static void
check_file(const char *path, struct counts *counts)
{
	const struct text_options options = {
		.file = path,
		.arch = calls_arch_by_name("x86_64"),
		.dir_fd = -1,
	};
	struct policy *policy = NULL;
	struct caisson_error err;

	if (text_load(path, &options, &policy, &err) < 0) {
		counts->unreadable++;
		return;
	}
	check_policy(path, policy, counts);
	policy_free(policy);
}

int
main(int argc, char **argv)
{
	struct counts counts = { 0 };
	char *end = NULL;
	unsigned long minimum = argc > 2 ? strtoul(argv[1], &end, 10) : 0;

	if (end == NULL || *end != '\0' || minimum == 0) {
		(void)fprintf(stderr, "usage: policy_files MINIMUM PATTERN\n");
		return 2;
	}
	if (strcmp(calls_arch_host()->name, "x86_64") != 0) {
		(void)printf("stated for x86_64\n");
		return 77;
	}
	(void)seccomp_api_set(6);
	for (int i = 2; i < argc; i++) {
		glob_t found;

		if (glob(argv[i], GLOB_ERR, NULL, &found) != 0) {
			(void)fprintf(stderr, "%s: no file\n", argv[i]);
			return 1;
		}
		for (size_t j = 0; j < found.gl_pathc; j++)
			check_file(found.gl_pathv[j], &counts);
		globfree(&found);
	}
	(void)printf("%u equal, %u skipped, %u wrong, %u no policies\n",
		     counts.equal, counts.skipped, counts.wrong,
		     counts.unreadable);
	return counts.wrong > 0 || counts.equal < minimum;
}
