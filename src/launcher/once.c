/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A session for one launch, after that one has started: what still has to be
 * done is to wait, to signal and to say so.  CAP_KILL is what that needs, and
 * policy/launcher.policy what it calls; whatever else, even by our own mistake,
 * is the end of the launcher.  A session that is kept cannot do this: its
 * programs would inherit the filter.
 */
#include "launcher/launcher.h"

#include "confine/profile.h"
#include "run/child_steps.h"

#include <linux/capability.h>
#include <sys/prctl.h>

/* Made from the policy during the build. */
extern const struct profile once_profile[];

int
once_confine(struct launcher *l)
{
	int r = start_set_capabilities((uint64_t)1 << CAP_KILL, 0);

	(void)l;
	/* without CAP_SYS_ADMIN the kernel takes filters only after this */
	if (r == 0)
		r = (int)sys5(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	return r == 0 ? (int)child_load(once_profile, 0) : r;
}
