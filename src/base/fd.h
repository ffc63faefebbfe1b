/* SPDX-License-Identifier: Apache-2.0 */
/* Descriptors: owned ones close themselves. */
#ifndef BASE_FD_H
#define BASE_FD_H

#include <stddef.h>

/* Close *fd if it is one, and make it -1.  Keeps errno. */
void fd_close(int *fd);

/* A local that is closed at the end of its scope; starts at -1. */
#define FD_OWNED __attribute__((cleanup(fd_close))) int

/* Hand the descriptor over: *fd becomes -1. */
static inline int
fd_steal(int *fd)
{
	int value = *fd;

	*fd = -1;
	return value;
}

/*
 * fd, or where it has a standard number, which is free where the caller has
 * closed it, a copy above those instead of it: nobody should take one of ours
 * for the caller's.  -1 with errno; fd may be -1.
 */
int fd_off_stdio(int fd);

/* All of buf, or -1 with errno.  EINTR is retried. */
int fd_write_all(int fd, const void *buf, size_t len);

/* To the end of the file, or size bytes; -1 with errno.  EINTR is retried. */
int fd_read_all(int fd, void *buf, size_t size, size_t *len);

#endif
