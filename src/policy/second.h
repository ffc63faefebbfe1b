/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The second compiler: the same policy through libseccomp, given only EQ and
 * MASKED_EQ over disjoint blocks.  For comparison in the tests, and in a
 * build that asks for it for architectures that the generator does not know.
 */
#ifndef POLICY_SECOND_H
#define POLICY_SECOND_H

#include "policy/filter.h"

CAISSON_CHECK int second_generate(const struct policy *policy,
				  struct filter *out,
				  struct caisson_error *err);

#endif
