/* SPDX-License-Identifier: Apache-2.0 */
/*
 * caisson policy: what can be done with a policy without starting anything.
 * Here are only its verbs, and what --arch means.
 */
#include "cli/policy.h"

#include "base/err.h"
#include "base/suggest.h"
#include "cli/cli.h"
#include "cli/subverb.h"

#include <stddef.h>

static const struct subverb verbs[] = {
	{ .name = "compile",
	  .summary = "make the filter, as bytes or as C",
	  .run = policy_compile,
	  .bit = POLICY_COMPILE,
	  .least = 1,
	  .most = 1,
	  .words = "FILE|PROFILE",
	  .example = "caisson policy compile my.policy -o my.bpf" },
	{ .name = "show",
	  .summary = "what it says about each system call",
	  .run = policy_show,
	  .bit = POLICY_SHOW,
	  .least = 1,
	  .most = 1,
	  .words = "FILE|PROFILE",
	  .example = "caisson policy show default" },
	{ .name = "import",
	  .summary = "policy text from other formats",
	  .run = policy_import,
	  .bit = POLICY_IMPORT,
	  .least = 1,
	  .most = 1,
	  .words = "FILE",
	  .example =
	      "caisson policy import --from oci seccomp.json >my.policy" },
	{ .name = "diff",
	  .summary = "what one allows and the other does not",
	  .run = policy_diff,
	  .bit = POLICY_DIFF,
	  .least = 2,
	  .most = 2,
	  .words = "FILE|PROFILE FILE|PROFILE",
	  .example = "caisson policy diff default my.policy" },
	{ .name = "test",
	  .summary = "does it allow and refuse what it must?",
	  .run = policy_test,
	  .bit = POLICY_TEST,
	  .least = 2,
	  .most = SUBVERB_MANY,
	  .words = "FILE|PROFILE CASES...",
	  .example = "caisson policy test my.policy my.cases" },
	{ .name = "prove",
	  .summary = "is the filter equal to the policy?",
	  .run = policy_prove,
	  .bit = POLICY_PROVE,
	  .least = 1,
	  .most = 1,
	  .words = "FILE|PROFILE",
	  .example = "caisson policy prove default" },
	{ .name = "list",
	  .summary = "profiles, groups, names",
	  .run = policy_list,
	  .bit = POLICY_LIST,
	  .words = "",
	  .example = "caisson policy list --groups" },
	{ .name = NULL },
};

static int
find_arch(struct policy_request *r, struct caisson_error *err)
{
	struct suggest s;

	r->arch = r->arch_name != NULL ? calls_arch_by_name(r->arch_name)
				       : calls_arch_host();
	if (r->arch != NULL)
		return 0;
	suggest_init(&s, r->arch_name);
	for (size_t i = 0; calls_arch_at(i) != NULL; i++)
		suggest_offer(&s, calls_arch_at(i)->name);
	if (s.best != NULL)
		return err_usage(err, "--arch %.64s: did you mean %s?",
				 r->arch_name, s.best);
	return err_usage(err,
			 "--arch %.64s: is none; see caisson policy list "
			 "--archs",
			 r->arch_name);
}

static const struct subverbs policy = {
	.name = "policy",
	.about = "Read, compile, compare and prove seccomp policies.  FILE is "
		 "policy text, or an OCI\nseccomp profile; it has a slash or "
		 "ends with .policy or .json; -: standard\ninput.  PROFILE is "
		 "one that caisson ships.",
	.manual = "caisson-policy(5)",
	.rows = policy_rows,
	.verbs = verbs,
	.complete = find_arch,
};

int
policy_main(int argc, char **argv, char **env)
{
	(void)argc;
	return subverb_main(&policy, argv, env);
}
