/* SPDX-License-Identifier: Apache-2.0 */
/*
 * umask, cwd, root and every open descriptor of the calling process, except
 * the one that reads the list.
 */
#include "procstate.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char *
type_name(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG:
		return "file";
	case S_IFDIR:
		return "directory";
	case S_IFCHR:
		return "character";
	case S_IFIFO:
		return "pipe";
	case S_IFSOCK:
		return "socket";
	default:
		return "other";
	}
}

static void
write_fd(FILE *out, int fd)
{
	static _Thread_local char target[PATH_MAX];
	char path[64];
	struct stat st;
	ssize_t n;

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	n = readlink(path, target, sizeof(target) - 1);
	target[n < 0 ? 0 : n] = '\0';
	if (fstat(fd, &st) != 0)
		return;
	fprintf(out, "{\"fd\":%d,", fd);
	procstate_text(out, "type", type_name(st.st_mode));
	procstate_text(out, "target", target);
	procstate_number(out, "flags", fcntl(fd, F_GETFL));
	procstate_number(out, "cloexec", fcntl(fd, F_GETFD));
	procstate_number(out, "dev", (long)st.st_dev);
	fprintf(out, "\"ino\":%lu}", (unsigned long)st.st_ino);
}

static int
by_value(const void *a, const void *b)
{
	const int *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* What /proc lists; without it (a chroot) every number up to 4095. */
static size_t
list_fds(int *fds, size_t max)
{
	DIR *dir = opendir("/proc/self/fd");
	struct dirent *e;
	size_t n = 0;

	if (dir == NULL) {
		for (int fd = 0; fd < 4096 && n < max; fd++)
			if (fcntl(fd, F_GETFD) >= 0)
				fds[n++] = fd;
		return n;
	}
	while ((e = readdir(dir)) != NULL) {
		int fd = (int)strtol(e->d_name, NULL, 10);

		if (e->d_name[0] != '.' && fd != dirfd(dir) && n < max)
			fds[n++] = fd;
	}
	(void)closedir(dir);
	qsort(fds, n, sizeof(*fds), by_value);
	return n;
}

void
procstate_files(FILE *out)
{
	static _Thread_local int fds[8192];
	static _Thread_local char cwd[PATH_MAX], root[PATH_MAX];
	mode_t mask = umask(0);
	ssize_t n;

	(void)umask(mask);
	procstate_number(out, "umask", (long)mask);
	n = syscall(SYS_getcwd, cwd, sizeof(cwd));
	procstate_text(out, "cwd", n < 0 ? "" : cwd);
	n = readlink("/proc/self/root", root, sizeof(root) - 1);
	root[n < 0 ? 0 : n] = '\0';
	procstate_text(out, "root", root);
	fputs("\"fds\":[", out);
	n = (ssize_t)list_fds(fds, sizeof(fds) / sizeof(fds[0]));
	for (ssize_t i = 0; i < n; i++) {
		if (i > 0)
			fputc(',', out);
		write_fd(out, fds[i]);
	}
	fputs("],", out);
}
