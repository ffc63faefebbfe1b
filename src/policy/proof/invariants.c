/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Filters that nothing can be launched under, or that a program cannot end
 * under, are nobody's intention.  Decided over all arguments, for the
 * architecture that programs will have.
 */
#include "policy/proof.h"

#include "base/err.h"
#include "policy/bpf/walk.h"
#include "policy/calls.h"

#include <stdio.h>

#define ALLOWED     1 /* as walk_solve */
#define NOT_ALLOWED 0

static int
find_allowed(const struct bpf_path *path, void *arg)
{
	uint32_t action = path->action & SECCOMP_RET_ACTION_FULL;
	uint32_t words[16] = { 0 };

	if (action != SECCOMP_RET_ALLOW && action != SECCOMP_RET_LOG)
		return 0;
	return walk_solve(path, arg, words);
}

/* Is the call carried out for some arguments?  Or an enum bpf_walk_error. */
static int
may_call(const struct filter *filter, const struct calls_arch *arch,
	 const char *name)
{
	struct bpf_condition given[] = {
		{ .word = 0, .test = BPF_TEST_EQ, .mask = UINT32_MAX },
		{ .word = 1, .test = BPF_TEST_EQ, .mask = UINT32_MAX },
	};
	struct walk_budget budget = { WALK_WORK_MAX };
	struct walk_request request = { .insns = filter->insns,
					.n = filter->len,
					.given = given,
					.n_given = 2,
					.budget = &budget };

	if (!calls_number(arch, name, &given[0].k))
		return NOT_ALLOWED;
	given[1].k = arch->token;
	return walk_given(&request, find_allowed, &budget);
}

/* The host's, if the policy speaks of it. */
static const struct calls_arch *
program_arch(const struct policy *policy)
{
	const struct calls_arch *host = calls_arch_host();

	for (size_t i = 0; i < policy->n_archs; i++)
		if (policy->archs[i].calls == host)
			return host;
	return policy->n_archs > 0 ? policy->archs[0].calls : host;
}

/* "FILE:LINE: " of what refuses a call without arguments; else "". */
static void
say_where(const struct policy *policy, const struct calls_arch *arch,
	  const char *name, char out[96])
{
	struct seccomp_data data = { .arch = arch->token };
	struct policy_origin origin = { 0 };
	uint32_t nr;

	out[0] = '\0';
	if (!calls_number(arch, name, &nr))
		return;
	data.nr = (int)nr;
	(void)policy_decide(policy, &data, &origin);
	if (origin.line > 0 && origin.file < policy->n_files)
		(void)snprintf(out, 96,
			       "%.64s:%u: ", policy->files[origin.file],
			       origin.line);
}

struct need {
	const char *names[2]; /* one of the two will do */
	const char *why;
};

int
proof_invariants(const struct policy *policy, const struct filter *filter,
		 struct caisson_error *err)
{
	static const struct need needs[] = {
		{ { "execve", "execveat" }, "nothing could be launched" },
		{ { "exit_group", "exit" }, "no program could end" },
	};
	const struct calls_arch *arch = program_arch(policy);
	char where[96];

	for (size_t i = 0; i < sizeof(needs) / sizeof(needs[0]); i++) {
		const char *const *names = needs[i].names;
		int r = may_call(filter, arch, names[0]);

		if (r == NOT_ALLOWED)
			r = may_call(filter, arch, names[1]);
		if (r == ALLOWED)
			continue;
		if (r == BPF_WALK_NO_MEMORY)
			return err_no_memory(err, CAISSON_STAGE_PROFILE);
		if (r < 0)
			return err_set(err, CAISSON_E_UNSUPPORTED,
				       CAISSON_STAGE_PROFILE, 0,
				       "a filter that cannot be walked");
		say_where(policy, arch, names[0], where);
		return err_set(err, CAISSON_E_POLICY, CAISSON_STAGE_PROFILE, 0,
			       "%s%s and %s are refused on %s: %s", where,
			       names[0], names[1], arch->name, needs[i].why);
	}
	return 0;
}
