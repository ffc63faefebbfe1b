/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Policies with architectures that the generator is not for.  Which file it
 * is, the build's option other_architectures decides.
 */
#ifndef POLICY_FILTER_OTHER_H
#define POLICY_FILTER_OTHER_H

#include "policy/filter.h"

CAISSON_CHECK int filter_generate_other(const struct policy *policy,
					struct filter *out,
					struct caisson_error *err);

#endif
