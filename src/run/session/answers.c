/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a launcher says: read by whoever comes first, and filed under the request
 * that it answers.  What does not answer one ends the session.  Never sleeps.
 */
#include "run/session/internal.h"

#include "base/err.h"
#include "base/fd.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

/* One look takes in at most so many, whoever talks without end. */
#define MESSAGES_AT_ONCE 1024

static struct session_request *
find(const struct caisson_session *s, uint64_t number)
{
	struct session_request *r = s->requests;

	while (r != NULL && r->number != number)
		r = r->next;
	return r;
}

static void
garbled(struct caisson_session *s, const char *what)
{
	struct caisson_error why;

	(void)err_set(&why, CAISSON_E_PROTOCOL, CAISSON_STAGE_LAUNCHER, 0,
		      "%s: the session is over", what);
	session_end(s, &why);
}

static void
gone(struct caisson_session *s, int error)
{
	struct caisson_error why;

	(void)err_set(&why, CAISSON_E_SYSTEM, CAISSON_STAGE_LAUNCHER, error,
		      "the launcher is gone, and what ran in its session");
	session_end(s, &why);
}

/* From which state an answer leads to which: a row is an answer. */
static const struct {
	uint32_t type;
	bool launch, signal; /* to which requests */
	enum session_state from, or_from, to;
} answers[] = {
	{ FRAME_ACCEPTED, true, true, SESSION_ASKED, SESSION_ASKED,
	  SESSION_ACCEPTED },
	{ FRAME_DENIED, true, true, SESSION_ASKED, SESSION_ASKED,
	  SESSION_DENIED },
	{ FRAME_STARTED, true, false, SESSION_ACCEPTED, SESSION_ACCEPTED,
	  SESSION_STARTED },
	{ FRAME_FAILED, true, true, SESSION_ASKED, SESSION_ACCEPTED,
	  SESSION_FAILED },
	{ FRAME_EXITED, true, false, SESSION_STARTED, SESSION_STARTED,
	  SESSION_EXITED },
};

static bool
answer_fits(const struct session_request *r, const struct frame *f,
	    enum session_state *to)
{
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		if (answers[i].type != f->type)
			continue;
		*to = answers[i].to;
		return (r->is_launch ? answers[i].launch : answers[i].signal) &&
		       (r->state == answers[i].from ||
			r->state == answers[i].or_from);
	}
	return false;
}

/* The rule, for those who ask; without memory nobody is told. */
static void
keep_rule(struct session_request *r, const struct frame *f)
{
	r->line = f->type == FRAME_ACCEPTED ? f->accepted.line : f->denied.line;
	if (r->line > 0 && f->len > 0)
		r->file = strndup((const char *)f->bytes, f->len);
}

static void
keep(struct session_request *r, const struct frame *f, int *fd)
{
	if (f->type == FRAME_EXITED) {
		r->exited = f->exited;
		return;
	}
	if (f->type == FRAME_ACCEPTED || f->type == FRAME_DENIED)
		keep_rule(r, f);
	r->answer = *f;
	r->answer.bytes = NULL;
	r->answer.len = 0;
	if (f->type == FRAME_STARTED)
		r->pidfd = fd_steal(fd);
}

/* Nobody waits for that launch any more: its program is not to go on. */
static void
kill_abandoned(struct caisson_session *s, uint64_t number)
{
	struct session_message m = { .fds = NULL };

	m.frame.type = FRAME_SIGNAL;
	m.frame.signal.child = number;
	m.frame.signal.whom = FRAME_TREE;
	m.frame.signal.signal = SIGKILL;
	(void)session_tell(s, &m);
}

static void
file(struct caisson_session *s, const struct frame *f, int *fd)
{
	enum session_state to = SESSION_ASKED;
	struct session_request *r;

	if (f->type == FRAME_WELCOME && !s->is_welcome) {
		s->welcome = f->welcome;
		s->is_welcome = true;
		return;
	}
	if (f->type == FRAME_REFUSED) {
		garbled(s, "the launcher does not understand what was asked");
		return;
	}
	if (f->type == FRAME_WELCOME || !s->is_welcome || f->number[0] == 0 ||
	    f->number[0] > s->last) {
		garbled(s, "the launcher answers what was not asked");
		return;
	}
	r = find(s, f->number[0]);
	if (r == NULL) {
		if (f->type == FRAME_STARTED)
			kill_abandoned(s, f->number[0]);
		return;
	}
	if (!answer_fits(r, f, &to)) {
		garbled(s, "the launcher's answers are out of order");
		return;
	}
	r->state = to;
	keep(r, f, fd);
	(void)eventfd_write(r->news, 1);
}

struct received {
	int fds[SESSION_FDS_MAX];
	size_t n;
};

static void
close_received(struct received *got)
{
	for (size_t i = 0; i < got->n; i++)
		fd_close(&got->fds[i]);
}

static void
take_fds(struct msghdr *msg, struct received *got)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c != NULL;
	     c = CMSG_NXTHDR(msg, c)) {
		size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t i = 0; i < n && got->n < SESSION_FDS_MAX; i++) {
			memcpy(&got->fds[got->n],
			       CMSG_DATA(c) + i * sizeof(int), sizeof(int));
			got->fds[got->n] = fd_off_stdio(got->fds[got->n]);
			got->n++;
		}
	}
}

static void
take_message(struct caisson_session *s, struct msghdr *msg, size_t len)
{
	struct received got = { .fds = { -1 }, .n = 0 };
	bool is_cut = (msg->msg_flags & MSG_CTRUNC) != 0;
	struct frame f;

	take_fds(msg, &got);
	/* none at all: we have no number left for it, which is our trouble */
	if ((msg->msg_flags & MSG_TRUNC) != 0 || (is_cut && got.n > 0) ||
	    frame_decode(s->in, len, is_cut ? 1 : got.n, true, &f) !=
		FRAME_FINE)
		garbled(s, "what the launcher says is not of the protocol");
	else
		file(s, &f, &got.fds[0]);
	close_received(&got);
}

void
session_take_in(struct caisson_session *s)
{
	for (int i = 0; i < MESSAGES_AT_ONCE && !s->is_over; i++) {
		union {
			struct cmsghdr align;
			char room[CMSG_SPACE(SESSION_FDS_MAX * sizeof(int))];
		} control;
		struct iovec io = { s->in, sizeof(s->in) };
		struct msghdr msg = { .msg_iov = &io,
				      .msg_iovlen = 1,
				      .msg_control = control.room,
				      .msg_controllen = sizeof(control.room) };
		ssize_t n =
		    recvmsg(s->sock, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

		/* reset: it left something unread; what it said comes next */
		if (n < 0 && (errno == EINTR || errno == ECONNRESET))
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		if (n <= 0)
			gone(s, n < 0 ? errno : 0);
		else
			take_message(s, &msg, (size_t)n);
	}
}
