/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The grants as they are at this moment, by the one name that they have: each
 * part of it is opened below the one before and looked at by its descriptor,
 * so that what is read is what was looked at.  Only what nobody but root can
 * have written is believed; and of that, only what is right in every byte.
 */
#include "launcher/launcher.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>

/* Closes dir.  What is wrong with one is wrong with all that is below it. */
static long
open_below(long dir, const char *name, unsigned flags)
{
	const struct open_how how = {
		.flags = flags | O_CLOEXEC,
		.mode = (flags & O_CREAT) != 0 ? 0600 : 0,
		.resolve = RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
	};
	long fd = sys4(SYS_openat2, dir, name, &how, sizeof(how));
	struct stat st = { 0 };

	(void)sys1(SYS_close, dir);
	if (sys4(SYS_newfstatat, fd, "", &st, AT_EMPTY_PATH) == 0 &&
	    st.st_uid == 0 && (st.st_mode & (S_IWGRP | S_IWOTH)) == 0 &&
	    (S_ISDIR(st.st_mode) || (S_ISREG(st.st_mode) && st.st_nlink == 1)))
		return fd;
	(void)sys1(SYS_close, fd);
	return -1;
}

long
grants_open(const char *path, unsigned flags)
{
	char name[64] = "";
	long fd = open_below(AT_FDCWD, "/", O_PATH);
	size_t len;

	while (*path++ == '/' && path[len = strcspn(path, "/")] != '\0') {
		memcpy(name, path, len);
		name[len] = '\0';
		path += len;
		fd = open_below(fd, name, O_PATH);
	}
	return open_below(fd, path, flags | O_NOCTTY | O_NONBLOCK);
}

bool
grants_read(struct launcher *l, struct grant_set *set)
{
	const long fd = grants_open(START_GRANTS, O_RDONLY);
	long len;

	len = sys3(SYS_read, fd, l->grants_bytes, sizeof(l->grants_bytes));
	(void)sys1(SYS_close, fd);
	return len > 0 && len <= (long)GRANT_SIZE_MAX &&
	       grant_take(l->grants_bytes, (size_t)len, set);
}
