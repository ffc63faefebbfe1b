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
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <time.h>

/* The kernel's struct sigaction: all zeros is SIG_DFL on every architecture. */
struct kernel_sigaction {
	unsigned long handler, flags, restorer, mask;
};

#define KERNEL_NSIG   64
#define KERNEL_SIGSET 8 /* bytes */
#define TTY_PATH      "/dev/tty"
#define OOM_PATH      "/proc/self/oom_score_adj"

/* Not inherited by anything, and deleted by exec. */
static long
start_timer(uint64_t ms)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL };
	struct itimerspec when = { { 0, 0 }, { 0, 0 } };
	int timer = 0;
	long r;

	event.sigev_signo = SIGKILL;
	when.it_value.tv_sec = (time_t)(ms / 1000);
	when.it_value.tv_nsec = (long)(ms % 1000) * 1000000;
	r = sys3(SYS_timer_create, CLOCK_MONOTONIC, &event, &timer);
	if (r >= 0)
		r = sys4(SYS_timer_settime, timer, 0, &when, 0);
	when.it_value.tv_sec = when.it_value.tv_nsec = 0;
	if (r >= 0)
		r = sys2(SYS_timer_gettime, timer, &when);
	if (r >= 0 && when.it_value.tv_sec == 0 && when.it_value.tv_nsec == 0)
		return -PLAN_MISMATCH;
	return r;
}

/*
 * vfork: nobody else can end this, for the launcher is suspended.  fork: the
 * launcher keeps the deadline as well, so that a user who has used up the
 * limit that timers count against (EAGAIN) can still launch.
 */
int
step_deadline(const struct plan *plan, uint32_t *index)
{
	long r;

	(void)index;
	if (plan->deadline_ms == 0)
		return 0;
	r = start_timer(plan->deadline_ms);
	if (r == -EAGAIN && plan->engine == CAISSON_ENGINE_FORK)
		return 0;
	return step_result(r);
}

int
step_session(const struct plan *plan, uint32_t *index)
{
	(void)index;
	if (!plan->new_session)
		return 0;
	return step_result(sys0(SYS_setsid));
}

int
step_group(const struct plan *plan, uint32_t *index)
{
	(void)index;
	if (plan->new_session)
		return 0; /* setsid made one */
	if (plan->new_group)
		return step_result(sys2(SYS_setpgid, 0, 0));
	if (plan->join_group > 0)
		return step_result(sys2(SYS_setpgid, 0, plan->join_group));
	return 0;
}

/* The controlling terminal, or a negative errno (ENXIO: there is none). */
static long
open_tty(void)
{
	return sys4(SYS_openat, AT_FDCWD, TTY_PATH,
		    O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC, 0);
}

int
step_foreground(const struct plan *plan, uint32_t *index)
{
	int group = (int)sys1(SYS_getpgid, 0), now = -1;
	long fd, r;

	(void)index;
	if (!plan->foreground)
		return 0;
	fd = open_tty();
	if (fd < 0)
		return (int)fd;
	r = sys3(SYS_ioctl, fd, TIOCSPGRP, &group);
	if (r >= 0)
		r = sys3(SYS_ioctl, fd, TIOCGPGRP, &now);
	(void)sys1(SYS_close, fd);
	if (r >= 0 && now != group)
		return -PLAN_MISMATCH;
	return step_result(r);
}

static int
set_rlimit(const struct plan_rlimit *limit)
{
	uint64_t want[2] = { limit->soft, limit->hard };
	uint64_t got[2] = { ~limit->soft, ~limit->hard };
	long r = sys4(SYS_prlimit64, 0, limit->resource, want, 0);

	if (r >= 0)
		r = sys4(SYS_prlimit64, 0, limit->resource, 0, got);
	if (r < 0)
		return (int)r;
	if (got[0] != want[0] || got[1] != want[1])
		return -PLAN_MISMATCH;
	return 0;
}

