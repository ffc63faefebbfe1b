/* SPDX-License-Identifier: Apache-2.0 */
/* The filters that are compared: of one policy, by two compilers. */
#include "race.h"

#include "policy/calls.h"
#include "policy/load.h"
#include "policy/second/compile.h"

#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const seccomp_contenders[N_CONTENDERS] = {
	"no filter", "libseccomp tree", "libseccomp linear", "caisson"
};

static int
read_policy(const char *name, const char *file, struct policy **out)
{
	const struct load_options options = {
		.arch = calls_arch_by_name("x86_64"),
	};
	struct caisson_error err = { 0 };
	int r = file != NULL ? load_file(file, &options, out, &err)
			     : load_profile(name, &options, out, &err);

	if (r < 0)
		(void)fprintf(stderr, "%s: %s\n", file != NULL ? file : name,
			      err.msg);
	return r;
}

/* Nothing but x86_64, whatever else the file is for. */
static int
keep_x86_64(struct policy *policy)
{
	for (size_t i = 0; i < policy->n_archs; i++) {
		struct policy_arch first = policy->archs[0];

		if (strcmp(policy->archs[i].calls->name, "x86_64") != 0)
			continue;
		policy->archs[0] = policy->archs[i];
		policy->archs[i] = first;
		return 0;
	}
	(void)fprintf(stderr, "the policy is not for x86_64\n");
	return -1;
}

static int
operator_of(const struct policy_atom *atom, struct scmp_arg_cmp *out)
{
	static const enum scmp_compare ops[] = {
		[POLICY_EQ] = SCMP_CMP_EQ, [POLICY_NE] = SCMP_CMP_NE,
		[POLICY_LT] = SCMP_CMP_LT, [POLICY_LE] = SCMP_CMP_LE,
		[POLICY_GT] = SCMP_CMP_GT, [POLICY_GE] = SCMP_CMP_GE,
	};

	out->arg = atom->arg;
	if (atom->width != 64 || atom->op > POLICY_GE)
		return -1;
	out->op = ops[atom->op];
	out->datum_a = atom->value;
	return 0;
}

/* As a runtime gives the rules of an OCI profile to libseccomp. */
static int
add_rule(scmp_filter_ctx ctx, const struct policy_arch *arch,
	 const struct policy_rule *rule)
{
	for (size_t i = 0; i < rule->n_clauses; i++) {
		const struct policy_clause *clause = &rule->clauses[i];
		struct scmp_arg_cmp cmp[6] = { 0 };

		if (clause->n_atoms > 6)
			return -1;
		for (size_t k = 0; k < clause->n_atoms; k++)
			if (operator_of(&clause->atoms[k], &cmp[k]) < 0)
				return -1;
		if (clause->action == arch->default_action)
			continue;
		if (seccomp_rule_add_array(ctx, clause->action, (int)rule->nr,
					   (unsigned)clause->n_atoms, cmp) != 0)
			return -1;
	}
	return 0;
}

static int
add_rules(scmp_filter_ctx ctx, const struct policy *policy)
{
	const struct policy_arch *arch = &policy->archs[0];

	if (arch->default_action != arch->unknown_action)
		return -1;
	for (size_t i = 0; i < arch->n_rules; i++)
		if (add_rule(ctx, arch, &arch->rules[i]) < 0)
			return -1;
	return 0;
}

/* The lowering that is exact for every policy. */
static int
add_exactly(scmp_filter_ctx ctx, const struct policy *policy)
{
	struct caisson_error err = { 0 };
	struct second second = {
		.policy = policy,
		.arch = &policy->archs[0],
		.ctx = ctx,
		.native = true,
		.err = &err,
	};

	if (second_add_rules(&second) == 0)
		return 0;
	(void)fprintf(stderr, "%s\n", err.msg);
	return -1;
}

static int
compile_libseccomp(const struct policy *policy, bool direct, uint32_t optimize,
		   struct filter *out)
{
	scmp_filter_ctx ctx = seccomp_init(policy->archs[0].unknown_action);
	struct caisson_error err = { 0 };
	int r = -1;

	if (ctx == NULL)
		return -1;
	if (seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, optimize) == 0 &&
	    seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH,
			     policy->foreign_action) == 0)
		r = direct ? add_rules(ctx, policy) : add_exactly(ctx, policy);
	if (r == 0)
		r = second_export(ctx, false, out, &err);
	seccomp_release(ctx);
	if (r < 0)
		(void)fprintf(stderr, "libseccomp cannot compile it: %s\n",
			      err.msg);
	return r;
}

static int
compile_all(struct race *race, const struct policy *policy, bool direct)
{
	struct caisson_error err = { 0 };
	struct contender *c = race->contenders;

	if (load_filter(policy, &c[CAISSON].filter, &err) < 0) {
		(void)fprintf(stderr, "caisson cannot compile it: %s\n",
			      err.msg);
		return -1;
	}
	if (compile_libseccomp(policy, direct, 2, &c[SECCOMP_TREE].filter) <
		0 ||
	    compile_libseccomp(policy, direct, 1, &c[SECCOMP_LINEAR].filter) <
		0)
		return -1;
	for (size_t i = SECCOMP_TREE; i < N_CONTENDERS; i++)
		c[i].mean_path =
		    (double)filter_mean_path(&c[i].filter,
					     policy->archs[0].calls) /
		    1000;
	return 0;
}

int
race_init(struct race *race, const char *name, const char *file)
{
	struct policy *policy = NULL;
	size_t n_archs;
	int r;

	memset(race, 0, sizeof(*race));
	race->policy = name;
	if (read_policy(name, file, &policy) < 0)
		return -1;
	n_archs = policy->n_archs;
	r = keep_x86_64(policy);
	policy->n_archs = 1;
	if (r == 0)
		r = compile_all(race, policy, file != NULL);
	policy->n_archs = n_archs;
	policy_free(policy);
	return r;
}

void
race_done(struct race *race)
{
	for (size_t i = 0; i < N_CONTENDERS; i++)
		filter_done(&race->contenders[i].filter);
}
