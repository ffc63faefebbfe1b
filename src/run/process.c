/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Questions about a child and signals to it, by pidfd.  A bare pid is used in
 * two places, each with a child of ours that has not been reaped.
 */
#include "run/process.h"

#include "base/fd.h"
#include "base/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define WAIT_ANY_KIND __WALL /* exit_signal is 0 until exec */

/* Field 9 of /proc/PID/stat; the second may contain anything. */
static enum process_exec
execed_by_stat(int32_t pid)
{
	char path[32], text[1024];
	unsigned long flags;
	char *p;
	ssize_t n;
	FD_OWNED fd = -1;

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (n <= 0)
		return PROCESS_UNKNOWN;
	text[n] = '\0';
	p = strrchr(text, ')');
	for (int field = 2; p != NULL && field < 9; field++)
		p = strchr(p + 1, ' ');
	if (p == NULL)
		return PROCESS_UNKNOWN;
	flags = strtoul(p + 1, NULL, 10);
	return (flags & COMPAT_PF_FORKNOEXEC) != 0 ? PROCESS_NOT_YET
						   : PROCESS_EXECED;
}

/* Is there a child of this kind to wait for?  Looks, takes nothing. */
static bool
is_waitable(int pidfd, int kind)
{
	return sys5(SYS_waitid, P_PIDFD, pidfd, 0,
		    WEXITED | WNOHANG | WNOWAIT | kind, 0) == 0;
}

/*
 * Without /proc: exec makes a clone with exit signal 0 an ordinary child,
 * which a wait that does not ask for clones can see.  A little early: an exec
 * that dies half-way counts as one.
 */
static enum process_exec
execed_by_wait(int pidfd)
{
	if (is_waitable(pidfd, 0))
		return PROCESS_EXECED;
	return is_waitable(pidfd, WAIT_ANY_KIND) ? PROCESS_NOT_YET
						 : PROCESS_GONE;
}

/*
 * The kernel lets a parent move a child to another group only until the child
 * has exec'ed, and then says EACCES: so moving it to where it is already costs
 * one call and tells.  It says EPERM of a child with its own session.
 */
enum process_exec
process_has_execed(int pidfd, int32_t pid, int32_t group)
{
	long r = sys2(SYS_setpgid, pid, group);
	enum process_exec e;

	if (r == -EACCES)
		return PROCESS_EXECED;
	if (r == 0)
		return PROCESS_NOT_YET;
	if (r == -ESRCH)
		return PROCESS_GONE;
	e = execed_by_stat(pid);
	return e != PROCESS_UNKNOWN ? e : execed_by_wait(pidfd);
}

int
process_ended(int pidfd, int timeout_ms)
{
	struct pollfd p = { pidfd, POLLIN, 0 };

	/* EINTR counts as "not yet": every caller has its own loop */
	return poll(&p, 1, timeout_ms) > 0;
}

static void
decode(int status, struct process_status *out)
{
	memset(out, 0, sizeof(*out));
	if (WIFSIGNALED(status)) {
		out->how = CAISSON_HOW_SIGNALLED;
		out->value = WTERMSIG(status);
		out->core = WCOREDUMP(status) != 0;
	} else {
		out->how = CAISSON_HOW_EXITED;
		out->value = WEXITSTATUS(status);
	}
}

/* Since Linux 6.15 a pidfd remembers the status that somebody else took. */
static void
recover(int pidfd, struct process_status *out)
{
	struct compat_pidfd_info info = { .mask = COMPAT_PIDFD_INFO_EXIT };

	memset(out, 0, sizeof(*out));
	if (ioctl(pidfd, COMPAT_PIDFD_GET_INFO, &info) == 0 &&
	    (info.mask & COMPAT_PIDFD_INFO_EXIT) != 0)
		decode(info.exit_code, out);
	else
		out->how = CAISSON_HOW_LOST;
}

enum process_reap
process_reap(int pidfd, struct process_status *out)
{
	siginfo_t info = { 0 };
	struct rusage usage = { 0 };
	long r;

	do {
		r = sys5(SYS_waitid, P_PIDFD, pidfd, &info,
			 WEXITED | WNOHANG | WAIT_ANY_KIND, &usage);
	} while (r == -EINTR);
	if (r == -ECHILD) {
		if (!process_ended(pidfd, 0))
			return PROCESS_RUNNING;
		recover(pidfd, out);
		return PROCESS_STOLEN;
	}
	if (r < 0 || info.si_pid == 0)
		return PROCESS_RUNNING;
	memset(out, 0, sizeof(*out));
	out->how = info.si_code == CLD_EXITED ? CAISSON_HOW_EXITED
					      : CAISSON_HOW_SIGNALLED;
	out->value = info.si_status;
	out->core = info.si_code == CLD_DUMPED;
	out->has_usage = true;
	out->usage = usage;
	return PROCESS_REAPED;
}

int
process_signal(int pidfd, int signo)
{
	return (int)sys4(SYS_pidfd_send_signal, pidfd, signo, 0, 0);
}

int
process_signal_group(int pidfd, int32_t pid, int signo)
{
	long r = sys4(SYS_pidfd_send_signal, pidfd, signo, 0,
		      COMPAT_PIDFD_SIGNAL_PROCESS_GROUP);

	if (r != -EINVAL)
		return (int)r;
	/* before Linux 6.9; never 0, 1 or negative: those are others */
	if (pid <= 1)
		return -ESRCH;
	return (int)sys2(SYS_kill, -pid, signo);
}