int
step_rlimits(const struct plan *plan, uint32_t *index)
{
	for (size_t i = 0; i < plan->n_rlimits; i++) {
		int r = set_rlimit(&plan->rlimits[i]);

		*index = plan->rlimits[i].resource;
		if (r < 0)
			return r;
	}
	return 0;
}

int
step_nofile(const struct plan *plan, uint32_t *index)
{
	*index = RLIMIT_NOFILE;
	return plan->set_nofile ? set_rlimit(&plan->nofile) : 0;
}

int
step_nice(const struct plan *plan, uint32_t *index)
{
	(void)index;
	if (!plan->set_nice)
		return 0;
	return step_result(sys3(SYS_setpriority, PRIO_PROCESS, 0, plan->nice));
}

/* "-1000" to "1000"; returns the length. */
static unsigned
decimal(int value, char out[8])
{
	char digits[8];
	unsigned n = 0, len = 0;
	unsigned v = value < 0 ? (unsigned)-value : (unsigned)value;

	do {
		digits[n++] = (char)('0' + v % 10);
		v /= 10;
	} while (v > 0 && n < 6);
	if (value < 0)
		out[len++] = '-';
	while (n > 0)
		out[len++] = digits[--n];
	return len;
}

static bool
same(const char *a, const char *b, unsigned len)
{
	for (unsigned i = 0; i < len; i++)
		if (a[i] != b[i])
			return false;
	return true;
}

int
step_oom_score(const struct plan *plan, uint32_t *index)
{
	char want[8], got[8] = { 0 };
	unsigned len;
	long fd, r;

	(void)index;
	if (!plan->set_oom_score_adj)
		return 0;
	len = decimal(plan->oom_score_adj, want);
	fd = sys4(SYS_openat, AT_FDCWD, OOM_PATH, O_RDWR | O_CLOEXEC, 0);
	if (fd < 0)
		return (int)fd;
	r = sys3(SYS_write, fd, want, len);
	if (r >= 0)
		r = sys4(SYS_pread64, fd, got, sizeof(got), 0);
	(void)sys1(SYS_close, fd);
	if (r < 0)
		return (int)r;
	/* the kernel adds a newline */
	if (r != (long)len + 1 || !same(want, got, len))
		return -PLAN_MISMATCH;
	return 0;
}

/*
 * A kernel without keyrings (ENOSYS) and a container that forbids them (EPERM,
 * which this call has no other use for) have none that could be inherited in
 * a usable way; any other failure is one.
 */
int
step_keyring(const struct plan *plan, uint32_t *index)
{
	long r;

	(void)index;
	if (!plan->change_uid)
		return 0;
	r = sys2(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, 0);
	if (r == -ENOSYS || r == -EPERM) {
		long get = sys3(SYS_keyctl, KEYCTL_GET_KEYRING_ID,
				KEY_SPEC_SESSION_KEYRING, 0);

		return get == r ? 0 : (int)r;
	}
	if (r == 0)
		return -PLAN_MISMATCH; /* no key has the serial 0 */
	return step_result(r);
}

/* Ours now?  TIOCGSID says whose session a terminal controls. */
static int
take_terminal(void)
{
	int sid = -1;
	long r = sys3(SYS_ioctl, 0, TIOCSCTTY, 0);

	if (r >= 0)
		r = sys3(SYS_ioctl, 0, TIOCGSID, &sid);
	if (r < 0)
		return (int)r;
	return sid == (int)sys0(SYS_getpid) ? 0 : -PLAN_MISMATCH;
}

int
step_terminal(const struct plan *plan, uint32_t *index)
{
	long fd, r;

	(void)index;
	if (plan->tty == CAISSON_TTY_CONTROL)
		return take_terminal();
	if (plan->tty != CAISSON_TTY_DETACH)
		return 0;
	fd = open_tty();
	if (fd == -ENXIO)
		return 0; /* nothing to give up */
	if (fd < 0)
		return (int)fd;
	r = sys3(SYS_ioctl, fd, TIOCNOTTY, 0);
	(void)sys1(SYS_close, fd);
	if (r < 0)
		return (int)r;
	fd = open_tty();
	if (fd == -ENXIO)
		return 0;
	return fd < 0 ? (int)fd : -PLAN_MISMATCH;
}

