/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The walk to a file that root is to believe: one component after the other,
 * each opened below the one before and looked at by its descriptor, so that
 * what was looked at is what is used.
 */
#include "grant/trust.h"

#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NAME_SIZE 256 /* of a component, with the NUL */

static int
open_below(int dir, const char *name, int flags)
{
	const struct open_how how = {
		.flags = (unsigned)(flags | O_CLOEXEC | O_NOFOLLOW),
		.resolve = RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
	};

	return (int)syscall(SYS_openat2, dir, name, &how, sizeof(how));
}

static int
flawed(struct trust *out, enum trust_flaw flaw, int error)
{
	out->flaw = flaw;
	out->error = error;
	return -1;
}

/* Of what is opened, whatever it is: who could change it? */
static int
check_owner(int fd, struct trust *out, struct stat *st)
{
	if (fstat(fd, st) < 0)
		return flawed(out, TRUST_ERROR, errno);
	out->uid = st->st_uid;
	out->mode = st->st_mode;
	if (S_ISLNK(st->st_mode))
		return flawed(out, TRUST_LINK, 0);
	if (st->st_uid != 0)
		return flawed(out, TRUST_OWNER, 0);
	if ((st->st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return flawed(out, TRUST_WRITABLE, 0);
	return 0;
}

static int
check_kind(const struct stat *st, enum trust_kind kind, struct trust *out)
{
	bool is_kind = S_ISREG(st->st_mode);

	if (kind == TRUST_DIRECTORY || kind == TRUST_TREE)
		is_kind = S_ISDIR(st->st_mode);
	if (kind == TRUST_PROGRAM)
		is_kind = is_kind && (st->st_mode & 0111) != 0;
	if (!is_kind)
		return flawed(out, TRUST_TYPE, 0);
	if (kind == TRUST_FILE && st->st_nlink != 1)
		return flawed(out, TRUST_LINKS, 0);
	return 0;
}

/*
 * The next component of *path, which moves behind it; 0: there is none, and
 * name stays the last.
 */
static size_t
next_name(const char **path, char name[NAME_SIZE])
{
	size_t len;

	*path += strspn(*path, "/");
	len = strcspn(*path, "/");
	if (len == 0 || len >= NAME_SIZE)
		return len;
	memcpy(name, *path, len);
	name[len] = '\0';
	*path += len;
	return len;
}

/* What is opened only to be looked at can be no device that waits. */
static int
reopen(int fd, int dir, const char *name, enum trust_kind kind)
{
	const int flags = O_RDONLY | O_NOCTTY | O_NONBLOCK;
	struct stat a, b;
	int again;

	if (kind == TRUST_PROGRAM)
		return fcntl(fd, F_DUPFD_CLOEXEC, 0);
	again = open_below(dir, name, flags);
	if (again < 0)
		return -1;
	if (fstat(fd, &a) < 0 || fstat(again, &b) < 0 || a.st_dev != b.st_dev ||
	    a.st_ino != b.st_ino) {
		fd_close(&again);
		errno = EAGAIN;
	}
	return again;
}

static int
walk(const char *path, enum trust_kind kind, struct trust *out)
{
	const char *start = path;
	char name[NAME_SIZE] = "/";
	FD_OWNED dir = -1;
	FD_OWNED fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct stat st;
	size_t len;
	int last;

	if (fd < 0)
		return flawed(out, TRUST_ERROR, errno);
	out->len = 1;
	while (check_owner(fd, out, &st) == 0) {
		len = next_name(&path, name);
		if (len == 0)
			break;
		out->len = (size_t)(path - start);
		if (len >= NAME_SIZE)
			return flawed(out, TRUST_ERROR, ENAMETOOLONG);
		fd_close(&dir);
		dir = fd_steal(&fd);
		fd = open_below(dir, name, O_PATH);
		if (fd < 0)
			return flawed(out, TRUST_ERROR, errno);
	}
	if (out->flaw != TRUST_OK || check_kind(&st, kind, out) < 0)
		return -1;
	last = reopen(fd, dir >= 0 ? dir : fd, dir >= 0 ? name : ".", kind);
	if (last < 0)
		return flawed(out, TRUST_ERROR, errno);
	if (kind == TRUST_TREE && trust_look_below(last, out) < 0)
		fd_close(&last);
	return last;
}

int
trust_open(const char *path, enum trust_kind kind, struct trust *out)
{
	*out = (struct trust){ .flaw = TRUST_OK };
	return walk(path, kind, out);
}

static void
explain_error(const char *place, const struct trust *trust,
	      enum trust_kind kind, char out[512])
{
	const char *reason = strerrordesc_np(trust->error);

	if (trust->error == ENOENT && kind == TRUST_PROGRAM)
		(void)snprintf(out, 512,
			       "%.300s does not exist: install the program "
			       "first, for who creates it later would be "
			       "granted it",
			       place);
	else
		(void)snprintf(out, 512, "%.400s: %s", place,
			       reason != NULL ? reason : "unknown error");
}

static void
explain_type(const char *path, enum trust_kind kind, char out[512])
{
	static const char *const texts[] = {
		[TRUST_PROGRAM] = "is no program, that is no regular file that "
				  "may be executed: a directory's path ends "
				  "with a slash",
		[TRUST_DIRECTORY] = "is no directory",
		[TRUST_TREE] = "is no directory: a program's path ends "
			       "without a slash",
		[TRUST_FILE] = "is not a regular file",
	};

	(void)snprintf(out, 512, "%.300s %s", path, texts[kind]);
}

/* Where the link leads, in full. */
static void
explain_link(const char *path, const struct trust *trust, char out[512])
{
	char *real = realpath(path, NULL);

	(void)snprintf(out, 512,
		       "%.*s is a symbolic link: write the path without "
		       "it%s%.200s",
		       (int)(trust->len < 200 ? trust->len : 200), path,
		       real != NULL ? ", " : "", real != NULL ? real : "");
	free(real);
}

/* What has the flaw: a part of the path, or what is below it. */
static void
name_place(const char *path, const struct trust *trust, char out[512])
{
	int len = (int)(trust->len < 250 ? trust->len : 250);

	if (trust->below[0] != '\0')
		(void)snprintf(out, 512, "%.250s%s%s", path,
			       path[strlen(path) - 1] == '/' ? "" : "/",
			       trust->below);
	else
		(void)snprintf(out, 512, "%.*s", len, path);
}

void
trust_explain(const char *path, const struct trust *trust, enum trust_kind kind,
	      char out[512])
{
	char place[512];

	name_place(path, trust, place);
	out[0] = '\0';
	if (trust->flaw == TRUST_ERROR)
		explain_error(place, trust, kind, out);
	else if (trust->flaw == TRUST_LINK)
		explain_link(path, trust, out);
	else if (trust->flaw == TRUST_OWNER)
		(void)snprintf(out, 512,
			       "%.200s belongs to uid %u, who could change "
			       "what is granted: chown root %.200s",
			       place, trust->uid, place);
	else if (trust->flaw == TRUST_WRITABLE)
		(void)snprintf(out, 512,
			       "%.180s (mode %04o) is writable by others than "
			       "root, who could change what is granted: chmod "
			       "go-w %.180s, or use another place",
			       place, trust->mode & 07777u, place);
	else if (trust->flaw == TRUST_TYPE)
		explain_type(path, kind, out);
	else if (trust->flaw == TRUST_LINKS)
		(void)snprintf(out, 512,
			       "%.400s has several names (hard links), by "
			       "which it could be changed: copy it",
			       path);
	else if (trust->flaw == TRUST_MANY)
		(void)snprintf(out, 512,
			       "%.300s: too much is below it to be looked at: "
			       "name the directories that are needed",
			       place);
}
