/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a launched program does in the tests: end in every way there is, leave
 * processes behind, and try what its confinement should forbid.  Each attempt
 * writes its result as text to a descriptor given by number: the value, or the
 * negative errno.  Nothing here decides whether that is right.
 */
#include "acts.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static int
number(const char *text)
{
	return (int)strtol(text, NULL, 10);
}

static long
result(long r)
{
	return r < 0 ? -errno : r;
}

static int
wait_for_ever(void)
{
	while (pause() == -1)
		continue;
	return 1;
}

static int
act_exit(char **arg)
{
	return number(arg[1]);
}

static int
act_kill(char **arg)
{
	(void)kill(getpid(), number(arg[1]));
	return 0;
}

static int
act_sleep(char **arg)
{
	int ms = number(arg[1]);
	struct timespec t = { ms / 1000, (long)(ms % 1000) * 1000000 };

	(void)nanosleep(&t, NULL);
	return 0;
}

/* Burn CPU time for so many milliseconds of it. */
static int
act_spin(char **arg)
{
	clock_t end = clock() + number(arg[1]) * (CLOCKS_PER_SEC / 1000);

	while (clock() < end)
		continue;
	return 0;
}

static int
act_write(char **arg)
{
	return dprintf(number(arg[1]), "%s", arg[2]) < 0;
}

static int
act_copy(char **arg)
{
	char buf[4096];
	ssize_t n;

	while ((n = read(number(arg[1]), buf, sizeof(buf))) > 0)
		if (write(number(arg[2]), buf, (size_t)n) != n)
			return 1;
	return n < 0;
}

/* A child in the same group, its pid to the descriptor; both wait for ever. */
static int
act_family(char **arg)
{
	pid_t pid = fork();

	if (pid > 0)
		dprintf(number(arg[1]), "%d\n", (int)pid);
	return wait_for_ever();
}

/* A child in a session of its own, its pid to the descriptor; we end. */
static int
act_daemon(char **arg)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid < 0;
	(void)setsid();
	dprintf(number(arg[1]), "%d\n", (int)getpid());
	(void)close(number(arg[1]));
	return wait_for_ever();
}

static int
act_ignore(char **arg)
{
	(void)signal(number(arg[1]), SIG_IGN);
	dprintf(number(arg[2]), "ready\n");
	return wait_for_ever();
}

/* Every way back to what the launcher had. */
static int
act_regain(char **arg)
{
	unsigned int none[1] = { 0 };
	int out = number(arg[1]);
	unsigned int back = (unsigned int)strtoul(arg[2], NULL, 10);

	dprintf(out, "{\"setresuid\":%ld,",
		result(syscall(SYS_setresuid, -1, back, -1)));
	dprintf(out, "\"setreuid\":%ld,",
		result(syscall(SYS_setreuid, -1, back)));
	dprintf(out, "\"setuid\":%ld,", result(syscall(SYS_setuid, back)));
	dprintf(out, "\"setresgid\":%ld,",
		result(syscall(SYS_setresgid, -1, back, -1)));
	dprintf(out, "\"setgid\":%ld,", result(syscall(SYS_setgid, back)));
	dprintf(out, "\"setgroups\":%ld,",
		result(syscall(SYS_setgroups, 1, none)));
	(void)syscall(SYS_setfsuid, back);
	dprintf(out, "\"fsuid\":%ld,", syscall(SYS_setfsuid, -1));
	dprintf(out, "\"chroot\":%ld}\n", result(chroot("/")));
	return 0;
}

static int
act_exec(char **arg)
{
	(void)execv(arg[1], arg + 1);
	return 97;
}

static int
act_open(char **arg)
{
	dprintf(number(arg[1]), "%ld\n",
		result(open(arg[2], O_RDONLY | O_CLOEXEC)));
	return 0;
}

/* Read the key by number, and look for it by description. */
static int
act_key(char **arg)
{
	char buf[64];
	long id = strtol(arg[2], NULL, 10);

	dprintf(number(arg[1]), "{\"read\":%ld,",
		result(syscall(SYS_keyctl, KEYCTL_READ, id, buf, sizeof(buf))));
	dprintf(number(arg[1]), "\"search\":%ld}\n",
		result(syscall(SYS_keyctl, KEYCTL_SEARCH,
			       KEY_SPEC_SESSION_KEYRING, "user", arg[3], 0)));
	return 0;
}

/* Climb out of the root directory; the inode of where that leads. */
static int
act_climb(char **arg)
{
	struct stat st = { 0 };
	long r = 0;

	for (int i = 0; i < 64 && r == 0; i++)
		r = result(chdir(".."));
	(void)stat(".", &st);
	dprintf(number(arg[1]), "%lu\n", (unsigned long)st.st_ino);
	return 0;
}

/* One byte typed into stdin, by the call and by a number that looks like it. */
static int
act_terminal(char **arg)
{
	char c = 'x';
	int out = number(arg[1]);

	dprintf(out, "{\"tiocsti\":%ld,", result(ioctl(0, TIOCSTI, &c)));
	dprintf(out, "\"tiocsti_high\":%ld}\n",
		result(syscall(SYS_ioctl, 0, TIOCSTI | 1UL << 32, &c)));
	return 0;
}

static const struct act {
	const char *name;
	int args;
	int (*run)(char **arg);
} acts[] = {
	{ "exit", 1, act_exit },         { "kill", 1, act_kill },
	{ "sleep", 1, act_sleep },       { "spin", 1, act_spin },
	{ "write", 2, act_write },       { "copy", 2, act_copy },
	{ "family", 1, act_family },     { "daemon", 1, act_daemon },
	{ "ignore", 2, act_ignore },     { "regain", 2, act_regain },
	{ "exec", 1, act_exec },         { "open", 2, act_open },
	{ "key", 3, act_key },           { "climb", 1, act_climb },
	{ "terminal", 1, act_terminal },
};

int
acts_run(char **arg)
{
	for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++) {
		if (strcmp(acts[i].name, arg[0]) != 0)
			continue;
		for (int n = 1; n <= acts[i].args; n++)
			if (arg[n] == NULL)
				return ACT_MISUSED;
		return acts[i].run(arg);
	}
	return ACT_UNKNOWN;
}
