/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A policy through libseccomp: a context for each architecture, merged.  The
 * answer for numbers without a name is libseccomp's default, so it must be the
 * same for all of them; numbers with the highest bit, but for -1, which no
 * table has, are foreign to libseccomp on x86_64.
 */
#include "policy/second/compile.h"

#include "base/err.h"
#include "policy/calls.h"

#include <byteswap.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

int
second_unsupported(const struct second *second, struct policy_origin origin,
		   const char *what)
{
	const char *file = "policy";

	if (origin.file < second->policy->n_files)
		file = second->policy->files[origin.file];
	return err_set(second->err, CAISSON_E_UNSUPPORTED,
		       CAISSON_STAGE_PROFILE, 0, "%s:%u: %s", file, origin.line,
		       what);
}

static int
failed(struct caisson_error *err, int r, const char *what)
{
	if (r == -ENOMEM)
		return err_no_memory(err, CAISSON_STAGE_PROFILE);
	return err_set(err, CAISSON_E_UNSUPPORTED, CAISSON_STAGE_PROFILE, -r,
		       "libseccomp: %s", what);
}

/* One architecture, and only that. */
static int
prepare(const struct second *second)
{
	uint32_t token = seccomp_arch_resolve_name(second->arch->calls->name);
	int r = token == 0 ? -EINVAL : 0;

	/* The other one first: both together may not be of one byte order. */
	if (r == 0 && token != seccomp_arch_native()) {
		r = seccomp_arch_remove(second->ctx, seccomp_arch_native());
		if (r == 0)
			r = seccomp_arch_add(second->ctx, token);
	}
	if (r < 0)
		return failed(second->err, r, second->arch->calls->name);
	r = seccomp_attr_set(second->ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	if (r == 0)
		r = seccomp_attr_set(second->ctx, SCMP_FLTATR_ACT_BADARCH,
				     second->policy->foreign_action);
	if (r < 0)
		return failed(second->err, r, "an attribute");
	return 0;
}

/* On success second->ctx has the architecture's rules. */
static int
compile_arch(struct second *second)
{
	int r;

	second->ctx = seccomp_init(second->arch->unknown_action);
	if (second->ctx == NULL)
		return failed(second->err, -EINVAL, "the default action");
	second->native = seccomp_arch_native() ==
			 seccomp_arch_resolve_name(second->arch->calls->name);
	r = prepare(second);
	if (r == 0)
		r = second_add_rules(second);
	if (r < 0) {
		seccomp_release(second->ctx);
		second->ctx = NULL;
	}
	return r;
}

static int
check(const struct second *second)
{
	const struct policy *policy = second->policy;

	if (policy->n_archs == 0)
		return second_unsupported(second,
					  (struct policy_origin){ 0, 0 },
					  "no architecture");
	for (size_t i = 1; i < policy->n_archs; i++)
		if (policy->archs[i].unknown_action !=
		    policy->archs[0].unknown_action)
			return second_unsupported(
			    second, policy->archs[i].unknown_origin,
			    "architectures that differ in @unknown");
	return 0;
}

static int
compile_all(struct second *second, scmp_filter_ctx *out)
{
	scmp_filter_ctx all = NULL;
	int r = check(second);

	for (size_t i = 0; i < second->policy->n_archs && r == 0; i++) {
		second->arch = &second->policy->archs[i];
		r = compile_arch(second);
		if (r < 0)
			break;
		if (all == NULL) {
			all = second->ctx;
			continue;
		}
		r = seccomp_merge(all, second->ctx); /* takes what it merges */
		if (r < 0) {
			seccomp_release(second->ctx);
			r = failed(second->err, r, "merging architectures");
		}
	}
	if (r == 0)
		*out = all;
	else
		seccomp_release(all);
	return r;
}

static bool
has_answer(const struct policy *policy, uint32_t action)
{
	for (size_t i = 0; i < policy->n_archs; i++) {
		const struct policy_arch *arch = &policy->archs[i];

		if (arch->default_action == action ||
		    arch->unknown_action == action)
			return true;
		for (size_t r = 0; r < arch->n_rules; r++)
			for (size_t c = 0; c < arch->rules[r].n_clauses; c++)
				if (arch->rules[r].clauses[c].action == action)
					return true;
	}
	return policy->foreign_action == action;
}

/*
 * Only answers of the policy.  In a filter for the other order of bytes some
 * of them are in ours already when all of it has been swapped.
 */
static int
settle_answers(const struct second *second, bool swapped, struct filter *filter)
{
	for (size_t i = 0; i < filter->len; i++) {
		struct sock_filter *insn = &filter->insns[i];

		if (insn->code != (BPF_RET | BPF_K) ||
		    has_answer(second->policy, insn->k))
			continue;
		if (!swapped || !has_answer(second->policy, bswap_32(insn->k)))
			return second_unsupported(
			    second, (struct policy_origin){ 0, 0 },
			    "libseccomp answers what the policy does not");
		insn->k = bswap_32(insn->k);
	}
	return 0;
}

int
second_generate(const struct policy *policy, struct filter *out,
		struct caisson_error *err)
{
	const bool here = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__;
	bool swapped;
	struct second second = { .policy = policy, .err = err };
	struct filter filter = { NULL, 0 };
	scmp_filter_ctx ctx = NULL;
	int r = compile_all(&second, &ctx);

	if (r < 0)
		return r;
	swapped = policy->archs[0].calls->big_endian != here;
	r = second_export(ctx, swapped, &filter, err);
	seccomp_release(ctx);
	if (r < 0)
		return r;
	r = settle_answers(&second, swapped, &filter);
	if (r < 0)
		filter_done(&filter);
	else
		*out = filter;
	return r;
}
