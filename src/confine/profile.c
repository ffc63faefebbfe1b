/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The shipped seccomp profiles.  They were compiled when caisson was built;
 * here a name becomes a pointer.  Nothing is parsed, compiled or loaded.
 */
#include "confine/profile.h"
#include "base/err.h"
#include "confine/profile_data.h"

#include <stdio.h>
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

int
profile_get(const char *name, const char *policy, const struct profile **out,
	    struct caisson_error *err)
{
	if ((name == NULL) == (policy == NULL))
		return err_usage(err, "a profile or a policy, one of the two");
	if (policy != NULL)
		return err_set(err, CAISSON_E_UNSUPPORTED, CAISSON_STAGE_SPEC,
			       0,
			       "/seccomp/policy: policy files are not "
			       "supported by this version");
	for (size_t i = 0; i < N_PROFILES; i++) {
		if (strcmp(name, profiles[i]->name) == 0) {
			*out = profiles[i];
			return 0;
		}
	}
	return unknown(name, err);
}
