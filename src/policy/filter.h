/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Policy to filter: the architecture, then a binary search over ranges of
 * numbers that share an answer, then arguments, with shared returns.  Equal
 * policies give equal bytes.
 */
#ifndef POLICY_FILTER_H
#define POLICY_FILTER_H

#include "policy/policy.h"

#include <linux/filter.h>

#define FILTER_MAX 4096 /* instructions: BPF_MAXINSNS */

struct filter {
	struct sock_filter *insns; /* heap */
	size_t len;
};

/*
 * CAISSON_E_POLICY with the line of the rule that needs most when it would be
 * longer than FILTER_MAX.  Not proved yet: see policy/proof.h.
 */
CAISSON_CHECK int filter_generate(const struct policy *policy,
				  struct filter *out,
				  struct caisson_error *err);
void filter_done(struct filter *filter); /* again is ok */

/*
 * How deep: instructions until the answer, on average over the numbers from 0
 * to the host table's end with all arguments 0, as the kernel runs a filter
 * for its allow cache; in thousandths.
 */
uint64_t
filter_mean_path(const struct filter *filter, const struct calls_arch *arch);

/*
 * The two filters of a launch that reports its refusals (policies to be
 * compiled, on the heap).  *notify answers SECCOMP_RET_USER_NOTIF where the
 * policy refuses (errno, kill) but for execve and execveat, and allows what the
 * child still needs: sendmsg on descriptor hand_over, seccomp.  *rest answers
 * those as the policy does, and allows everything else; it is loaded after
 * *notify, and the stricter answer counts.  Where the policy lets a seccomp
 * through that wants a listener, the two answer EBUSY.
 */
CAISSON_CHECK int filter_derive_notify(const struct policy *policy,
				       int hand_over, struct policy **notify,
				       struct policy **rest,
				       struct caisson_error *err);

#endif
