/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Telling others which process the program is.  --pid-pipe: the pid as 4
 * bytes, little-endian.  --pidfd-socket: the pidfd by SCM_RIGHTS over a stream
 * socket, beside the word "standard".  Whoever does not listen within WAIT_MS
 * is an error: without the answer that it waits for, nobody would end the
 * program.
 */
#include "cli/announce.h"

#include "base/err.h"
#include "base/fd.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define WAIT_MS 5000

static int
failed(const char *option, const char *what, struct caisson_error *err)
{
	return err_set(err, CAISSON_E_SYSTEM, CAISSON_STAGE_NONE, errno,
		       "--%s %s", option, what);
}

/* A full backlog cannot be polled for: the kernel waits, for so long. */
static int
set_timeout(int fd)
{
	struct timeval limit = { .tv_sec = WAIT_MS / 1000 };

	return setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
}

static int
connect_to(const char *path, int *out, struct caisson_error *err)
{
	FD_OWNED fd = -1;
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t len = strlen(path);
	int r;

	if (len == 0 || len >= sizeof(address.sun_path))
		return err_usage(err,
				 "--pidfd-socket %s: must be a path of at most "
				 "%zu bytes",
				 path, sizeof(address.sun_path) - 1);
	memcpy(address.sun_path, path, len);
	fd = caisson_socket(AF_UNIX, SOCK_STREAM, 0);
	if (fd < 0 || set_timeout(fd) < 0)
		return failed("pidfd-socket", path, err);
	do
		r = connect(fd, (struct sockaddr *)&address, sizeof(address));
	while (r < 0 && errno == EINTR);
	if (r < 0 && errno == EAGAIN)
		errno = ETIMEDOUT;
	if (r < 0)
		return failed("pidfd-socket", path, err);
	*out = fd_steal(&fd);
	return 0;
}

int
announce_open(struct announce *a, const struct request *r,
	      struct caisson_error *err)
{
	a->pid_pipe = r->pid_pipe;
	if (r->pidfd_socket == NULL)
		return 0;
	return connect_to(r->pidfd_socket, &a->pidfd_socket, err);
}

void
announce_done(struct announce *a)
{
	fd_close(&a->pid_pipe);
	fd_close(&a->pidfd_socket);
}

/* It may be shared with others, so it is not made non-blocking. */
static int
wait_writable(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };
	int n;

	do
		n = poll(&p, 1, WAIT_MS);
	while (n < 0 && errno == EINTR);
	if (n == 0)
		errno = ETIMEDOUT;
	return n > 0 ? 0 : -1;
}

static int
write_pid(int fd, uint32_t pid, struct caisson_error *err)
{
	unsigned char bytes[4];

	for (size_t i = 0; i < sizeof(bytes); i++, pid >>= 8)
		bytes[i] = (unsigned char)(pid & 0xff);
	/* So few bytes are written whole, or not at all. */
	if (wait_writable(fd) < 0 || fd_write_all(fd, bytes, sizeof(bytes)) < 0)
		return failed("pid-pipe", "cannot be written", err);
	return 0;
}

static int
send_pidfd(int fd, int pidfd, struct caisson_error *err)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = { .bytes = { 0 } };
	char payload[] = "standard";
	struct iovec iov = { .iov_base = payload,
			     .iov_len = sizeof(payload) - 1 };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = control.bytes,
			      .msg_controllen = sizeof(control.bytes) };
	ssize_t n;

	control.header.cmsg_level = SOL_SOCKET;
	control.header.cmsg_type = SCM_RIGHTS;
	control.header.cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(&control.header), &pidfd, sizeof(int));
	do
		n = sendmsg(fd, &msg, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	if (n != (ssize_t)iov.iov_len)
		return failed("pidfd-socket", "cannot be written", err);
	return 0;
}

int
announce_send(struct announce *a, const struct caisson_child *child,
	      struct caisson_error *err)
{
	int code = 0;

	if (a->pid_pipe >= 0)
		code = write_pid(a->pid_pipe,
				 (uint32_t)caisson_child_pid(child), err);
	if (code == 0 && a->pidfd_socket >= 0)
		code = send_pidfd(a->pidfd_socket, caisson_child_pidfd(child),
				  err);
	if (code == 0)
		announce_done(a);
	return code;
}
