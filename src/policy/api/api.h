/* SPDX-License-Identifier: Apache-2.0 */
/* The public policy from inside: all of it is made when it is. */
#ifndef POLICY_API_API_H
#define POLICY_API_API_H

#include "caisson_policy.h"
#include "policy/filter.h"
#include "policy/load.h"

struct caisson_policy {
	struct policy *policy;
	struct filter filter; /* insns NULL: see filter_error */
	struct caisson_error filter_error;
	char **warnings;
	size_t n_warnings;
};

/* As the kernel does it: an unknown tail must be zero; NULL: all zero. */
CAISSON_CHECK int api_options(const struct caisson_policy_options *in,
			      struct caisson_policy_options *out,
			      struct caisson_error *err);

/* The architecture that options name. */
CAISSON_CHECK int api_arch(const char *name, const struct calls_arch **out,
			   struct caisson_error *err);

/* What a reader is told of what a caller wants. */
CAISSON_CHECK int api_load_options(const struct caisson_policy_options *options,
				   struct load_options *out,
				   struct caisson_error *err);

#endif
