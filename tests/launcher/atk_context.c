/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a program has from whoever starts it and never asked for: arguments,
 * environment, limits, signals, timers, ids, scheduling.
 */
#include "atk.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/keyctl.h>
#include <linux/securebits.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#define LONG_TEXT 60000u

static void
set_no_arguments(struct atk *atk, const char *value)
{
	(void)value;
	atk->argv[0] = NULL;
}

static char *
long_text(size_t len)
{
	char *text = atk_memory(len + 1);

	memset(text, 'A', len);
	return text;
}

static void
set_name(struct atk *atk, const char *value)
{
	atk->argv[0] =
	    strcmp(value, "long") == 0 ? long_text(LONG_TEXT) : strdup(value);
}

/* So many arguments more; they are long if there are few. */
static void
set_arguments(struct atk *atk, const char *value)
{
	size_t n = atk_number(&value);
	char **argv = atk_memory((n + 2) * sizeof(*argv));
	char *text = n > 20 ? strdup("--help") : long_text(LONG_TEXT);

	argv[0] = atk->argv[0];
	for (size_t i = 1; i <= n; i++)
		argv[i] = text;
	atk->argv = argv;
}

static void
add_variable(struct atk *atk, char *variable)
{
	size_t n = 0;
	char **envp;

	while (atk->envp[n] != NULL)
		n++;
	envp = atk_memory((n + 2) * sizeof(*envp));
	memcpy(envp, atk->envp, n * sizeof(*envp));
	envp[n] = variable;
	atk->envp = envp;
}

static void
add_text(struct atk *atk, const char *value)
{
	add_variable(atk, strdup(value));
}

/* Of a file: one variable a line. */
static void
add_file(struct atk *atk, const char *value)
{
	FILE *file = fopen(value, "re");
	char line[4096];

	if (file == NULL)
		atk_fail(value);
	while (fgets(line, sizeof(line), file) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		add_variable(atk, strdup(line));
	}
	(void)fclose(file);
}

static void
add_odd(struct atk *atk, const char *value)
{
	char *text = long_text(LONG_TEXT);

	(void)value;
	text[4] = '=';
	add_variable(atk, strdup("NOTHING"));
	add_variable(atk, strdup("=LEADING"));
	add_variable(atk, strdup(""));
	add_variable(atk, strdup("PATH=../../"));
	add_variable(atk, strdup("PATH=/tmp"));
	for (int i = 0; i < 10; i++)
		add_variable(atk, text);
}

/* Of that much there is no end. */
static rlim_t
limit_value(const char **value)
{
	unsigned long limit = atk_number(value);

	return limit >= 1ul << 62 ? RLIM_INFINITY : limit;
}

/* RESOURCE:SOFT:HARD by number; a number beyond what may be is the highest. */
static void
set_limit(struct atk *atk, const char *value)
{
	unsigned resource = (unsigned)atk_number(&value);
	struct rlimit now, limit;

	(void)atk;
	limit.rlim_cur = limit_value(&value);
	limit.rlim_max = limit_value(&value);
	atk_check(getrlimit((__rlimit_resource_t)resource, &now), "getrlimit");
	if (limit.rlim_max > now.rlim_max)
		limit.rlim_max = now.rlim_max;
	if (limit.rlim_cur > limit.rlim_max)
		limit.rlim_cur = limit.rlim_max;
	atk_check(setrlimit((__rlimit_resource_t)resource, &limit),
		  "setrlimit");
}

/* libc keeps two of them for itself, so without it. */
static void
block_signals(struct atk *atk, const char *value)
{
	uint64_t all = UINT64_MAX;

	(void)atk;
	(void)value;
	atk_check(syscall(SYS_rt_sigprocmask, SIG_BLOCK, &all, NULL, 8),
		  "sigprocmask");
}

static void
ignore_signals(struct atk *atk, const char *value)
{
	/* as the kernel has it: handler, flags, restorer, mask */
	static const uint64_t ignore[4] = { 1 };

	(void)atk;
	(void)value;
	for (int i = 1; i <= 64; i++)
		if (i != SIGKILL && i != SIGSTOP)
			atk_check(syscall(SYS_rt_sigaction, i, ignore, NULL, 8),
				  "sigaction");
}

/* All of them, for process and thread; and one is queued often. */
static void
pend_signals(struct atk *atk, const char *value)
{
	union sigval nothing = { .sival_int = 0 };

	block_signals(atk, value);
	for (int i = 1; i <= 64; i++)
		if (i != SIGKILL && i != SIGSTOP && i != SIGCONT)
			(void)kill(getpid(), i);
	for (int i = 1; i < 32; i++)
		(void)syscall(SYS_tgkill, getpid(), getpid(), SIGTERM);
	for (int i = 0; i < 100; i++)
		(void)sigqueue(getpid(), SIGRTMAX, nothing);
}

/* WHICH:MICROSECONDS */
static void
set_timer(struct atk *atk, const char *value)
{
	__itimer_which_t which = (__itimer_which_t)atk_number(&value);
	struct itimerval timer = { { 0, 1000 }, { 0, 0 } };

	(void)atk;
	timer.it_value.tv_usec = (suseconds_t)atk_number(&value);
	atk_check(setitimer(which, &timer, NULL), "setitimer");
}

