/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One poll of the socket, the agent, deaths, children and the clock, until the
 * session is over; then until nothing of it is left.  Nothing here waits for
 * anybody else: a request is read only while there is room for its answer, and
 * what cannot be said now is owed by a child's slot.  What the kernel does not
 * do as it should ends the session.
 */
#include "launcher/launcher.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define DENIALS_MAX  64u /* of a second; then the next request waits for it */
#define ANSWER_MAX   (8u * (2u + FRAME_NUMBERS_MAX) + FRAME_TEXT_MAX)
#define END_MS       20u /* between two looks at what is being killed */
#define SLEEP_MS_MAX 3600000u

union control {
	struct cmsghdr header;
	uint8_t room[CMSG_SPACE(FRAME_FDS_MAX * sizeof(int))];
};

/* A clock that cannot be read: all that is waited for is due. */
uint64_t
loop_now_ms(void)
{
	struct timespec t = { 0, -1 };

	if (sys2(SYS_clock_gettime, CLOCK_MONOTONIC, &t) < 0 || t.tv_nsec < 0)
		return UINT64_MAX / 2;
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

bool
loop_send(struct launcher *l, const struct frame *frame, int fd)
{
	uint8_t bytes[ANSWER_MAX];
	union control control = { .header = { CMSG_LEN(sizeof(fd)), SOL_SOCKET,
					      SCM_RIGHTS } };
	struct iovec data = { bytes,
			      frame_encode(frame, bytes, sizeof(bytes)) };
	struct msghdr message = { .msg_iov = &data, .msg_iovlen = 1 };
	long r;

	if (fd >= 0) {
		memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
		message.msg_control = &control;
		message.msg_controllen = CMSG_SPACE(sizeof(fd));
	}
	r = sys3(SYS_sendmsg, START_SOCKET, &message,
		 MSG_DONTWAIT | MSG_NOSIGNAL);
	if (r == -EAGAIN)
		return false;
	if (data.iov_len == 0 || r != (long)data.iov_len)
		l->ending = true;
	return true;
}

void
loop_answer(struct launcher *l, const struct frame *frame)
{
	if (!loop_send(l, frame, -1))
		l->ending = true;
}

static enum frame_fault
hello(struct launcher *l, const struct frame_hello *asked)
{
	const struct frame welcome = {
		.type = FRAME_WELCOME,
		.welcome = { FRAME_VERSION, PLAN_SIZE_MAX, FRAME_INLINE_MAX,
			     FRAME_FDS_MAX, START_CHILDREN }
	};

	if (asked->lowest > FRAME_VERSION || asked->highest < FRAME_VERSION)
		return FRAME_BAD_NUMBER;
	l->welcomed = true;
	l->hello_by = UINT64_MAX;
	l->once = asked->once == 1;
	loop_answer(l, &welcome);
	return FRAME_FINE;
}

/* All that came is closed in any case; only what was asked for is wanted. */
static bool
take_fds(struct launcher *l, const struct msghdr *message)
{
	const struct cmsghdr *c = message->msg_control;

	if (message->msg_controllen < sizeof(*c))
		return true;
	if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
		return false;
	l->n_received = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	memcpy(l->received, CMSG_DATA(c), l->n_received * sizeof(int));
	return CMSG_SPACE(l->n_received * sizeof(int)) >=
	       message->msg_controllen;
}

static enum frame_fault
take_up(struct launcher *l, size_t len, struct frame *out)
{
	enum frame_fault fault =
	    frame_decode(l->message, len, l->n_received, false, out);

	if (fault != FRAME_FINE)
		return fault;
	if (l->welcomed == (out->type == FRAME_HELLO))
		return FRAME_BAD_TYPE;
	if (out->type == FRAME_HELLO)
		return hello(l, &out->hello);
	if (out->type == FRAME_LAUNCH)
		return request_launch(l, out);
	if (out->type == FRAME_SIGNAL)
		return request_signal(l, out);
	l->ending = true;
	return FRAME_FINE;
}

/* Nothing was sent since there was room. */
static void
read_request(struct launcher *l)
{
	union control control;
	struct iovec data = { l->message, sizeof(l->message) };
	struct msghdr message = { .msg_iov = &data,
				  .msg_iovlen = 1,
				  .msg_control = &control,
				  .msg_controllen = sizeof(control) };
	struct frame request = { 0 }, refused = { .type = FRAME_REFUSED };
	enum frame_fault fault = FRAME_BAD_FDS;
	long len = sys3(SYS_recvmsg, START_SOCKET, &message,
			MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

	l->crowded = false;
	if (len == -EAGAIN || len == -EINTR)
		return;
	l->ending = len <= 0; /* also a message of no bytes */
	if (len < 0)
		return;
	if (take_fds(l, &message) && (message.msg_flags & MSG_CTRUNC) == 0)
		fault = (message.msg_flags & MSG_TRUNC) != 0
			    ? FRAME_BAD_LENGTH
			    : take_up(l, (size_t)len, &request);
	while (l->n_received > 0)
		(void)sys1(SYS_close, l->received[--l->n_received]);
	if (fault == FRAME_FINE)
		return;
	refused.refused.fault = fault;
	if (len >= 8)
		refused.refused.type = wire_get_u64(l->message);
	loop_answer(l, &refused);
	l->ending = true;
}

static struct child *
owing(struct launcher *l)
{
	for (struct child *c = l->children; c < l->children + START_CHILDREN;
	     c++)
		if (c->owes != 0)
			return c;
	return NULL;
}

/* One of its answers; how it began comes before how it ended. */
static void
pay(struct launcher *l, struct child *c)
{
	const struct report *r = &c->ready;
	struct frame started = { .type = FRAME_STARTED, .n_fds = 1 };

	if ((c->owes & OWES_STARTED) == 0) {
		if (loop_send(l, &c->answer, -1))
			c->owes = 0;
		return;
	}
	started.started = (struct frame_started){
		c->request,
		(uint64_t)c->pid,
		(uint64_t)r->pgid,
		(uint64_t)r->sid,
		(uint64_t)(r->nice - PLAN_NICE_LEAST),
		r->umask,
		(uint64_t)r->seccomp,
	};
	if (loop_send(l, &started, c->pidfd))
		c->owes &= ~(uint32_t)OWES_STARTED;
}

static bool
may_read(const struct launcher *l, uint64_t now)
{
	return l->denials < DENIALS_MAX || l->denied_at != now / 1000;
}

/* Reading: only what is said when there is room is read; both at once no poll
 * can wait for, so first one and then the other. */
static uint64_t
poll_agent(struct launcher *l, uint64_t now)
{
	struct pollfd *p = l->polled;

	p[POLL_SOCKET] = (struct pollfd){ START_SOCKET, 0, 0 };
	p[POLL_AGENT] = (struct pollfd){ l->caller.pidfd, POLLIN, 0 };
	if (l->ending) {
		p[POLL_SOCKET].fd = p[POLL_AGENT].fd = -1;
		return now + END_MS;
	}
	if (l->crowded || owing(l) != NULL)
		p[POLL_SOCKET].events = POLLOUT;
	else if (may_read(l, now))
		p[POLL_SOCKET].events = POLLIN;
	else
		return now + 1000 - now % 1000;
	return l->hello_by;
}

/* Until something happens, or is due. */
static void
poll_all(struct launcher *l, uint64_t now)
{
	struct pollfd *p = l->polled;
	uint64_t due = poll_agent(l, now);
	struct timespec t;
	unsigned n = POLL_CHILDREN;
	long r;

	p[POLL_DEATHS] = (struct pollfd){ l->deaths, POLLIN, 0 };
	for (unsigned i = 0; i < START_CHILDREN; i++) {
		struct child *c = &l->children[i];

		if (!child_lives(c))
			continue;
		c->polled = n;
		p[n++] = (struct pollfd){ c->pidfd, POLLIN, 0 };
		p[n++] = (struct pollfd){ c->report, POLLIN, 0 };
		if (child_due(c, now) < due)
			due = child_due(c, now);
	}
	due = due > now ? due - now : 0;
	due = due < SLEEP_MS_MAX ? due : SLEEP_MS_MAX;
	t = (struct timespec){ (time_t)(due / 1000),
			       (long)(due % 1000) * 1000000 };
	r = sys5(SYS_ppoll, p, n, &t, 0, 0);
	if (r < 0 && r != -EINTR)
		l->ending = true;
}

static void
look(struct launcher *l, uint64_t now)
{
	const struct pollfd *p = l->polled;
	short socket = p[POLL_SOCKET].revents;
	struct child *c;

	for (c = l->children; c < l->children + START_CHILDREN; c++)
		if (c->state == CHILD_STARTING ||
		    (c->state == CHILD_RUNNING &&
		     (p[c->polled].revents != 0 || child_due(c, now) <= now)))
			child_look(l, c, now);
	if (p[POLL_DEATHS].revents != 0)
		orphans_sweep(l);
	c = owing(l);
	if (p[POLL_AGENT].revents != 0 || now >= l->hello_by ||
	    (socket & ~(POLLIN | POLLOUT)) != 0)
		l->ending = true;
	else if ((socket & POLLOUT) != 0 && c != NULL)
		pay(l, c);
	else if ((socket & POLLOUT) != 0)
		read_request(l);
	else if (socket != 0)
		l->crowded = true;
}

int
loop_run(struct launcher *l)
{
	uint64_t now = loop_now_ms();

	l->hello_by = now + START_HELLO_MS;
	if (!orphans_begin(l))
		return START_EXIT + START_PLACE;
	while (!l->ending) {
		poll_all(l, now);
		now = loop_now_ms();
		look(l, now);
	}
	while (!child_kill_all(l, now)) {
		poll_all(l, now);
		now = loop_now_ms();
	}
	return l->welcomed ? 0 : START_EXIT;
}
