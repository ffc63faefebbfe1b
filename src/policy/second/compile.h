/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the second compiler share. */
#ifndef POLICY_SECOND_COMPILE_H
#define POLICY_SECOND_COMPILE_H

#include "policy/calls.h"
#include "policy/second.h"

#include <seccomp.h>

/* Where an architecture's rules go. */
struct second {
	const struct policy *policy;
	const struct policy_arch *arch;
	scmp_filter_ctx ctx;
	bool native; /* numbers are taken as they are */
	size_t rules; /* that libseccomp has got */
	struct caisson_error *err;
};

/* The number that libseccomp must be given; CAISSON_E_UNSUPPORTED. */
CAISSON_CHECK int second_number(const struct second *second, uint32_t nr,
				struct policy_origin origin, int *out);

/*
 * Every rule of an architecture.  More than SECOND_RULES_MAX cannot become a
 * filter that is short enough, and take libseccomp a long time.
 */
#define SECOND_RULES_MAX 2048u
CAISSON_CHECK int second_add_rules(struct second *second);

/* The instructions of ctx, as this machine reads them. */
CAISSON_CHECK int second_export(scmp_filter_ctx ctx, bool swapped,
				struct filter *out, struct caisson_error *err);

/* CAISSON_E_UNSUPPORTED: "FILE:LINE: what". */
CAISSON_CHECK int second_unsupported(const struct second *second,
				     struct policy_origin origin,
				     const char *what);

#endif
