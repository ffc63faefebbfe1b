/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Handing the caller's ends of pipes and socket pairs on: one message over a
 * Unix socket.  Never waits longer than SEND_MS for a receiver that does not
 * read.
 */
#include "cli/fdsocket.h"

#include "base/err.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define SEND_MS 5000

/* {"fds":[ and 131 numbers of up to four digits and a comma each. */
#define PAYLOAD_MAX (16 + 5 * FACTS_FDS_MAX)

static int
failed(int fd, const char *what, struct caisson_error *err)
{
	return err_set(err, CAISSON_E_SYSTEM, CAISSON_STAGE_NONE, errno,
		       "--fd-socket %d: %s", fd, what);
}

int
fdsocket_check(int fd, struct caisson_error *err)
{
	int domain = 0;
	socklen_t len = sizeof(domain), peer_len;
	struct sockaddr_un peer;
	struct pollfd p = { .fd = fd };

	if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len) < 0)
		return failed(fd, "not a socket", err);
	errno = 0;
	if (domain != AF_UNIX)
		return failed(fd, "not a Unix socket", err);
	peer_len = sizeof(peer);
	if (getpeername(fd, (struct sockaddr *)&peer, &peer_len) < 0)
		return failed(fd, "nobody at the other end", err);
	if (poll(&p, 1, 0) > 0 && (p.revents & POLLHUP) != 0)
		return failed(fd, "the other end is closed", err);
	if (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
		return failed(fd, "close-on-exec", err);
	return 0;
}

static size_t
payload(const struct facts *facts, char out[PAYLOAD_MAX])
{
	size_t used = (size_t)snprintf(out, PAYLOAD_MAX, "{\"fds\":[");

	for (size_t i = 0; i < facts->n_ends; i++)
		used += (size_t)snprintf(out + used, PAYLOAD_MAX - used, "%s%d",
					 i > 0 ? "," : "", facts->ends[i]);
	used += (size_t)snprintf(out + used, PAYLOAD_MAX - used, "]}\n");
	return used;
}

static void
attach(struct msghdr *msg, const int *fds, size_t n)
{
	/* the first and only one */
	struct cmsghdr *c = msg->msg_control;

	msg->msg_controllen = CMSG_SPACE(n * sizeof(int));
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(n * sizeof(int));
	memcpy(CMSG_DATA(c), fds, n * sizeof(int));
}

static int
send_message(int fd, const struct msghdr *msg, struct caisson_error *err)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };

	for (;;) {
		ssize_t n = sendmsg(fd, msg, MSG_DONTWAIT | MSG_NOSIGNAL);
		int ready;

		if (n == (ssize_t)msg->msg_iov->iov_len)
			return 0;
		if (n >= 0)
			return failed(fd, "the message was cut", err);
		if (errno != EAGAIN && errno != EINTR)
			return failed(fd, "sendmsg", err);
		ready = poll(&p, 1, SEND_MS);
		if (ready == 0)
			return failed(fd, "nobody receives", err);
		if (ready < 0 && errno != EINTR)
			return failed(fd, "poll", err);
	}
}

int
fdsocket_send(int fd, const struct facts *facts, struct caisson_child *child,
	      struct caisson_error *err)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(FACTS_FDS_MAX * sizeof(int))];
	} control = { .bytes = { 0 } };
	char text[PAYLOAD_MAX];
	struct iovec iov = { .iov_base = text,
			     .iov_len = payload(facts, text) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	int fds[FACTS_FDS_MAX] = { 0 };
	int code;

	for (size_t i = 0; i < facts->n_ends; i++)
		fds[i] = caisson_child_take_fd(child, facts->ends[i]);
	if (facts->n_ends > 0) {
		msg.msg_control = control.bytes;
		attach(&msg, fds, facts->n_ends);
	}
	code = send_message(fd, &msg, err);
	for (size_t i = 0; i < facts->n_ends; i++)
		(void)close(fds[i]);
	(void)close(fd);
	return code;
}
