/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The descriptor steps: exactly the plan's numbers are open in the program,
 * whatever the launcher had open and whatever its other threads did meanwhile.
 * Rules of child.c.
 */
#include "run/child_steps.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
#include <sys/resource.h>

#define LAST_FD (~0u)

static bool
is_open(int fd)
{
	return sys3(SYS_fcntl, fd, F_GETFD, 0) != -EBADF;
}

/*
 * The sentinel is one that the launcher has, at or above the cut: if it is
 * still there, so is everything else, and the table is not ours.
 */
static int
unshare_above(const struct plan *plan, unsigned cut)
{
	long r = sys3(SYS_close_range, cut, LAST_FD, CLOSE_RANGE_UNSHARE);

	if (r < 0)
		return (int)r;
	return is_open(plan->sentinel_fd) ? -PLAN_MISMATCH : 0;
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
static int
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
	return step_result(r); /* the pidfd goes with the rest */
}

/*
 * vfork: the table is still the launcher's, and nothing may be added to it.
 * Take a copy of its lower part only, or of none of it and fetch what is
 * needed, so that a launch costs the same however many descriptors are open.
 */
int
step_unshare_fds(const struct plan *plan, uint32_t *index)
{
	if (plan->engine != CAISSON_ENGINE_VFORK)
		return 0;
	if (may_fetch(plan))
		return fetch(plan, index);
	return unshare_above(plan, plan->cut);
}

/*
 * A descriptor number at or above the soft limit cannot be made, and below it
 * the table may be full.  Ours may go up to the hard limit while the table is
 * arranged; `soft` gets what it was, to be put back, or 0: nothing changed.
 */
static int
raise_nofile(uint64_t *soft)
{
	uint64_t old[2] = { 0, 0 }, new[2];
	long r = sys4(SYS_prlimit64, 0, RLIMIT_NOFILE, 0, old);

	*soft = 0;
	if (r < 0)
		return (int)r;
	if (old[1] <= old[0])
		return 0;
	new[0] = new[1] = old[1];
	r = sys4(SYS_prlimit64, 0, RLIMIT_NOFILE, new, 0);
	if (r < 0)
		return (int)r;
	*soft = old[0];
	return 0;
}

static int
restore_nofile(uint64_t soft)
{
	uint64_t old[2] = { 0, 0 }, new[2];
	long r;

	if (soft == 0)
		return 0;
	r = sys4(SYS_prlimit64, 0, RLIMIT_NOFILE, 0, old);
	if (r < 0)
		return (int)r;
	new[0] = soft;
	new[1] = old[1];
	return step_result(sys4(SYS_prlimit64, 0, RLIMIT_NOFILE, new, 0));
}

/* A copy of fd above `above`, or a negative errno. */
static long
lifted(int fd, int above)
{
	long r = sys3(SYS_fcntl, fd, F_DUPFD_CLOEXEC, above + 1);

	return r >= 0 && r <= above ? -PLAN_MISMATCH : r;
}

/* The report pipe must not stand where a target goes. */
static int
lift_report(const struct plan *plan, int above)
{
	long r;

	if (plan->report_fd == NULL || *plan->report_fd > above)
		return 0;
	r = lifted(*plan->report_fd, above);
	if (r >= 0)
		*plan->report_fd = (int)r;
	return step_result(r);
}

/* Copy every source that is not in place already above all targets. */
static int
lift(const struct plan *plan, int above, int *high, uint32_t *index)
{
	for (size_t i = 0; i < plan->n_fds; i++) {
		int source = plan->sources[i], target = plan->fds[i].target;
		long r;

		*index = (uint32_t)target;
		high[i] = source;
		if (source == target || source > above)
			continue;
		r = lifted(source, above);
		if (r < 0)
			return (int)r;
		high[i] = (int)r;
	}
	return 0;
}

/* No target is a source any more, but for those already in place. */
static int
place(const struct plan *plan, const int *high, uint32_t *index)
{
	for (size_t i = 0; i < plan->n_fds; i++) {
		int target = plan->fds[i].target;
		/* all but this one are the program's */
		bool ours = plan->denials && target == plan->hand_over;
		long r;

		*index = (uint32_t)target;
		if (high[i] == target)
			r = sys3(SYS_fcntl, target, F_SETFD,
				 ours ? FD_CLOEXEC : 0);
		else
			r = sys3(SYS_dup3, high[i], target,
				 ours ? O_CLOEXEC : 0);
		if (r < 0)
			return (int)r;
		if (high[i] != target && r != target)
			return -PLAN_MISMATCH;
	}
	return 0;
}

static int
close_from_to(unsigned first, unsigned last)
{
	if (first > last)
		return 0;
	return step_result(sys3(SYS_close_range, first, last, 0));
}

/* Everything between the targets, and after them but for the report. */
static int
close_around(const struct plan *plan, int report_fd)
{
	unsigned next = 0;
	int r = 0;

	for (size_t i = 0; r == 0 && i < plan->n_fds; i++) {
		unsigned target = (unsigned)plan->fds[i].target;

		if (target > next)
			r = close_from_to(next, target - 1);
		next = target + 1;
	}
	if (r == 0 && report_fd >= 0) {
		if ((unsigned)report_fd > next)
			r = close_from_to(next, (unsigned)report_fd - 1);
		next = (unsigned)report_fd + 1;
	}
	return r == 0 ? close_from_to(next, LAST_FD) : r;
}

/*
 * With a descriptor of our own above everything that stays: when the rest has
 * been closed it must be gone, or nothing was.
 */
static int
close_rest(const struct plan *plan, int top)
{
	int report_fd = plan->report_fd != NULL ? *plan->report_fd : -1;
	long low = sys2(SYS_eventfd2, 0, O_CLOEXEC), sentinel;
	int r;

	if (low < 0)
		return (int)low;
	if (report_fd > top)
		top = report_fd;
	sentinel = low > top ? low : lifted((int)low, top);
	if (sentinel < 0)
		return (int)sentinel;
	r = close_around(plan, report_fd);
	if (r == 0 && is_open((int)sentinel))
		return -PLAN_MISMATCH;
	return r;
}

int
step_fds(const struct plan *plan, uint32_t *index)
{
	int high[PLAN_FDS_MAX];
	int top = plan->n_fds > 0 ? plan->fds[plan->n_fds - 1].target : -1;
	uint64_t soft = 0;
	int r;

	r = raise_nofile(&soft);
	if (r == 0)
		r = lift_report(plan, top);
	if (r == 0)
		r = lift(plan, top, high, index);
	if (r == 0)
		r = place(plan, high, index);
	if (r == 0)
		r = close_rest(plan, top);
	if (r == 0)
		r = restore_nofile(soft);
	return r;
}
