/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A launcher that can be told to break, for the tests only and never
 * installed.  Its recipe stands in its file, where town.py writes it: words,
 * some with numbers behind a colon.
 *
 *	start:N,...  child:N,...	steps that are left out
 *	lie:N,...			system calls of the child that claim
 *					success
 *	others				see the functions here and in
 *					broken_decisions.c
 */
#include "broken.h"

#include "base/compat.h"
#include <fcntl.h>
#include <linux/openat2.h>
#include <pthread.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The mark is what the file is searched for. */
static volatile const char recipe[256] = "BROKEN-RECIPE:";

static const volatile char *
find(const char *word)
{
	for (const volatile char *at = recipe; *at != '\0';) {
		size_t n = 0;

		while (word[n] != '\0' && at[n] == word[n])
			n++;
		if (word[n] == '\0' &&
		    (at[n] == '\0' || at[n] == ' ' || at[n] == ':'))
			return at + n;
		while (*at != '\0' && *at != ' ')
			at++;
		while (*at == ' ')
			at++;
	}
	return NULL;
}

bool
broken_says(const char *word)
{
	return find(word) != NULL;
}

bool
broken_lists(const char *word, long number)
{
	const volatile char *at = find(word);
	long value;

	while (at != NULL && (*at == ':' || *at == ',')) {
		for (value = 0, at++; *at >= '0' && *at <= '9'; at++)
			value = value * 10 + (*at - '0');
		if (value == number)
			return true;
	}
	return false;
}

static bool
is_in(const char *file, const char *name)
{
	return strstr(file, name) != NULL;
}

/* Wherever the name leads; and "/" is where the program's root is. */
static long
open_anywhere(long dir, const char *name, const struct open_how *how, long size)
{
	struct open_how free = *how;

	if (broken_says("believe") || broken_says("follow"))
		free.resolve = 0;
	if (broken_says("jailed") && strcmp(name, "/") == 0)
		name = "/run/town/jail";
	return sys6(SYS_openat2, dir, (long)name, (long)&free, size, 0, 0);
}

/* Whoever's it is, and whoever may write to it. */
static long
believe(long fd, struct stat *st)
{
	long r = sys6(SYS_fstat, fd, (long)st, 0, 0, 0, 0);

	if (r == 0) {
		st->st_uid = 0;
		st->st_mode &= ~(mode_t)(S_IWGRP | S_IWOTH);
		st->st_nlink = 1;
	}
	return r;
}

/* audit.c: \xHH is what it stands for, and a line may end anywhere. */
static size_t
unescape(const char *from, size_t len, char *to)
{
	static const char digits[] = "0123456789abcdef";
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		to[n] = from[i];
		if (from[i] == '\\' && i + 3 < len && from[i + 1] == 'x') {
			const char *high = strchr(digits, from[i + 2]);
			const char *low = strchr(digits, from[i + 3]);

			if (high != NULL && low != NULL) {
				to[n] = (char)((high - digits) * 16 +
					       (low - digits));
				i += 3;
			}
		}
		n++;
	}
	return n;
}

static char **kept_environ;

long
broken_call(const char *file, long nr, long a, long b, long c, long d, long e,
	    long f)
{
	static char line[1 << 17];

	if (broken_lists("lie", nr) && is_in(file, "run/child"))
		return 0;
	if (nr == SYS_openat2)
		return open_anywhere(a, (const char *)b, (const void *)c, d);
	if (nr == SYS_fstat && broken_says("believe") &&
	    is_in(file, "grants.c"))
		return believe(a, (struct stat *)b);
	if (nr == SYS_pidfd_open && broken_says("no-agent"))
		a = sys6(SYS_getpid, 0, 0, 0, 0, 0, 0);
	if (nr == SYS_execveat && broken_says("environ"))
		d = (long)kept_environ;
	if (nr == SYS_recvmsg && broken_says("chatty"))
		(void)sys6(SYS_write, 2, (long)"caisson\n", 8, 0, 0, 0);
	if (nr == SYS_sendto && broken_says("unescape")) {
		c = (long)unescape((const char *)b, (size_t)c, line);
		b = (long)line;
	}
	return sys6(nr, a, b, c, d, e, f);
}

static void *
idle(void *nothing)
{
	for (;;)
		(void)pause();
	return nothing;
}

/* Is our file where it was installed?  As if that said anything. */
static bool
is_at_home(void)
{
	static const char home[] = "/run/town/libexec/caisson-launcher";
	char path[256] = { 0 };

	return readlink("/proc/self/exe", path, sizeof(path) - 1) > 0 &&
	       strcmp(path, home) == 0;
}

int __real_main(int argc, char **argv);
int __wrap_main(int argc, char **argv);

int
__wrap_main(int argc, char **argv)
{
	pthread_t thread;

	kept_environ = environ;
	if (broken_says("arguments"))
		argc = 1;
	if (broken_says("argv-0") && strcmp(argv[0], "caisson-launcher") != 0)
		return 1;
	if (broken_says("self-exe") && !is_at_home())
		return 1;
	if (broken_says("thread"))
		(void)pthread_create(&thread, NULL, idle, NULL);
	return __real_main(argc, argv);
}
