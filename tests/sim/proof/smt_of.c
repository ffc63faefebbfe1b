/* SPDX-License-Identifier: Apache-2.0 */
/*
 * smt_of NAME ARCH: the claim about a shipped profile, or a policy file if
 * there is a slash in the name, for z3.
 *
 *	-m MUTANT	about a filter that was sabotaged
 *	-c		what filter and policy answer to the call read from
 *			stdin (nr, arch, ip, six arguments): two numbers
 *	-b		the filter as text
 *
 * smt_of -l: the mutants; smt_of -p: the profiles.
 */
#include "loading.h"
#include "mutants.h"

#include "policy/bpf.h"
#include "policy/filter.h"
#include "policy/proof.h"
#include "policy/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct job {
	const char *mutant;
	char what; /* 0: the claim */
	struct policy *policy;
	struct filter filter;
};

static void
complain(const struct caisson_error *err)
{
	(void)fprintf(stderr, "smt_of: %s\n", err->msg);
}

static int
answer(const struct job *job)
{
	struct seccomp_data data = { 0 };
	unsigned long long words[9];

	for (int i = 0; i < 9; i++)
		if (scanf("%llu", &words[i]) != 1)
			return 1;
	data.nr = (int)words[0];
	data.arch = (uint32_t)words[1];
	data.instruction_pointer = words[2];
	for (int i = 0; i < 6; i++)
		data.args[i] = words[3 + i];
	(void)printf("%" PRIu32 " %" PRIu32 "\n",
		     bpf_run(job->filter.insns, &data, NULL),
		     policy_decide(job->policy, &data, NULL));
	return 0;
}

static int
print_filter(const struct job *job)
{
	char line[96];

	for (size_t i = 0; i < job->filter.len; i++) {
		bpf_print(job->filter.insns, job->filter.len, i, line,
			  sizeof(line));
		(void)puts(line);
	}
	return 0;
}

static int
work(struct job *job)
{
	struct caisson_error err = { 0 };
	char *text = NULL;
	size_t len;

	if (filter_generate(job->policy, &job->filter, &err) < 0) {
		complain(&err);
		return 1;
	}
	if (job->mutant != NULL &&
	    mutant_apply(job->mutant, job->policy, &job->filter) < 0) {
		(void)fprintf(stderr, "smt_of: no place for %s\n", job->mutant);
		return 1;
	}
	if (job->what == 'c')
		return answer(job);
	if (job->what == 'b')
		return print_filter(job);
	if (proof_smt(job->policy, &job->filter, &text, &len, &err) < 0) {
		complain(&err);
		return 1;
	}
	(void)fwrite(text, 1, len, stdout);
	free(text);
	return 0;
}

static int
list(char what)
{
	const char *name;

	for (size_t i = 0;; i++) {
		name = what == 'l' ? mutant_at(i) : text_profile_at(i);
		if (name == NULL)
			return 0;
		(void)puts(name);
	}
}

int
main(int argc, char **argv)
{
	struct job job = { 0 };
	struct caisson_error err = { 0 };
	int c, r;

	while ((c = getopt(argc, argv, "m:cblp")) != -1)
		if (c == 'm')
			job.mutant = optarg;
		else if (c == 'l' || c == 'p')
			return list((char)c);
		else if (c == 'c' || c == 'b')
			job.what = (char)c;
		else
			return 2;
	if (argc - optind != 2)
		return 2;
	if (loading_policy(argv[optind], argv[optind + 1], &job.policy, &err) <
	    0) {
		complain(&err);
		return 1;
	}
	r = work(&job);
	filter_done(&job.filter);
	policy_free(job.policy);
	return r;
}
