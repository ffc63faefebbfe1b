/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The shipped seccomp profiles.  They were compiled when caisson was built;
 * here a name becomes a pointer.  Nothing is parsed, compiled or loaded.
 */
#include "confine/profile.h"
#include "base/err.h"
#include "confine/profile_data.h"
#include "policy/policy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define N_PROFILES (sizeof(profiles) / sizeof(profiles[0]))

static const struct profile unconfined = { "unconfined", NULL, 0 };

static const struct profile *const profiles[] = {
	&profile_default,
	&unconfined,
};

static int
unknown(const char *name, struct caisson_error *err)
{
	char list[128] = "";
	size_t used = 0;

	for (size_t i = 0; i < N_PROFILES; i++) {
		int n = snprintf(list + used, sizeof(list) - used, "%s%s",
				 i == 0 ? "" : ", ", profiles[i]->name);

		if (n < 0 || (size_t)n >= sizeof(list) - used)
			break;
		used += (size_t)n;
	}
	return err_spec(err, "/seccomp/profile",
			"no profile \"%.64s\": there are %s", name, list);
}

static int
open_shipped(const char *name, struct profile_set *out,
	     struct caisson_error *err)
{
	for (size_t i = 0; i < N_PROFILES; i++) {
		if (strcmp(name, profiles[i]->name) == 0) {
			*out = (struct profile_set){ .filter = *profiles[i] };
			return 0;
		}
	}
	return unknown(name, err);
}

int
profile_open(const struct profile_request *request, struct profile_set *out,
	     struct caisson_error *err)
{
	if ((request->name == NULL) == (request->policy == NULL))
		return err_usage(err, "a profile or a policy, one of the two");
	if (request->policy != NULL)
		return err_set(err, CAISSON_E_UNSUPPORTED, CAISSON_STAGE_SPEC,
			       0,
			       "/seccomp/policy: policy files are not "
			       "supported by this version");
	return open_shipped(request->name, out, err);
}

void
profile_close(struct profile_set *set)
{
	for (size_t i = 0; i < 2; i++)
		free(set->owned[i]);
	policy_free(set->policy);
	*set = (struct profile_set){ 0 };
}
