/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Case files: what a policy must allow and what it must refuse, line by line.
 *
 *	openat allow
 *	socket(AF_INET, *) EPERM
 *	ioctl(*, TIOCSTI/0xffffffff) EPERM	(arg & mask) == value
 *	socket(!AF_UNIX/0xffffffff) EPERM	everything but that
 *	512..1023 ENOSYS			numbers
 *	x32:getpid kill				a call of another architecture
 *	@arch x86_64 aarch64			the policy is read for each
 *
 * A case speaks of every call that fits it, and that is decided over all paths
 * of the filter, not by trying.
 */
#ifndef POLICY_TEXT_CASES_H
#define POLICY_TEXT_CASES_H

#include "policy/filter.h"
#include "policy/notes.h"
#include "policy/policy.h"

#define CASES_SIZE_MAX (1u << 20) /* bytes */
#define CASES_MAX      20000
#define CASES_WORDS    64 /* in a line */

struct cases_options {
	const char *file; /* for messages; never NULL */
	const struct calls_arch *arch; /* until @arch names others; not NULL */
	struct notes *notes; /* borrowed: gets the error, or NULL */
};

/* ((arg & mask) == value) != negated; mask 0: anything. */
struct cases_arg {
	uint64_t value, mask;
	bool negated;
};

/* One call (or a range of numbers), and what all such calls must get. */
struct cases_case {
	const struct calls_arch *arch; /* read the policy for this one */
	const struct calls_arch *caller; /* who calls; most often the same */
	uint32_t low, high; /* numbers as in struct seccomp_data */
	struct cases_arg args[6];
	uint32_t action; /* SECCOMP_RET_*, with its data */
	uint32_t line;
	char *text; /* the call as written */
};

struct cases {
	struct cases_case *v;
	size_t n;
};

/*
 * CAISSON_E_SYNTAX, or CAISSON_E_POLICY for a name that does not exist; stage
 * CAISSON_STAGE_POLICY, "FILE:LINE:COLUMN: text".
 */
CAISSON_CHECK int cases_parse(const char *text, size_t len,
			      const struct cases_options *options,
			      struct cases **out, struct caisson_error *err);
void cases_free(struct cases *cases); /* NULL ok */

struct cases_result {
	bool ok; /* every call got what it must get; else: */
	struct seccomp_data data; /* one that did not */
	uint32_t policy, filter; /* what the two answer to it */
	struct policy_origin origin; /* where the policy says it */
};

/*
 * Policy and filter must have been made for the case's arch.  A result that is
 * not ok is no error.  CAISSON_E_UNSUPPORTED: a filter that bpf_walk cannot
 * walk, or that has too many paths for such calls.  CAISSON_E_POLICY: no call at
 * all fits the case.
 */
CAISSON_CHECK int
cases_check(const struct cases_case *one, const struct policy *policy,
	    const struct filter *filter, struct cases_result *out,
	    struct caisson_error *err);

#endif
