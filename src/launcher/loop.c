/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One poll of the socket, the agent, deaths, children and the clock, until the
 * session is over; then until nothing of it is left.  Nothing here waits for
 * anybody else: a request is read only while there is room for its answer, and
 * what cannot be said now is owed by a child's slot.  What the kernel does not
 * do as it should ends the session.
 */
#include "launcher/launcher.h"

#define DENIALS_MAX 64u /* of a second; then the next request waits for it */
#define ANSWER_MAX  (8u * (2u + FRAME_NUMBERS_MAX) + FRAME_TEXT_MAX)
#define END_MS      20u /* between two looks at what is being killed */

/* struct cmsghdr, which cannot be part of another, and what follows it. */
struct control {
	size_t len;
	int level, type, fds[FRAME_FDS_MAX];
};

uint64_t
loop_clock_ns(int which)
{
	struct timespec t = { 0, -1 };

	/* one that cannot be read: all that is waited for is due */
	if (sys2(SYS_clock_gettime, which, &t) < 0 || t.tv_nsec < 0)
		return INT64_MAX;
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

/* With fd, if one goes with it.  false: there is no room now. */
static bool
say(struct launcher *l, const struct frame *frame, int fd)
{
	struct control control = {
		CMSG_LEN(4), SOL_SOCKET, SCM_RIGHTS, { fd }
	};
	const size_t size = frame->n_fds > 0 ? CMSG_SPACE(4) : 0;
	uint8_t bytes[ANSWER_MAX];
	struct iovec data = { bytes, frame_encode(frame, bytes, ANSWER_MAX) };
	const struct msghdr message = { NULL, 0, &data, 1, &control, size, 0 };
	long r;

	r = sys3(SYS_sendmsg, START_SOCKET, &message,
		 MSG_DONTWAIT | MSG_NOSIGNAL);
	l->ending |= r != -EAGAIN && (r <= 0 || r != (long)data.iov_len);
	return r != -EAGAIN;
}

static enum frame_fault
take_up(struct launcher *l, size_t len)
{
	struct frame f;
	enum frame_fault fault =
	    frame_decode(l->message, len, l->n_received, false, &f);

	if (fault != FRAME_FINE)
		return fault;
	if (l->welcomed == (f.type == FRAME_HELLO))
		return FRAME_BAD_TYPE;
	l->answer.number[0] = f.number[0]; /* its name, where it has one */
	if (f.type == FRAME_LAUNCH)
		return request_launch(l, &f);
	if (f.type == FRAME_SIGNAL)
		return request_signal(l, &f);
	l->ending = f.type == FRAME_CLOSE;
	if (l->ending)
		return FRAME_FINE;
	l->welcomed = true;
	l->once = f.hello.once == 1;
	l->answer = (struct frame){
		.type = FRAME_WELCOME,
		.welcome = { FRAME_VERSION, PLAN_SIZE_MAX, FRAME_INLINE_MAX,
			     FRAME_FDS_MAX, START_CHILDREN },
	};
	return f.hello.lowest > FRAME_VERSION || f.hello.highest < FRAME_VERSION
		   ? FRAME_BAD_NUMBER
		   : FRAME_FINE;
}

/* There is room for its answer.  All descriptors that come are closed. */
static void
read_request(struct launcher *l)
{
	struct control control = { .len = 0 };
	struct iovec data = { l->message, sizeof(l->message) };
	struct msghdr message = { NULL, 0, &data, 1, &control, sizeof(control),
				  0 };
	enum frame_fault fault = FRAME_BAD_FDS;
	const long len = sys3(SYS_recvmsg, START_SOCKET, &message,
			      MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

	l->crowded = false;
	l->ending = len <= 0 && len != -EAGAIN; /* of no bytes: nor that */
	if (len <= 0)
		return;
	l->answer = (struct frame){ .type = 0 };
	/* it is SOL_SOCKET's in any case */
	if (control.type == SCM_RIGHTS)
		l->n_received = (control.len - CMSG_LEN(0)) / 4;
	memcpy(l->received, control.fds, 4 * l->n_received);
	/* nothing else beside it, and nothing cut */
	if ((message.msg_flags & MSG_TRUNC) != 0)
		fault = FRAME_BAD_LENGTH;
	else if ((message.msg_flags & MSG_CTRUNC) == 0 &&
		 (message.msg_controllen == 0 ||
		  message.msg_controllen == CMSG_SPACE(4 * l->n_received)))
		fault = take_up(l, (size_t)len);
	while (l->n_received > 0)
		(void)sys1(SYS_close, l->received[--l->n_received]);
	if (fault != FRAME_FINE)
		l->answer = (struct frame){
			.type = FRAME_REFUSED,
			.refused = { fault,
				     len < 8 ? 0 : wire_get_u64(l->message) },
		};
	if (l->answer.type == FRAME_DENIED) {
		l->denials = l->denied_at == l->now / 1000 ? l->denials + 1 : 1;
		l->denied_at = l->now / 1000;
	}
	l->ending |= (l->answer.type != 0 && !say(l, &l->answer, -1)) ||
		     fault != FRAME_FINE;
}

/* What is owed, in the order in which it came to be. */
static struct frame *
owed(struct launcher *l, int *fd)
{
	for (struct child *c = l->children; c < CHILDREN_END(l); c++) {
		*fd = c->pidfd;
		if (c->started.type != 0)
			return &c->started;
		if (c->state == CHILD_ENDED && c->answer.type != 0)
			return &c->answer;
	}
	return NULL;
}

/*
 * Until something happens, or is due.  No poll waits for two things at once: a
 * request is looked for first, and then room for its answer.
 */
static void
poll_all(struct launcher *l)
{
	struct pollfd *p = l->polled;
	uint64_t due = l->ending     ? l->now + END_MS
		       : l->welcomed ? UINT64_MAX
				     : l->hello_by;
	struct timespec t;
	long fds = POLL_CHILDREN, r;
	int fd;

	p[POLL_SOCKET] = (struct pollfd){ START_SOCKET, POLLIN, 0 };
	p[POLL_AGENT] = (struct pollfd){ l->caller.pidfd, POLLIN, 0 };
	p[POLL_DEATHS] = (struct pollfd){ l->deaths, POLLIN, 0 };
	if (l->crowded || owed(l, &fd) != NULL) {
		p[POLL_SOCKET].events = POLLOUT;
	} else if (l->denials >= DENIALS_MAX && l->denied_at == l->now / 1000) {
		p[POLL_SOCKET].events = 0;
		due = (l->denied_at + 1) * 1000;
	}
	if (l->ending)
		p[POLL_SOCKET].fd = p[POLL_AGENT].fd = -1;
	for (struct child *c = l->children; c < CHILDREN_END(l); c++)
		if (child_lives(c)) {
			fd = c->report >= 0 ? c->report : c->pidfd;
			p[fds++] =
			    (struct pollfd){ c->held ? -1 : fd, POLLIN, 0 };
			due = c->due < due ? c->due : due;
		}
	due = due > l->now ? due - l->now : 0;
	t = (struct timespec){ (time_t)(due / 1000),
			       (long)(due % 1000) * 1000000 };
	r = sys5(SYS_ppoll, p, fds, &t, 0, 0);
	l->ending |= r < 0 && r != -EINTR;
}

static void
look(struct launcher *l)
{
	const struct pollfd *p = l->polled + POLL_CHILDREN;
	const short socket = l->polled[POLL_SOCKET].revents;
	struct frame *f;
	int fd;

	for (struct child *c = l->children; c < CHILDREN_END(l); c++)
		if (child_lives(c) &&
		    ((p++)->revents != 0 || c->held || c->due <= l->now))
			child_look(l, c);
	if (l->polled[POLL_DEATHS].revents != 0)
		child_sweep(l);
	if (l->polled[POLL_AGENT].revents != 0 ||
	    (socket & ~(POLLIN | POLLOUT)) != 0 ||
	    (!l->welcomed && l->now >= l->hello_by))
		l->ending = true;
	else if ((socket & POLLOUT) == 0)
		l->crowded |= socket != 0;
	else if ((f = owed(l, &fd)) == NULL)
		read_request(l);
	else if (say(l, f, fd))
		f->type = 0;
}

int
loop_run(struct launcher *l)
{
	l->now = loop_clock_ns(CLOCK_MONOTONIC) / 1000000;
	l->hello_by = l->now + START_HELLO_MS;
	if (!child_begin(l))
		return START_EXIT + START_PLACE;
	while (!l->ending || !child_kill_all(l)) {
		poll_all(l);
		l->now = loop_clock_ns(CLOCK_MONOTONIC) / 1000000;
		if (!l->ending)
			look(l);
	}
	return l->welcomed ? 0 : START_EXIT;
}
