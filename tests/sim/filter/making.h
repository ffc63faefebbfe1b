/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Policies made by hand or at random, and filters compared with what their
 * policies mean.
 */
#ifndef SIM_FILTER_MAKING_H
#define SIM_FILTER_MAKING_H

#include "policy/calls.h"
#include "policy/filter.h"
#include "policy/policy.h"

#define ALLOW    SECCOMP_RET_ALLOW
#define REFUSE   (SECCOMP_RET_ERRNO | 1)
#define MISSING  (SECCOMP_RET_ERRNO | 38)
#define KILL     SECCOMP_RET_KILL_PROCESS
#define COUNT(x) (sizeof(x) / sizeof((x)[0]))

/* A generator of numbers that is the same everywhere. */
uint64_t making_random(uint64_t *state);

/* For these architectures ("x86_64", NULL at the end); ends the test if not. */
struct policy *making_policy(const char *const *archs);
struct policy *making_x86_64(void);
/* One clause more for a number of the policy's at-th architecture. */
void making_clause(struct policy *policy, size_t at, uint32_t nr,
		   const struct policy_clause *clause);
struct policy *making_random_policy(uint64_t *state);

/* Any architecture, even those that the public call leaves to libseccomp. */
struct filter making_filter(const struct policy *policy);

/* As the kernel of that architecture would run it. */
uint32_t making_run(const struct filter *filter, const struct calls_arch *arch,
		    const struct seccomp_data *data, unsigned *steps);

/*
 * Compares on every number from 0 to 1100, numbers near all of the rules',
 * the ends of all ranges, foreign architectures; and for every rule on
 * combinations of values around its constants.  The number of calls that are
 * answered differently; *calls counts those that were tried, and if it is not
 * NULL the first differences are printed.
 */
unsigned making_disagreements(const struct policy *policy,
			      const struct filter *filter, unsigned *calls);

#endif
