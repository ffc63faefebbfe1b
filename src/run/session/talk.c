/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is asked of a launcher, and waiting for what it answers.  Who waits
 * polls the socket and its own eventfd, and reads whatever has come, for all.
 * Nothing sleeps with the lock.
 */
#include "run/session/internal.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/fd.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

int
session_request_init(struct session_request *r, bool is_launch)
{
	memset(r, 0, sizeof(*r));
	r->is_launch = is_launch;
	r->state = SESSION_ASKED;
	r->pidfd = -1;
	r->news = fd_off_stdio(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
	return r->news < 0 ? -errno : 0;
}

void
session_request_done(struct session_request *r)
{
	fd_close(&r->news);
	fd_close(&r->pidfd);
	free(r->file);
	r->file = NULL;
}

void
session_forget(struct caisson_session *s, struct session_request *request)
{
	struct session_request **p = &s->requests;

	while (*p != NULL && *p != request)
		p = &(*p)->next;
	if (*p != NULL)
		*p = request->next;
}

void
session_end(struct caisson_session *s, const struct caisson_error *why)
{
	if (s->is_over)
		return;
	s->is_over = true;
	s->why = *why;
	for (struct session_request *r = s->requests; r != NULL; r = r->next)
		(void)eventfd_write(r->news, 1);
}

int
session_is_over(const struct caisson_session *s, struct caisson_error *err)
{
	if (!s->is_over)
		return 0;
	if (err != NULL)
		*err = s->why;
	return s->why.code;
}

static int
send_now(struct caisson_session *s, const struct session_message *m)
{
	union {
		struct cmsghdr align;
		char room[CMSG_SPACE(FRAME_FDS_MAX * sizeof(int))];
	} control;
	size_t bytes = m->frame.n_fds * sizeof(int);
	struct iovec io = { s->out,
			    frame_encode(&m->frame, s->out, sizeof(s->out)) };
	struct msghdr msg = { .msg_iov = &io, .msg_iovlen = 1 };

	if (io.iov_len == 0)
		return -EINVAL;
	if (bytes > 0) {
		memset(&control, 0, sizeof(control));
		msg.msg_control = control.room;
		msg.msg_controllen = CMSG_SPACE(bytes);
		control.align.cmsg_level = SOL_SOCKET;
		control.align.cmsg_type = SCM_RIGHTS;
		control.align.cmsg_len = CMSG_LEN(bytes);
		memcpy(CMSG_DATA(&control.align), m->fds, bytes);
	}
	if (sendmsg(s->sock, &msg, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
		return 0;
	return errno == ECONNRESET ? -EPIPE : -errno;
}

/* Without the lock, until the socket or the request has something. */
static void
pause_for(struct caisson_session *s, const struct session_request *r,
	  short events, uint64_t until)
{
	uint64_t now = clock_mono_ms();
	struct pollfd p[2] = { { s->sock, events, 0 }, { r->news, POLLIN, 0 } };
	eventfd_t ignored;
	int ms = -1;

	if (until != CAISSON_FOREVER)
		ms = until <= now            ? 0
		     : until - now > INT_MAX ? INT_MAX
					     : (int)(until - now);
	(void)pthread_mutex_unlock(&s->lock);
	(void)poll(p, 2, ms);
	(void)pthread_mutex_lock(&s->lock);
	if (p[1].revents != 0)
		(void)eventfd_read(r->news, &ignored);
}

int
session_ask(struct caisson_session *s, struct session_request *r,
	    struct session_message *m, uint64_t until)
{
	int error = -EPIPE;

	session_take_in(s);
	while (!s->is_over) {
		r->number = s->last + 1;
		m->frame.number[0] = r->number;
		error = send_now(s, m);
		if (error == 0) {
			s->last = r->number;
			r->next = s->requests;
			s->requests = r;
			return 0;
		}
		r->number = 0;
		if (error != -EAGAIN && error != -EINTR)
			break;
		if (clock_mono_ms() >= until)
			return -ETIMEDOUT;
		pause_for(s, r, POLLIN | POLLOUT, until);
		session_take_in(s);
		error = -EPIPE;
	}
	/* it says why by itself */
	session_take_in(s);
	return error;
}

int
session_tell(struct caisson_session *s, struct session_message *m)
{
	int r;

	if (s->is_over)
		return -EPIPE;
	m->frame.number[0] = s->last + 1;
	r = send_now(s, m);
	if (r == 0)
		s->last++;
	return r;
}

bool
session_await(struct caisson_session *s, struct session_request *r,
	      uint64_t until)
{
	enum session_state before = r->state;

	for (;;) {
		session_take_in(s);
		if (r->state != before || s->is_over)
			return true;
		if (clock_mono_ms() >= until)
			return false;
		pause_for(s, r, POLLIN, until);
	}
}

int
session_signal(struct caisson_session *s, struct session_message *m,
	       struct session_request *r)
{
	uint64_t until = clock_mono_ms() + SESSION_ANSWER_MS;
	int error;

	m->frame.type = FRAME_SIGNAL;
	(void)pthread_mutex_lock(&s->lock);
	error = session_ask(s, r, m, until);
	if (error == 0) {
		if (!session_await(s, r, until))
			error = -ETIMEDOUT;
		else if (r->state == SESSION_FAILED)
			error = -(int)(r->answer.failed.error & 0xfff);
		else if (r->state == SESSION_DENIED)
			error = -EPERM;
		else if (r->state != SESSION_ACCEPTED)
			error = -EPIPE;
		session_forget(s, r);
	}
	(void)pthread_mutex_unlock(&s->lock);
	return error;
}

void
session_greet(struct caisson_session *s, struct session_message *m,
	      struct session_request *wait, uint64_t until)
{
	m->frame.type = FRAME_HELLO;
	m->frame.hello.lowest = m->frame.hello.highest = FRAME_VERSION;
	m->frame.hello.once = s->once;
	/* it fits into an empty socket; if not, that is seen below */
	(void)send_now(s, m);
	session_take_in(s);
	while (!s->is_welcome && !s->is_over && clock_mono_ms() < until) {
		pause_for(s, wait, POLLIN, until);
		session_take_in(s);
	}
}

void
session_hang_up(struct caisson_session *s, struct session_message *m,
		uint64_t until)
{
	const struct session_request nobody = { .news = -1 };

	session_take_in(s);
	if (s->is_over)
		return;
	(void)send_now(s, m);
	(void)shutdown(s->sock, SHUT_WR);
	while (!s->is_over && clock_mono_ms() < until) {
		pause_for(s, &nobody, POLLIN, until);
		session_take_in(s);
	}
}
