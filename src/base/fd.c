/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Descriptors: owned ones, and the public close-on-exec helpers.  Every
 * descriptor made here is close-on-exec from birth.
 */
#include "base/fd.h"

#include "caisson.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

void
fd_close(int *fd)
{
	int saved = errno;

	/* Linux frees the number whatever close says: never again. */
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
	errno = saved;
}

int
fd_off_stdio(int fd)
{
	FD_OWNED low = fd;

	if (fd < 0 || fd > 2)
		return fd_steal(&low);
	return fcntl(fd, F_DUPFD_CLOEXEC, 3);
}

int
fd_write_all(int fd, const void *buf, size_t len)
{
	const char *p = buf;

	while (len > 0) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

int
fd_read_all(int fd, void *buf, size_t size, size_t *len)
{
	char *p = buf;
	size_t used = 0;

	while (used < size) {
		ssize_t n = read(fd, p + used, size - used);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (n == 0)
			break;
		used += (size_t)n;
	}
	*len = used;
	return 0;
}

int
caisson_pipe(int out[2])
{
	return pipe2(out, O_CLOEXEC);
}

int
caisson_socketpair(int domain, int type, int protocol, int out[2])
{
	return socketpair(domain, type | SOCK_CLOEXEC, protocol, out);
}

int
caisson_socket(int domain, int type, int protocol)
{
	return socket(domain, type | SOCK_CLOEXEC, protocol);
}

int
caisson_accept(int fd)
{
	return accept4(fd, NULL, NULL, SOCK_CLOEXEC);
}

int
caisson_dup(int fd)
{
	return fcntl(fd, F_DUPFD_CLOEXEC, 0);
}
