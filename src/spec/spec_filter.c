/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A filter that the caller has compiled already.  The spec keeps its bytes;
 * what is in them has been checked by those who made them.
 */
#include "policy/api/api.h"
#include "spec/edit.h"

#include "base/err.h"

#include <stdlib.h>
#include <string.h>

int
caisson_spec_set_seccomp_filter(struct caisson_spec *spec,
				const struct caisson_policy *policy,
				struct caisson_error *err)
{
	const void *insns = NULL;
	void *copy;
	size_t n = 0;
	int r = edit_begin(spec, err);

	if (r < 0)
		return r;
	r = caisson_policy_filter(policy, &insns, &n, err);
	if (r == 0)
		r = load_may_launch(policy->policy, &policy->filter, err);
	if (r < 0)
		return r;
	copy = reallocarray(NULL, n, sizeof(*policy->filter.insns));
	if (copy == NULL)
		return err_no_memory(err, CAISSON_STAGE_SPEC);
	memcpy(copy, insns, n * sizeof(*policy->filter.insns));
	edit_no_filter(spec);
	free(spec->profile);
	free(spec->policy);
	spec->profile = spec->policy = NULL;
	spec->filter = copy;
	spec->filter_n = n;
	return 0;
}
