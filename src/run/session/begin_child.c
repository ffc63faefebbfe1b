/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Between clone and exec of the launcher: in our memory, on a stack of its own,
 * so raw system calls only, and nothing is written but the error.  Not the
 * child's steps: one of them forbids to gain privilege, which is what this one
 * is for.
 */
#include "run/session/internal.h"

#include "plan/plan.h"
#include "run/child_steps.h"

#include <fcntl.h>
#include <limits.h>

/* Its end of the socket, under its number, and nothing else. */
static long
keep_socket(int sock)
{
	long r = 0;

	if (sock != START_SOCKET)
		r = sys3(SYS_dup3, sock, START_SOCKET, O_CLOEXEC);
	if (r >= 0)
		r = sys3(SYS_fcntl, START_SOCKET, F_SETFD, 0);
	if (r >= 0)
		r = sys3(SYS_close_range, START_SOCKET + 1, UINT_MAX, 0);
	if (r >= 0)
		r = sys3(SYS_close_range, 0, START_SOCKET - 1, 0);
	return r;
}

int
session_begin_child(void *arg)
{
	static const struct plan plan = { PLAN_NONE };
	struct session_begin *begin = arg;
	uint32_t index = 0;
	long r = keep_socket(begin->sock);

	if (r >= 0)
		r = step_signals(&plan, &index);
	if (r >= 0)
		r = step_mask(&plan, &index);
	if (r >= 0)
		r = sys3(SYS_execve, begin->path, begin->argv, begin->envp);
	begin->error = (int)-r;
	(void)sys1(SYS_exit_group, PLAN_EXIT_FAILED);
	return 0;
}
