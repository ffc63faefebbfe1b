/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Questions about a child and signals to it, by pidfd.  A bare pid is used in
 * two places, each with a child of ours that has not been reaped.
 */
#include "run/process.h"

#include "base/fd.h"
#include "base/sys.h"
#include "run/process_text.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define FIELD_FLAGS   9
#define RECOVER_TRIES 10
#define RECOVER_MS    5
#define WAIT_ANY_KIND __WALL /* exit_signal is 0 until exec */

static enum process_exec
execed_by_stat(int32_t pid)
{
	char text[PROCESS_TEXT];
	const char *p = NULL;
	unsigned long flags;

	if (process_read_stat(pid, text) == 0)
		p = process_stat_field(text, FIELD_FLAGS);
	if (p == NULL)
		return PROCESS_UNKNOWN;
	flags = strtoul(p, NULL, 10);
	return (flags & COMPAT_PF_FORKNOEXEC) != 0 ? PROCESS_NOT_YET
						   : PROCESS_EXECED;
}

/* A tracee stops at its exec, with SIGTRAP. */
static enum process_exec
tracee_has_execed(int pidfd, int32_t pid)
{
	enum process_exec e = execed_by_stat(pid);
	siginfo_t info;
	long r;

	if (e != PROCESS_UNKNOWN)
		return e;
	info.si_pid = 0;
	r = sys5(SYS_waitid, P_PIDFD, pidfd, &info,
		 WSTOPPED | WNOHANG | WNOWAIT | WAIT_ANY_KIND, 0);
	return r == 0 && info.si_pid != 0 && info.si_status == SIGTRAP
		   ? PROCESS_EXECED
		   : PROCESS_UNKNOWN;
}

/*
 * It has not exec'ed, or somebody else has taken its status.  While that other
 * thread is at it, the process is dead, no wait sees it any more, and it can
 * still be signalled: then only /proc knows what it had become.
 */
static enum process_exec
not_an_ordinary_child(int pidfd, int32_t pid)
{
	siginfo_t info;
	enum process_exec e;

	if (process_signal(pidfd, 0) == -ESRCH)
		return PROCESS_GONE;
	if (!process_ended(pidfd, 0) ||
	    sys5(SYS_waitid, P_PIDFD, pidfd, &info,
		 WEXITED | WNOHANG | WNOWAIT | WAIT_ANY_KIND, 0) != -ECHILD)
		return PROCESS_NOT_YET;
	e = execed_by_stat(pid);
	/* once it is gone, the number may be another process's */
	if (e == PROCESS_UNKNOWN || process_signal(pidfd, 0) == -ESRCH)
		return PROCESS_GONE;
	return e;
}

/*
 * A child that was cloned with exit signal 0 becomes an ordinary one by its
 * exec, and only then does a wait that does not ask for clones see it.  By
 * pidfd, without /proc, and nothing is changed.  Two cases need /proc as well:
 * a tracee is seen by every wait, and a child that died may have died inside
 * exec, just after becoming ordinary.
 */
enum process_exec
process_has_execed(int pidfd, int32_t pid, bool traced)
{
	siginfo_t info;
	enum process_exec e;
	long r;

	if (traced)
		return tracee_has_execed(pidfd, pid);
	info.si_signo = -1; /* the kernel writes it, a pretended call not */
	info.si_pid = 0;
	r = sys5(SYS_waitid, P_PIDFD, pidfd, &info, WEXITED | WNOHANG | WNOWAIT,
		 0);
	if (r == -ECHILD)
		return not_an_ordinary_child(pidfd, pid);
	if (r < 0 || info.si_signo == -1)
		return PROCESS_UNKNOWN;
	if (info.si_pid == 0)
		return PROCESS_EXECED;
	e = execed_by_stat(pid);
	return e == PROCESS_NOT_YET ? PROCESS_NOT_YET : PROCESS_EXECED;
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

/* A pidfd says POLLIN when its process has died, POLLHUP once it is reaped. */
static bool
is_reaped_within(int pidfd, int ms)
{
	struct pollfd p = { pidfd, 0, 0 };

	return poll(&p, 1, ms) > 0 && (p.revents & POLLHUP) != 0;
}

/*
 * Since Linux 6.15 a pidfd remembers the status that somebody else took, from
 * a moment after the death: when it is reaped.
 */
enum process_recall
process_recall(int pidfd, struct process_status *out)
{
	struct compat_pidfd_info info;
	bool is_reaped = is_reaped_within(pidfd, 0);

	memset(&info, 0, sizeof(info));
	info.mask = COMPAT_PIDFD_INFO_EXIT;
	if (ioctl(pidfd, COMPAT_PIDFD_GET_INFO, &info) < 0)
		return PROCESS_RECALL_NEVER;
	if ((info.mask & COMPAT_PIDFD_INFO_EXIT) == 0)
		return is_reaped ? PROCESS_RECALL_NEVER : PROCESS_RECALL_LATER;
	decode(info.exit_code, out);
	return PROCESS_RECALL_KNOWN;
}

static void
recover(int pidfd, struct process_status *out)
{
	enum process_recall r = PROCESS_RECALL_LATER;

	for (int i = 0; i < RECOVER_TRIES && r == PROCESS_RECALL_LATER; i++) {
		if (i > 0)
			(void)is_reaped_within(pidfd, RECOVER_MS);
		r = process_recall(pidfd, out);
	}
	if (r == PROCESS_RECALL_KNOWN)
		return;
	memset(out, 0, sizeof(*out));
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
	if (r == -EBADF) { /* somebody closed our pidfd: nothing to ask */
		memset(out, 0, sizeof(*out));
		out->how = CAISSON_HOW_LOST;
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
	if (pid <= 1 || process_signal(pidfd, 0) == -ESRCH)
		return -ESRCH;
	return (int)sys2(SYS_kill, -pid, signo);
}
