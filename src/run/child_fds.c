/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The descriptor step: exactly the plan's numbers are open in the program,
 * whatever the launcher had open and whatever its other threads did meanwhile.
 * Rules of child.c.
 */
#include "run/child_steps.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/resource.h>

bool
child_is_open(int fd)
{
	return sys3(SYS_fcntl, fd, F_GETFD, 0) != -EBADF;
}

/* Where *fd is not above `top`, it becomes a copy that is. */
static long
lift(int *fd, int top)
{
	long r = *fd;

	if (r <= top)
		r = sys3(SYS_fcntl, *fd, F_DUPFD_CLOEXEC, top + 1);
	r = step_same(r, r > top);
	if (r >= 0)
		*fd = (int)r;
	return r;
}

/* Nothing stands where a target goes, but for sources already in place. */
static long
make_room(const struct plan *plan, int top, uint32_t *index)
{
	long r = plan->report_fd != NULL ? lift(plan->report_fd, top) : 0;

	for (size_t i = 0; r >= 0 && i < plan->n_fds; i++) {
		*index = (uint32_t)plan->fds[i].target;
		if (plan->sources[i] != plan->fds[i].target)
			r = lift(&plan->sources[i], top);
	}
	return r;
}

static long
place(const struct plan *plan, uint32_t *index)
{
	long r = 0;

	for (size_t i = 0; r >= 0 && i < plan->n_fds; i++) {
		int source = plan->sources[i], target = plan->fds[i].target;
		/* all but this one are the program's */
		bool ours = plan->denials && target == plan->hand_over;

		*index = (uint32_t)target;
		if (source == target)
			r = sys3(SYS_fcntl, target, F_SETFD,
				 ours ? FD_CLOEXEC : 0);
		else
			r = sys3(SYS_dup3, source, target,
				 ours ? O_CLOEXEC : 0);
		r = step_same(r, source == target || r == target);
	}
	return r;
}

/* From *next to before fd, which stays. */
static long
close_up_to(int *next, int fd)
{
	int first = *next;

	*next = fd + 1;
	return first < fd ? sys3(SYS_close_range, first, fd - 1, 0) : 0;
}

/*
 * What is no target and not the report.  With a descriptor of our own above
 * everything that stays: when the rest has been closed it must be gone, or
 * nothing was.
 */
static long
close_rest(const struct plan *plan, int top)
{
	int report = plan->report_fd != NULL ? *plan->report_fd : -1;
	int next = 0, sentinel = (int)sys2(SYS_eventfd2, 0, O_CLOEXEC);
	long r = sentinel;

	if (r >= 0)
		r = lift(&sentinel, report > top ? report : top);
	for (size_t i = 0; r >= 0 && i < plan->n_fds; i++)
		r = close_up_to(&next, plan->fds[i].target);
	if (r >= 0 && report >= 0)
		r = close_up_to(&next, report);
	/* no descriptor has this number */
	if (r >= 0)
		r = close_up_to(&next, INT_MAX - 1);
	return step_same(r, r < 0 || !child_is_open(sentinel));
}

/*
 * A descriptor number at or above the soft limit cannot be made, and below it
 * the table may be full: ours goes up to the hard limit for as long.
 */
STEP(fds)
{
	int top = plan->n_fds > 0 ? plan->fds[plan->n_fds - 1].target : -1;
	uint64_t old[2] = { 0, 0 }, most[2];
	long r = sys4(SYS_prlimit64, 0, RLIMIT_NOFILE, 0, old);
	bool raise = r >= 0 && old[0] < old[1];

	most[0] = most[1] = old[1];
	if (raise)
		r = sys4(SYS_prlimit64, 0, RLIMIT_NOFILE, most, 0);
	if (r >= 0)
		r = make_room(plan, top, index);
	if (r >= 0)
		r = place(plan, index);
	if (r >= 0)
		r = close_rest(plan, top);
	if (r >= 0 && raise)
		r = sys4(SYS_prlimit64, 0, RLIMIT_NOFILE, old, 0);
	return r;
}
