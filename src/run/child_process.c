/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Steps that set attributes of the process: session and group, terminal,
 * limits, scheduling, keyring, signals.  Rules of child.c.
 */
#include "run/child_steps.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>

/* The kernel's struct sigaction: all zeros is SIG_DFL on every architecture. */
struct kernel_sigaction {
	unsigned long handler, flags, restorer, mask;
};

#define KERNEL_NSIG   64
#define KERNEL_SIGSET 8 /* bytes */
#define TTY_PATH      "/dev/tty"
#define OOM_PATH      "/proc/self/oom_score_adj"

STEP(session)
{
	return plan->new_session ? sys0(SYS_setsid) : 0;
}

/* A new session has one already. */
STEP(group)
{
	if (plan->new_session || (!plan->new_group && plan->join_group <= 0))
		return 0;
	return sys2(SYS_setpgid, 0, plan->new_group ? 0 : plan->join_group);
}

/* The controlling terminal, or a negative errno (ENXIO: there is none). */
static long
open_tty(void)
{
	return sys4(SYS_openat, AT_FDCWD, TTY_PATH,
		    O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC, 0);
}

STEP(foreground)
{
	int group = (int)sys1(SYS_getpgid, 0), now = -1;
	long fd, r;

	if (!plan->foreground)
		return 0;
	fd = open_tty();
	if (fd < 0)
		return fd;
	r = sys3(SYS_ioctl, fd, TIOCSPGRP, &group);
	if (r >= 0)
		r = sys3(SYS_ioctl, fd, TIOCGPGRP, &now);
	(void)sys1(SYS_close, fd);
	return step_same(r, now == group);
}

static long
set_rlimit(const struct plan_rlimit *limit)
{
	uint64_t want[2] = { limit->soft, limit->hard };
	uint64_t got[2] = { ~limit->soft, ~limit->hard };
	long r = sys4(SYS_prlimit64, 0, limit->resource, want, 0);

	if (r >= 0)
		r = sys4(SYS_prlimit64, 0, limit->resource, 0, got);
	return step_same(r, got[0] == want[0] && got[1] == want[1]);
}

STEP(rlimits)
{
	long r = 0;

	for (size_t i = 0; r >= 0 && i < plan->n_rlimits; i++) {
		*index = plan->rlimits[i].resource;
		r = set_rlimit(&plan->rlimits[i]);
	}
	return r;
}

STEP(nofile)
{
	*index = RLIMIT_NOFILE;
	return plan->set_nofile ? set_rlimit(&plan->nofile) : 0;
}

STEP(nice)
{
	return plan->set_nice
		   ? sys3(SYS_setpriority, PRIO_PROCESS, 0, plan->nice)
		   : 0;
}

/* A line, as the kernel would say it, with its end at `end`. */
static char *
decimal(int value, char *end)
{
	unsigned left = value < 0 ? 0u - (unsigned)value : (unsigned)value;

	*--end = '\0';
	*--end = '\n';
	do {
		*--end = (char)('0' + left % 10);
		left /= 10;
	} while (left > 0);
	if (value < 0)
		*--end = '-';
	return end;
}

STEP(oom_score)
{
	char text[16], got[16] = "", *end = text + sizeof(text);
	char *want = decimal(plan->oom_score_adj, end);
	long fd, r;

	if (!plan->set_oom_score_adj)
		return 0;
	fd = sys4(SYS_openat, AT_FDCWD, OOM_PATH, O_RDWR | O_CLOEXEC, 0);
	if (fd < 0)
		return fd;
	r = sys3(SYS_write, fd, want, end - want - 1);
	if (r >= 0)
		r = sys4(SYS_pread64, fd, got, sizeof(got) - 1, 0);
	(void)sys1(SYS_close, fd);
	return step_same(r, child_same_string(got, want));
}

/*
 * A kernel without keyrings (ENOSYS) and a container that forbids them (EPERM,
 * which this call has no other use for) have none that could be inherited in
 * a usable way; any other failure is one.  No key has the serial 0.
 */
STEP(keyring)
{
	long r;

	if (!plan->change_uid)
		return 0;
	r = sys2(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, 0);
	if ((r == -ENOSYS || r == -EPERM) &&
	    sys3(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING,
		 0) == r)
		return 0;
	return step_same(r, r != 0);
}

/* Ours now?  TIOCGSID says whose session a terminal controls. */
static long
take_terminal(void)
{
	int sid = -1;
	long r = sys3(SYS_ioctl, 0, TIOCSCTTY, 0);

	if (r >= 0)
		r = sys3(SYS_ioctl, 0, TIOCGSID, &sid);
	return step_same(r, sid == (int)sys0(SYS_getpid));
}

/* Given up, where there was one, it cannot be opened any more. */
static long
leave_terminal(void)
{
	long fd = open_tty(), r = 0;

	if (fd >= 0) {
		r = sys3(SYS_ioctl, fd, TIOCNOTTY, 0);
		(void)sys1(SYS_close, fd);
	}
	if (fd >= 0 && r >= 0)
		fd = open_tty();
	if (r < 0 || fd == -ENXIO)
		return r;
	return step_same(fd, false);
}

STEP(terminal)
{
	if (plan->tty == CAISSON_TTY_CONTROL)
		return take_terminal();
	return plan->tty == CAISSON_TTY_DETACH ? leave_terminal() : 0;
}

/* It cannot fail, and is read back by verify. */
STEP(umask)
{
	if (plan->set_umask)
		(void)sys1(SYS_umask, plan->umask);
	return 0;
}

STEP(parent_death)
{
	int got = 0;
	long r;

	if (plan->parent_death_signal == 0)
		return 0;
	r = sys2(SYS_prctl, PR_SET_PDEATHSIG, plan->parent_death_signal);
	if (r >= 0)
		r = sys2(SYS_prctl, PR_GET_PDEATHSIG, &got);
	r = step_same(r, got == plan->parent_death_signal);
	/* it may have died before the signal was armed */
	if (r >= 0 && sys0(SYS_getppid) != plan->parent_pid)
		r = -ESRCH;
	return r;
}

/* Read, reset if need be, and read again. */
static long
reset_signal(int sig)
{
	/* what a call that only pretends leaves */
	const struct kernel_sigaction dfl = { 0 }, unknown = { ~0ul, 0, 0, 0 };
	struct kernel_sigaction now = unknown;
	long r = sys4(SYS_rt_sigaction, sig, 0, &now, KERNEL_SIGSET);

	if (r < 0 || now.handler == 0)
		return r;
	now = unknown;
	r = sys4(SYS_rt_sigaction, sig, &dfl, 0, KERNEL_SIGSET);
	if (r >= 0)
		r = sys4(SYS_rt_sigaction, sig, 0, &now, KERNEL_SIGSET);
	return step_same(r, now.handler == 0);
}

/* SIG_IGN survives exec, so every signal is looked at. */
STEP(signals)
{
	long r = 0;

	for (int sig = 1; r >= 0 && sig <= KERNEL_NSIG; sig++) {
		*index = (uint32_t)sig;
		if (sig != SIGKILL && sig != SIGSTOP)
			r = reset_signal(sig);
	}
	return r;
}

STEP(mask)
{
	const uint64_t none = 0;
	uint64_t got = ~none;
	long r = sys4(SYS_rt_sigprocmask, SIG_SETMASK, &none, 0, KERNEL_SIGSET);

	if (r >= 0)
		r = sys4(SYS_rt_sigprocmask, SIG_SETMASK, 0, &got,
			 KERNEL_SIGSET);
	return step_same(r, got == none);
}
