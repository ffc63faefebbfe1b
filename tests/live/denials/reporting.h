/* SPDX-License-Identifier: Apache-2.0 */
/* Launches that report refused calls, and what they reported. */
#ifndef LIVE_DENIALS_REPORTING_H
#define LIVE_DENIALS_REPORTING_H

#include "launching.h"

#include "caisson_policy.h"

#include <linux/seccomp.h>

/* What ordinary programs need, EPERM for other calls, ENOSYS for unknown ones;
 * further rules begin at line 4. */
#define REPORTING_POLICY           \
	"@default return EPERM\n"  \
	"@unknown return ENOSYS\n" \
	"@system-service: allow\n"

extern const struct caisson_launch_options reporting_options;

/* A policy file in the scratch directory; its path, static. */
const char *reporting_policy(const char *text);

/*
 * A spec of the caller (caller.c) with these arguments behind argv[0], under
 * this policy, with members as for launching_spec.
 */
struct caisson_spec *reporting_spec(const char *policy, const char *members,
				    const char *const *args);
/* The same, launched. */
struct caisson_child *
reporting_start(const char *policy, const char *const *args);
#define REPORTING_ARGS(...)                 \
	(const char *const[])               \
	{                                   \
		"caller", __VA_ARGS__, NULL \
	}

struct reporting_seen {
	struct caisson_denial *v; /* heap; each as it was told last */
	size_t n;
	size_t told; /* how often */
	struct caisson_exit exit;
	char *output; /* free() */
};

/* Whatever there is to tell now. */
void reporting_take(struct caisson_child *child, struct reporting_seen *seen);

/* Waits for the end, as an embedder does that only waits. */
void reporting_finish(struct caisson_child *child, struct reporting_seen *seen);
void reporting_forget(struct reporting_seen *seen);

/* The record of a call, which must be there once; and how many in all. */
const struct caisson_denial *
reporting_of(const struct reporting_seen *seen, uint32_t nr);
uint64_t reporting_count(const struct reporting_seen *seen);

#endif
