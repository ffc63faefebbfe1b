/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is below a directory of programs: each directory there is one that
 * somebody could put a program into.  Symbolic links are not followed: nobody
 * gets to a program by one.  Bounded in depth and number.
 */
#include "grant/trust.h"

#include "base/fd.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct search {
	struct trust *out;
	char path[256]; /* from where it began */
	unsigned entries;
};

static int
flawed(struct search *s, enum trust_flaw flaw, int error)
{
	s->out->flaw = flaw;
	s->out->error = error;
	(void)snprintf(s->out->below, sizeof(s->out->below), "%s", s->path);
	return -1;
}

static int look(struct search *s, int dir, unsigned depth);

static int
check_owner(struct search *s, const struct stat *st)
{
	s->out->uid = st->st_uid;
	s->out->mode = st->st_mode;
	if (st->st_uid != 0)
		return flawed(s, TRUST_OWNER, 0);
	if ((st->st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return flawed(s, TRUST_WRITABLE, 0);
	return 0;
}

/* Whoever is not root looks as far as he may; root, who applies, at all. */
static int
pass_by(struct search *s, int dir, const char *name, int error)
{
	struct stat st;

	if (error != EACCES || fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return flawed(s, TRUST_ERROR, error);
	return check_owner(s, &st);
}

/* Of what was opened by its name, which is s->path: the flaw, or go on. */
static int
enter(struct search *s, int fd, unsigned depth)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return flawed(s, TRUST_ERROR, errno);
	if (check_owner(s, &st) < 0)
		return -1;
	if (depth == TRUST_DEPTH_MAX)
		return flawed(s, TRUST_MANY, 0);
	return look(s, fd, depth + 1);
}

static bool
may_be_directory(const struct dirent *entry)
{
	return (entry->d_type == DT_DIR || entry->d_type == DT_UNKNOWN) &&
	       strcmp(entry->d_name, ".") != 0 &&
	       strcmp(entry->d_name, "..") != 0;
}

static int
look_at(struct search *s, int dir, const char *name, unsigned depth)
{
	size_t before = strlen(s->path);
	FD_OWNED fd =
	    openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	int error = errno, r;

	if (fd < 0 && (error == ENOTDIR || error == ELOOP || error == ENOENT))
		return 0;
	if (before + strlen(name) + 2 > sizeof(s->path))
		return flawed(s, TRUST_MANY, 0);
	(void)snprintf(s->path + before, sizeof(s->path) - before, "%s%s",
		       before > 0 ? "/" : "", name);
	r = fd < 0 ? pass_by(s, dir, name, error) : enter(s, fd, depth);
	s->path[before] = '\0';
	return r;
}

static int
look(struct search *s, int dir, unsigned depth)
{
	FD_OWNED copy = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list = copy >= 0 ? fdopendir(copy) : NULL;
	struct dirent *entry;
	int r = 0;

	if (list == NULL)
		return flawed(s, TRUST_ERROR, errno);
	(void)fd_steal(&copy);
	errno = 0;
	while (r == 0 && (entry = readdir(list)) != NULL) {
		if (++s->entries > TRUST_ENTRIES_MAX)
			r = flawed(s, TRUST_MANY, 0);
		else if (may_be_directory(entry))
			r = look_at(s, dir, entry->d_name, depth);
		if (r == 0)
			errno = 0;
	}
	if (r == 0 && errno != 0)
		r = flawed(s, TRUST_ERROR, errno);
	(void)closedir(list);
	return r;
}

int
trust_look_below(int dir, struct trust *out)
{
	struct search s = { .out = out };

	return look(&s, dir, 0);
}
