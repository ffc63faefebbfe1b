/* SPDX-License-Identifier: Apache-2.0 */
/* Architectures that the generator is not for: libseccomp compiles. */
#include "policy/filter/other.h"

#include "policy/second.h"

int
filter_generate_other(const struct policy *policy, struct filter *out,
		      struct caisson_error *err)
{
	return second_generate(policy, out, err);
}
