/* SPDX-License-Identifier: Apache-2.0 */
/* Architectures that the generator is not for, in a build without: refused. */
#include "policy/filter/other.h"

#include "base/err.h"

int
filter_generate_other(const struct policy *policy, struct filter *out,
		      struct caisson_error *err)
{
	(void)policy;
	(void)out;
	return err_set(err, CAISSON_E_UNSUPPORTED, CAISSON_STAGE_PROFILE, 0,
		       "filters are made for x86_64, x32, x86, aarch64 and "
		       "arm; for others by builds with other_architectures");
}
