/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Creating the child.  clone3 where the kernel has it; clone(2) with the same
 * flags where a container's profile answers ENOSYS or EPERM, which is the same
 * confinement.  exit_signal is 0, so that until its exec (which sets it to
 * SIGCHLD) no wait of the embedding program's can take the child from us.
 */
#include "run/launch.h"

#include "base/err.h"
#include "base/fd.h"
#include "base/sys.h"
#include "run/child.h"
#include "run/clone.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <stdlib.h>

/* <linux/sched.h> and <sched.h> both declare these for C: same values. */
#define FORK_FLAGS CLONE_PIDFD

static bool
refused(long r)
{
	return r == -ENOSYS || r == -EPERM;
}

/*
 * The kernel takes the lowest number, which is a standard one where the caller
 * has closed it, and the next launch would pass it on as the caller's.
 */
static void
keep_off_stdio(int *pidfd)
{
	FD_OWNED low = *pidfd;
	int high = -1;

	if (low >= 0 && low <= 2)
		high = fcntl(low, F_DUPFD_CLOEXEC, 3);
	*pidfd = high >= 0 ? high : fd_steal(&low);
}

long
clone_shared(uint64_t flags, const struct clone_stack *stack, int (*fn)(void *),
	     void *arg, int *pidfd)
{
	struct clone_args args = { 0 };
	int fd = -1;
	long r;

	flags |= CLONE_VM | CLONE_VFORK | CLONE_PIDFD;
	args.flags = flags;
	args.pidfd = (uint64_t)(uintptr_t)&fd;
	args.stack = (uint64_t)(uintptr_t)stack->bottom;
	args.stack_size = stack->size;
	r = compat_clone3(&args, sizeof(args), fn, arg);
	if (refused(r)) {
		r = clone(fn, stack->bottom + stack->size, (int)flags, arg,
			  &fd);
		if (r < 0)
			r = -errno;
	}
	if (r > 0) {
		keep_off_stdio(&fd);
		*pidfd = fd;
	}
	return r;
}

/* The child's stack: above the plan, written once, found warm next time. */
static long
clone_vfork(struct launch *l)
{
	struct clone_stack stack = { l->stack, LAUNCH_STACK };

	return clone_shared(CLONE_FILES, &stack, child_main, &l->plan,
			    &l->pidfd);
}

static long
clone_fork(struct launch *l)
{
	struct clone_args args = { 0 };
	int pidfd = -1;
	long r;

	args.flags = FORK_FLAGS;
	args.pidfd = (uint64_t)(uintptr_t)&pidfd;
	r = sys2(SYS_clone3, &args, sizeof(args));
	if (refused(r))
		/* flags, stack and parent_tid come first everywhere */
		r = sys5(SYS_clone, FORK_FLAGS, 0, &pidfd, 0, 0);
	if (r == 0)
		(void)child_main(&l->plan);
	if (r > 0)
		l->pidfd = pidfd;
	return r;
}

int
launch_clone(struct launch *l, struct caisson_error *err)
{
	long r;

	if (l->plan.engine == CAISSON_ENGINE_VFORK) {
		l->stack = aligned_alloc(64, LAUNCH_STACK);
		if (l->stack == NULL)
			return err_no_memory(err, CAISSON_STAGE_CLONE);
		r = clone_vfork(l);
	} else {
		r = clone_fork(l);
	}
	if (r < 0)
		return err_set(err, CAISSON_E_SYSTEM, CAISSON_STAGE_CLONE,
			       (int)-r, "creating a process");
	l->pid = (int32_t)r;
	keep_off_stdio(&l->pidfd);
	return 0;
}
