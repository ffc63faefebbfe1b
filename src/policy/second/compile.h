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
	bool hide; /* see second_compile */
	size_t rules; /* that libseccomp has got */
	struct caisson_error *err;
};

/*
 * second_generate, which hides where it must: libseccomp adds rules of its own
 * for calls that an architecture also has through socketcall or ipc, so it
 * gets other numbers for them, which are put right in what it makes.
 */
CAISSON_CHECK int second_compile(const struct policy *policy, bool hide,
				 struct filter *out, struct caisson_error *err);

/* Is this number one of those? */
bool second_is_hidden(const struct second *second, uint32_t nr);

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
/* Gives hidden numbers back. */
void second_unhide(struct filter *filter);

/* CAISSON_E_UNSUPPORTED: "FILE:LINE: what". */
CAISSON_CHECK int second_unsupported(const struct second *second,
				     struct policy_origin origin,
				     const char *what);

/* Hidden numbers, and constants that would be taken for one. */
#define SECOND_HIDDEN     0x2d5f0000u
#define SECOND_HIDDEN_END 0x2d600000u

#endif