static void
set_umask(struct atk *atk, const char *value)
{
	(void)atk;
	(void)umask((mode_t)atk_number(&value));
}

static void
set_no_new_privs(struct atk *atk, const char *value)
{
	(void)atk;
	(void)value;
	atk_check(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs");
}

static void
write_line(const char *path, const char *line)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, line, strlen(line)) < 0)
		atk_fail(path);
	(void)close(fd);
}

/* We are root there, and nobody is outside. */
static void
enter_user_namespace(struct atk *atk, const char *value)
{
	char line[64];

	(void)value;
	atk_check(unshare(CLONE_NEWUSER), "user namespace");
	write_line("/proc/self/setgroups", "deny");
	(void)snprintf(line, sizeof(line), "0 %u 1", atk->uid);
	write_line("/proc/self/uid_map", line);
	(void)snprintf(line, sizeof(line), "0 %u 1", atk->gid);
	write_line("/proc/self/gid_map", line);
}

static void
set_securebits(struct atk *atk, const char *value)
{
	(void)atk;
	atk_check(prctl(PR_SET_SECUREBITS, atk_number(&value), 0, 0, 0),
		  "securebits");
}

/* All that we have: exec of a setuid program does not take it away. */
static void
set_inheritable(struct atk *atk, const char *value)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3,
						 0 };
	struct __user_cap_data_struct d[2];

	(void)atk;
	(void)value;
	atk_check(syscall(SYS_capget, &head, d), "capget");
	d[0].inheritable = d[0].permitted;
	d[1].inheritable = d[1].permitted;
	atk_check(syscall(SYS_capset, &head, d), "capset");
}

/* A new one, at first only for children; so we enter it. */
static void
shift_clock(struct atk *atk, const char *value)
{
	char line[64];
	int fd;

	(void)atk;
	atk_check(unshare(CLONE_NEWTIME), "time namespace");
	(void)snprintf(line, sizeof(line), "monotonic %s 0", value);
	write_line("/proc/self/timens_offsets", line);
	fd = open("/proc/self/ns/time_for_children", O_RDONLY | O_CLOEXEC);
	atk_check(fd, "time namespace");
	atk_check(setns(fd, CLONE_NEWTIME), "time namespace");
	(void)close(fd);
}

/* A key of the caller's in a session keyring of the caller's. */
static void
add_key(struct atk *atk, const char *value)
{
	(void)atk;
	(void)value;
	atk_check(syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL),
		  "session keyring");
	atk_check(syscall(SYS_add_key, "user", "callers", "secret", 6,
			  KEY_SPEC_SESSION_KEYRING),
		  "key");
}

static void
set_nice(struct atk *atk, const char *value)
{
	(void)atk;
	atk_check(setpriority(PRIO_PROCESS, 0, (int)atk_number(&value)),
		  "nice");
}

static void
set_scheduling(struct atk *atk, const char *value)
{
	struct sched_param none = { .sched_priority = 0 };
	cpu_set_t one;

	(void)atk;
	(void)value;
	CPU_ZERO(&one);
	CPU_SET((size_t)sched_getcpu(), &one);
	atk_check(sched_setaffinity(0, sizeof(one), &one), "affinity");
	atk_check(sched_setscheduler(0, SCHED_IDLE, &none), "SCHED_IDLE");
	atk_check(syscall(SYS_ioprio_set, 1, 0, 3 << 13), "ioprio");
	atk_check(prctl(PR_SET_TIMERSLACK, 1000000000, 0, 0, 0), "slack");
}

static void
set_personality(struct atk *atk, const char *value)
{
	(void)atk;
	atk_check(personality((unsigned long)atk_number(&value)),
		  "personality");
}

static void
set_oom_score(struct atk *atk, const char *value)
{
	(void)atk;
	write_line("/proc/self/oom_score_adj", value);
}

const struct atk_condition atk_context[] = {
	{ "securebits", 0, set_securebits },
	{ "capabilities", 0, set_inheritable },
	{ "clock", 0, shift_clock },
	{ "argc-0", 1, set_no_arguments },
	{ "argv-0", 1, set_name },
	{ "arguments", 1, set_arguments },
	{ "variable", 1, add_text },
	{ "variables", 1, add_file },
	{ "odd-variables", 1, add_odd },
	{ "umask", 1, set_umask },
	{ "no-new-privs", 1, set_no_new_privs },
	{ "user-namespace", 1, enter_user_namespace },
	{ "key", 1, add_key },
	{ "nice", 1, set_nice },
	{ "scheduling", 1, set_scheduling },
	{ "personality", 1, set_personality },
	{ "oom-score", 1, set_oom_score },
	{ "blocked", 3, block_signals },
	{ "ignored", 3, ignore_signals },
	{ "pending", 3, pend_signals },
	{ "timer", 3, set_timer },
	{ "limit", 4, set_limit },
	{ NULL, 0, NULL },
};
