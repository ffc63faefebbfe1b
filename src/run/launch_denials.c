/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A launch that reports refused calls: the launcher's half of the hand-over.
 *
 * The child loads a filter that asks (child_denials.c) and sends its listener
 * over a stream socket, followed by more bytes than the socket holds.  We look
 * at the listener first and read the rest then, so the child cannot go on to
 * its exec before we have what we need.  From then on its calls are answered
 * here, until the handle takes over.
 */
#include "run/launch.h"

#include "base/err.h"
#include "base/fd.h"
#include "run/denials.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

/* Above what programs have open: their own sendmsg keep clear of it. */
#define HAND_OVER_FD 1024

/* As little as the kernel grants; what it must not exceed. */
#define BUFFER_ASKED 1
#define BUFFER_MOST  (PLAN_HAND_OVER_BYTES / 4)

static int
failed(const char *what, struct caisson_error *err)
{
	return err_set(err, CAISSON_E_SYSTEM, CAISSON_STAGE_PIPES, errno,
		       "the socket for refused calls: %s", what);
}

static int64_t
max(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* A number that no descriptor of the program has. */
static int
choose_number(const struct caisson_spec *spec)
{
	struct rlimit limit = { 0, 0 };
	int64_t above = 3;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 &&
	    limit.rlim_max >= 2 * (rlim_t)HAND_OVER_FD)
		return HAND_OVER_FD;
	for (size_t i = 0; i < spec->n_extra; i++)
		above = max(above, spec->extra[i].fd + 1);
	if (spec->handshake.has) {
		above = max(above, spec->handshake.data_fd + 1);
		above = max(above, spec->handshake.status_fd + 1);
	}
	return (int)above;
}

int
launch_denials_plan(struct launch *l, struct caisson_error *err)
{
	if (!l->plan.denials)
		return 0;
	l->plan.hand_over = choose_number(l->spec);
	return denials_new(&l->denials, err);
}

int
launch_denials_filters(struct launch *l, struct caisson_error *err)
{
	struct profile_set *set = &l->filters;

	if (!l->plan.denials)
		return 0;
	if (set->filter.insns == NULL)
		return err_usage(err, "without a filter no call is refused: "
				      "there is nothing to report");
	if (set->policy == NULL || set->rest.insns == NULL)
		return err_usage(err, "refused calls are reported by the rule "
				      "that refuses: a filter without its "
				      "policy has none");
	l->plan.rest = set->rest;
	l->denials->policy = set->policy;
	l->denials->policy_bytes = policy_bytes(set->policy);
	set->policy = NULL;
	return 0;
}

static int
shrink_buffer(int fd, struct caisson_error *err)
{
	int size = BUFFER_ASKED;
	socklen_t len = sizeof(size);

	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size)) < 0)
		return failed("setsockopt", err);
	size = -1;
	if (getsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, &len) < 0)
		return failed("getsockopt", err);
	if (size < 0 || size > BUFFER_MOST)
		return err_set(err, CAISSON_E_MISMATCH, CAISSON_STAGE_PIPES, 0,
			       "the socket for refused calls holds %d bytes",
			       size);
	return 0;
}

int
launch_denials_open(struct launch *l, int *theirs, struct caisson_error *err)
{
	int pair[2] = { -1, -1 }, r;
	FD_OWNED child = -1;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return failed("socketpair", err);
	l->hand_over = fd_off_stdio(pair[0]);
	child = fd_off_stdio(pair[1]);
	if (l->hand_over < 0 || child < 0)
		return failed("socketpair", err);
	r = shrink_buffer(child, err);
	if (r < 0)
		return r;
	l->hand_over_left = PLAN_HAND_OVER_BYTES;
	*theirs = fd_steal(&child);
	return 0;
}

/* Exactly one descriptor, or none: -1. */
static int
only_descriptor(struct msghdr *msg)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(msg);
	int fd = -1;

	if (c == NULL || c->cmsg_level != SOL_SOCKET ||
	    c->cmsg_type != SCM_RIGHTS || c->cmsg_len != CMSG_LEN(sizeof(fd)))
		return -1;
	memcpy(&fd, CMSG_DATA(c), sizeof(fd));
	return fd;
}

/* Bytes that have come, 0: none yet; or an error, -errno: of the socket. */
static ssize_t
receive(const struct launch *l, int *fd)
{
	union {
		char room[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control;
	char bytes[4096];
	struct iovec v = { bytes, sizeof(bytes) };
	struct msghdr msg = { .msg_iov = &v,
			      .msg_iovlen = 1,
			      .msg_control = control.room,
			      .msg_controllen = sizeof(control.room) };
	ssize_t n =
	    recvmsg(l->hand_over, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

	*fd = -1;
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	if (n == 0)
		return -ECONNRESET; /* it has ended; who waits for it sees it */
	*fd = only_descriptor(&msg);
	/* it was sent but there was no number for it */
	if (*fd < 0 && (msg.msg_flags & MSG_CTRUNC) != 0)
		return -EMFILE;
	return n;
}

static int
take_listener(struct launch *l, int received, struct caisson_error *err)
{
	FD_OWNED fd = fd_off_stdio(received);

	if (fd < 0 || !denials_is_listener(fd))
		return err_set(err, CAISSON_E_MISMATCH, CAISSON_STAGE_SECCOMP,
			       0,
			       "what was handed over is not the listener of a "
			       "filter");
	denials_start(l->denials, fd_steal(&fd), l->pid, l->pidfd);
	return 0;
}

/* The listener with the first bytes, no descriptor with the others. */
static int
take_over(struct launch *l, struct caisson_error *err)
{
	while (l->hand_over_left > 0) {
		int fd, r = 0;
		ssize_t n = receive(l, &fd);
		bool first = l->hand_over_left == PLAN_HAND_OVER_BYTES;

		if (n == -EMFILE)
			return err_set(err, CAISSON_E_SYSTEM,
				       CAISSON_STAGE_SECCOMP, EMFILE,
				       "taking over the filter's listener");
		if (n <= 0) {
			if (n < 0)
				fd_close(&l->hand_over);
			return 0;
		}
		if (first || fd >= 0)
			r = take_listener(l, fd, err);
		if (r < 0)
			return r;
		l->hand_over_left -= (size_t)n < l->hand_over_left
					 ? (size_t)n
					 : l->hand_over_left;
	}
	fd_close(&l->hand_over);
	return 0;
}

int
launch_denials_fd(const struct launch *l)
{
	int listener = -1;

	if (l->denials != NULL)
		listener = atomic_load(&l->denials->listener);
	/* until all has been handed over, nothing else is to come */
	return l->hand_over >= 0 ? l->hand_over : listener;
}

int
launch_denials_serve(struct launch *l, struct caisson_error *err)
{
	int r = 0;

	if (l->denials == NULL)
		return 0;
	if (l->hand_over >= 0)
		r = take_over(l, err);
	if (r == 0)
		denials_serve(l->denials);
	return r;
}

bool
launch_denials_complete(const struct launch *l)
{
	return l->denials == NULL || l->hand_over_left == 0;
}
