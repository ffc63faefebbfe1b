/* SPDX-License-Identifier: Apache-2.0 */
/* The generator for any architecture; filter_generate says for which it is. */
#ifndef POLICY_FILTER_COMPILE_H
#define POLICY_FILTER_COMPILE_H

#include "policy/filter.h"

CAISSON_CHECK int filter_compile(const struct policy *policy,
				 struct filter *out, struct caisson_error *err);

#endif