int
step_umask(const struct plan *plan, uint32_t *index)
{
	(void)index;
	if (plan->set_umask)
		(void)sys1(SYS_umask, plan->umask);
	return 0; /* cannot fail; verify reads it back */
}

int
step_parent_death(const struct plan *plan, uint32_t *index)
{
	int got = 0;
	long r;

	(void)index;
	if (plan->parent_death_signal == 0)
		return 0;
	r = sys2(SYS_prctl, PR_SET_PDEATHSIG, plan->parent_death_signal);
	if (r >= 0)
		r = sys2(SYS_prctl, PR_GET_PDEATHSIG, &got);
	if (r < 0)
		return (int)r;
	if (got != plan->parent_death_signal)
		return -PLAN_MISMATCH;
	/* It may have died before the signal was armed. */
	return sys0(SYS_getppid) == plan->parent_pid ? 0 : -ESRCH;
}

/* What the kernel says; a call that only pretends leaves `unknown`. */
static long
get_handler(int sig, unsigned long *out)
{
	const unsigned long unknown = ~0ul;
	struct kernel_sigaction old = { unknown, 0, 0, 0 };
	long r = sys4(SYS_rt_sigaction, sig, 0, &old, KERNEL_SIGSET);

	*out = old.handler;
	return r;
}

static int
reset_signal(int sig)
{
	const struct kernel_sigaction dfl = { 0, 0, 0, 0 };
	unsigned long handler;
	long r = get_handler(sig, &handler);

	if (r >= 0 && handler != 0)
		r = sys4(SYS_rt_sigaction, sig, &dfl, 0, KERNEL_SIGSET);
	if (r >= 0 && handler != 0)
		r = get_handler(sig, &handler);
	if (r < 0)
		return (int)r;
	return handler == 0 ? 0 : -PLAN_MISMATCH;
}

/* In place the timers of setitimer(2) are still ours, and exec keeps them. */
static int
stop_timers(void)
{
	static const int timers[] = { ITIMER_REAL, ITIMER_VIRTUAL,
				      ITIMER_PROF };
	const struct itimerval none = { { 0, 0 }, { 0, 0 } };

	for (unsigned i = 0; i < 3; i++) {
		long r = sys3(SYS_setitimer, timers[i], &none, 0);

		if (r < 0)
			return (int)r;
	}
	return 0;
}

/* SIG_IGN survives exec, so every signal is looked at, and reset if need be. */
int
step_signals(const struct plan *plan, uint32_t *index)
{
	int r = plan->engine == CAISSON_ENGINE_REPLACE ? stop_timers() : 0;

	for (int sig = 1; r == 0 && sig <= KERNEL_NSIG; sig++) {
		*index = (uint32_t)sig;
		if (sig != SIGKILL && sig != SIGSTOP)
			r = reset_signal(sig);
	}
	return r;
}

int
step_ptrace(const struct plan *plan, uint32_t *index)
{
	(void)index;
	if (!plan->ptrace)
		return 0;
	return step_result(sys4(SYS_ptrace, PTRACE_TRACEME, 0, 0, 0));
}

int
step_mask(const struct plan *plan, uint32_t *index)
{
	const uint64_t none = 0;
	uint64_t got = ~none;
	long r = sys4(SYS_rt_sigprocmask, SIG_SETMASK, &none, 0, KERNEL_SIGSET);

	(void)plan;
	(void)index;
	if (r >= 0)
		r = sys4(SYS_rt_sigprocmask, SIG_SETMASK, 0, &got,
			 KERNEL_SIGSET);
	if (r < 0)
		return (int)r;
	return got == 0 ? 0 : -PLAN_MISMATCH;
}
