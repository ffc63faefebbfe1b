/* SPDX-License-Identifier: Apache-2.0 */
/* Policies and their filters, for the tests of proofs. */
#ifndef PROOF_LOADING_H
#define PROOF_LOADING_H

#include "policy/filter.h"
#include "policy/policy.h"

/*
 * A shipped profile, or with a slash in its name a file, for an architecture.
 * -1: err says why, if there is an err.
 */
int loading_policy(const char *name, const char *arch, struct policy **out,
		   struct caisson_error *err);

/* Both; text is a policy.  Fails the test if something is wrong with it. */
struct loading {
	struct policy *policy;
	struct filter filter;
};
struct loading loading_text(const char *text, const char *arch);
struct loading loading_named(const char *name, const char *arch);
void loading_done(struct loading *loading);

#endif
