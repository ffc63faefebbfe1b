/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The foreground of the terminal, which a launch hands to the child's group
 * and takes back if the launch fails: otherwise it would belong to a group
 * that has no process left.
 */
#include "run/launch.h"

#include "base/fd.h"
#include "base/sys.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

void
launch_remember_terminal(struct launch *l)
{
	if (!l->plan.foreground)
		return;
	l->tty = open("/dev/tty", O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (l->tty >= 0)
		l->tty_group = tcgetpgrp(l->tty);
}

/* From the background that is SIGTTOU, to which no one else may react. */
void
launch_restore_terminal(struct launch *l)
{
	const uint64_t block = (uint64_t)1 << (SIGTTOU - 1);
	uint64_t old = 0;

	if (l->tty < 0 || l->tty_group <= 0 || l->pid <= 0 ||
	    tcgetpgrp(l->tty) == l->tty_group)
		return;
	(void)sys4(SYS_rt_sigprocmask, SIG_BLOCK, &block, &old, sizeof(old));
	(void)tcsetpgrp(l->tty, l->tty_group);
	(void)sys4(SYS_rt_sigprocmask, SIG_SETMASK, &old, 0, sizeof(old));
}
