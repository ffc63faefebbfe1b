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
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
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
believe(long nr, const long a[6])
{
	struct stat *st = (struct stat *)a[nr == SYS_fstat ? 1 : 2];
	long r = sys6(nr, a[0], a[1], a[2], a[3], 0, 0);

	if (r == 0) {
		st->st_uid = 0;
		st->st_mode &= ~(mode_t)(S_IWGRP | S_IWOTH);
		st->st_nlink = 1;
	}
	return r;
}

/* audit.c: \xHH is what it stands for, whatever that is. */
static void
unescape(struct msghdr *message)
{
	static const char digits[] = "0123456789abcdef";
	char *from = message->msg_iov->iov_base, *to = from;
	const char *end = from + message->msg_iov->iov_len;

	for (; from < end; from++, to++) {
		*to = *from;
		if (from + 3 < end && from[0] == '\\' && from[1] == 'x') {
			*to = (char)((strchr(digits, from[2]) - digits) * 16 +
				     strchr(digits, from[3]) - digits);
			from += 3;
		}
	}
	message->msg_iov->iov_len =
	    (size_t)(to - (char *)message->msg_iov->iov_base);
}

static long
stand_still(struct timespec *t)
{
	*t = (struct timespec){ 1000, 0 };
	return 0;
}

static char **kept_environ;
static long ourselves;

long
broken_call(const char *file, long nr, long a[6])
{
	if (broken_lists("lie", nr) && is_in(file, "run/child") &&
	    sys6(SYS_getpid, 0, 0, 0, 0, 0, 0) != ourselves)
		return 0;
	if (nr == SYS_openat2)
		return open_anywhere(a[0], (const char *)a[1],
				     (const void *)a[2], a[3]);
	if (broken_says("believe") && is_in(file, "grants.c") &&
	    (nr == SYS_fstat || nr == SYS_newfstatat))
		return believe(nr, a);
	if (nr == SYS_pidfd_open && broken_says("no-agent"))
		a[0] = sys6(SYS_getpid, 0, 0, 0, 0, 0, 0);
	if (nr == SYS_pread64 && broken_says("strangers"))
		return 0; /* no children */
	if (nr == SYS_clock_gettime && broken_says("clock"))
		return stand_still((struct timespec *)a[1]);
	if (nr == SYS_execveat && broken_says("environ"))
		a[3] = (long)kept_environ;
	if (nr == SYS_recvmsg && broken_says("chatty"))
		(void)sys6(SYS_write, 2, (long)"caisson\n", 8, 0, 0, 0);
	if (nr == SYS_sendmsg && broken_says("unescape") &&
	    is_in(file, "audit.c"))
		unescape((struct msghdr *)a[1]);
	return sys6(nr, a[0], a[1], a[2], a[3], a[4], a[5]);
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
	ourselves = sys6(SYS_getpid, 0, 0, 0, 0, 0, 0);
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
