/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signals, timers, limits, scheduling, process group, terminal and namespaces
 * of the calling process.
 */
#include "procstate.h"

#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

/* The kernel's own struct: glibc's hides two signals and adds a restorer. */
struct kernel_sigaction {
	void (*handler)(int);
	unsigned long flags;
	void (*restorer)(void);
	uint64_t mask;
};

static void
write_dispositions(FILE *out)
{
	uint64_t ignored = 0, caught = 0;

	for (int s = 1; s <= 64; s++) {
		struct kernel_sigaction act;
		uint64_t bit = UINT64_C(1) << (s - 1);

		memset(&act, 0, sizeof(act));
		if (syscall(SYS_rt_sigaction, s, NULL, &act, 8) != 0)
			continue;
		if (act.handler == SIG_IGN)
			ignored |= bit;
		else if (act.handler != SIG_DFL)
			caught |= bit;
	}
	procstate_hex(out, "sig_ignored", ignored);
	procstate_hex(out, "sig_caught", caught);
}

static void
write_timers(FILE *out)
{
	fputs("\"itimers\":[", out);
	for (int which = ITIMER_REAL; which <= ITIMER_PROF; which++) {
		struct itimerval t;
		bool armed;

		memset(&t, 0, sizeof(t));
		(void)syscall(SYS_getitimer, which, &t);
		armed = t.it_value.tv_sec != 0 || t.it_value.tv_usec != 0;
		fprintf(out, "%s%d", which > 0 ? "," : "", armed);
	}
	fputs("],", out);
}

void
procstate_signals(FILE *out)
{
	uint64_t blocked = 0, pending = 0;

	(void)syscall(SYS_rt_sigprocmask, SIG_SETMASK, NULL, &blocked, 8);
	(void)syscall(SYS_rt_sigpending, &pending, 8);
	procstate_hex(out, "sig_blocked", blocked);
	procstate_hex(out, "sig_pending", pending);
	write_dispositions(out);
	write_timers(out);
}

static void
write_limits(FILE *out)
{
	fputs("\"rlimits\":[", out);
	for (int r = 0; r < RLIM_NLIMITS; r++) {
		uint64_t limit[2] = { 0, 0 };

		(void)syscall(SYS_prlimit64, 0, r, NULL, limit);
		fprintf(out, "%s[%lld,%lld]", r > 0 ? "," : "",
			(long long)limit[0], (long long)limit[1]);
	}
	fputs("],", out);
}

/* tty_nr and tpgid, the 7th and 8th field of stat; the 2nd may hold spaces. */
static void
write_terminal(FILE *out)
{
	char line[1024], *p;
	int tty = -1, tpgid = -1;

	procstate_first_line("/proc/self/stat", line, sizeof(line));
	p = strrchr(line, ')');
	if (p != NULL)
		(void)sscanf(p + 1, " %*c %*d %*d %*d %d %d", &tty, &tpgid);
	procstate_number(out, "ctty", tty);
	procstate_number(out, "tpgid", tpgid);
	fputs("\"tcgetpgrp\":[", out);
	for (int fd = 0; fd < 3; fd++)
		fprintf(out, "%s%d", fd > 0 ? "," : "", (int)tcgetpgrp(fd));
	fputs("],", out);
}

static void
write_scheduling(FILE *out)
{
	char line[64];
	cpu_set_t cpus;
	int subreaper = -1, tsc = -1, pdeathsig = -1;

	CPU_ZERO(&cpus);
	(void)sched_getaffinity(0, sizeof(cpus), &cpus);
	procstate_number(out, "cpus", CPU_COUNT(&cpus));
	procstate_number(out, "nice",
			 20 - syscall(SYS_getpriority, PRIO_PROCESS, 0));
	procstate_number(out, "policy", sched_getscheduler(0));
	procstate_number(out, "ioprio", syscall(SYS_ioprio_get, 1, 0));
	procstate_first_line("/proc/self/oom_score_adj", line, sizeof(line));
	procstate_number(out, "oom_score_adj", strtol(line, NULL, 10));
	procstate_first_line("/proc/self/coredump_filter", line, sizeof(line));
	procstate_text(out, "coredump_filter", line);
	procstate_number(out, "timerslack", prctl(PR_GET_TIMERSLACK));
	procstate_number(out, "thp_disable",
			 prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0));
	procstate_number(out, "personality", personality(0xffffffff));
	(void)prctl(PR_GET_CHILD_SUBREAPER, &subreaper);
	procstate_number(out, "subreaper", subreaper);
	(void)prctl(PR_GET_TSC, &tsc);
	procstate_number(out, "tsc", tsc);
	(void)prctl(PR_GET_PDEATHSIG, &pdeathsig);
	procstate_number(out, "pdeathsig", pdeathsig);
}

static void
write_namespaces(FILE *out)
{
	static const char *const names[] = { "cgroup", "ipc",  "mnt", "net",
					     "pid",    "user", "uts" };
	char path[64], target[PATH_MAX];

	fputs("\"namespaces\":[", out);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		ssize_t n;

		(void)snprintf(path, sizeof(path), "/proc/self/ns/%s",
			       names[i]);
		n = readlink(path, target, sizeof(target) - 1);
		target[n < 0 ? 0 : n] = '\0';
		if (i > 0)
			fputc(',', out);
		procstate_quote(out, target);
	}
	fputs("],", out);
	procstate_first_line("/proc/self/cgroup", target, sizeof(target));
	procstate_text(out, "cgroup", target);
}

void
procstate_process(FILE *out)
{
	procstate_number(out, "pid", syscall(SYS_getpid));
	procstate_number(out, "ppid", syscall(SYS_getppid));
	procstate_number(out, "pgid", getpgid(0));
	procstate_number(out, "sid", getsid(0));
	write_limits(out);
	write_terminal(out);
	write_scheduling(out);
	write_namespaces(out);
}
