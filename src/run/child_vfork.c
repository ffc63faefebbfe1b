/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The descriptor table after vfork: it is still the launcher's, and nothing
 * may be added to it.  Rules of child.c.
 */
#include "run/child_steps.h"

#include <errno.h>
#include <limits.h>
#include <linux/close_range.h>

/*
 * The sentinel is one that the launcher has, at or above the cut: if it is
 * still there, so is everything else, and the table is not ours.
 */
static long
unshare_above(const struct plan *plan, unsigned cut)
{
	long r = sys3(SYS_close_range, cut, ~0u, CLOSE_RANGE_UNSHARE);

	return step_same(r, r < 0 || !child_is_open(plan->sentinel_fd));
}

/*
 * The kernel looks at the permission before it looks for the descriptor, so
 * asking for one that nobody has tells whether we may, and changes nothing.
 */
static bool
may_fetch(const struct plan *plan)
{
	return plan->self_pidfd >= 0 &&
	       sys3(SYS_pidfd_getfd, plan->self_pidfd, INT_MAX, 0) == -EBADF;
}

/* An empty table, then each source from the launcher's. */
static long
fetch(const struct plan *plan, uint32_t *index)
{
	long r = unshare_above(plan, 3), pidfd = -1;

	if (r >= 0)
		r = pidfd = sys2(SYS_pidfd_open, plan->parent_pid, 0);
	for (size_t i = 0; r >= 0 && i < plan->n_fds; i++) {
		*index = (uint32_t)plan->fds[i].target;
		if (plan->fds[i].source < 3)
			continue;
		r = sys3(SYS_pidfd_getfd, pidfd, plan->fds[i].source, 0);
		plan->sources[i] = (int)r;
	}
	return r; /* the pidfd goes with the rest */
}

/*
 * Take a copy of its lower part only, or of none of it and fetch what is
 * needed, so that a launch costs the same however many descriptors are open.
 */
STEP(unshare_fds)
{
	if (plan->engine != CAISSON_ENGINE_VFORK)
		return 0;
	return may_fetch(plan) ? fetch(plan, index)
			       : unshare_above(plan, plan->cut);
}
