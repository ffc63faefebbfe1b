/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Theory of operation.
 *
 * A session is a socket to a launcher process of our own, on which requests go
 * out and answers come in; each request has a number, and each answer says
 * whose it is.  There is no thread that reads: whoever wants to know something
 * reads all that has come, files it under the requests that it answers, and
 * tells those who wait by their eventfds.  Who waits polls the socket and its
 * own eventfd, so it does not matter which thread reads first.
 *
 *	request		of one call (a signal), or of a program: from its
 *			launch until its handle is freed
 *	program		a handle's session_child; it counts as a user of the
 *			session, which is freed when nobody uses it any more
 *
 * The session is over when its launcher is gone or talks nonsense: then every
 * request is told, and what ended with it is asked of the kernel.
 *
 * Locks: a handle's mutex, then the session's lock, which is never held by
 * anybody who sleeps; nothing is taken after it.
 *
 * The launcher is our child.  It is reaped by its pidfd, when the session is
 * closed; if somebody has done so before, that is all the same.
 */
#include "run/session/internal.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/sized.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static void
end_launcher(struct caisson_session *s, uint64_t until)
{
	struct process_status status;
	uint64_t now;

	while ((now = clock_mono_ms()) < until)
		if (process_ended(s->launcher, (int)(until - now)))
			break;
	/* one that hangs; if it is root's we may not, and leave it */
	if (!process_ended(s->launcher, 0) &&
	    process_signal(s->launcher, SIGKILL) == 0)
		(void)process_ended(s->launcher, SESSION_END_MS);
	(void)process_reap(s->launcher, &status);
}

static void
discard(struct caisson_session *s)
{
	fd_close(&s->sock);
	fd_close(&s->launcher);
	(void)pthread_mutex_destroy(&s->lock);
	free(s);
}

void
session_keep(struct caisson_session *s)
{
	(void)pthread_mutex_lock(&s->lock);
	s->users++;
	(void)pthread_mutex_unlock(&s->lock);
}

void
session_drop(struct caisson_session *s)
{
	bool is_last;

	(void)pthread_mutex_lock(&s->lock);
	is_last = --s->users == 0;
	(void)pthread_mutex_unlock(&s->lock);
	if (is_last)
		discard(s);
}

/* ---- open ------------------------------------------------------------- */

static int
read_options(const struct caisson_session_options *in,
	     struct caisson_session_options *out, struct caisson_error *err)
{
	int r = sized_read(in, out, sizeof(*out), "session", err);

	if (r < 0)
		return r;
	if (out->once > 1)
		return sized_is_newer("session", err);
	if (out->launcher != NULL && out->launcher[0] != '/')
		return err_usage(err,
				 "options.launcher is not an absolute path");
	out->launcher = session_launcher_path(out->launcher);
	if (out->timeout_ms == 0)
		out->timeout_ms = START_HELLO_MS;
	return 0;
}

static int
session_new(bool once, struct caisson_session **out, struct caisson_error *err)
{
	struct caisson_session *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return err_no_memory(err, CAISSON_STAGE_LAUNCHER);
	(void)pthread_mutex_init(&s->lock, NULL);
	s->sock = s->launcher = -1;
	s->once = once;
	s->users = 1;
	*out = s;
	return 0;
}

/* Why there was no WELCOME. */
static int
no_welcome(const struct caisson_session *s,
	   const struct caisson_session_options *o, struct caisson_error *err)
{
	if (!s->is_over)
		return err_set(err, CAISSON_E_TIMEOUT, CAISSON_STAGE_LAUNCHER,
			       0, "%s said nothing within %llu ms", o->launcher,
			       (unsigned long long)o->timeout_ms);
	if (s->why.code == CAISSON_E_SYSTEM)
		return session_explain_end(o->launcher, s->launcher, err);
	return session_is_over(s, err);
}

static int
check_welcome(const struct frame_welcome *w, struct caisson_error *err)
{
	if (w->version != FRAME_VERSION)
		return err_set(err, CAISSON_E_PROTOCOL, CAISSON_STAGE_LAUNCHER,
			       0,
			       "the launcher speaks version %llu of the "
			       "protocol, and not %u",
			       (unsigned long long)w->version, FRAME_VERSION);
	return 0;
}

/* Nobody else knows the session yet: the lock is for those who want it held. */
static int
greet(struct caisson_session *s, const struct caisson_session_options *o,
      struct caisson_error *err)
{
	struct session_message m = { .fds = NULL };
	struct session_request wait;
	uint64_t now = clock_mono_ms();
	uint64_t until = o->timeout_ms < CAISSON_FOREVER - now
			     ? now + o->timeout_ms
			     : CAISSON_FOREVER;
	int r = session_request_init(&wait, false);

	if (r < 0)
		return err_set(err, CAISSON_E_SYSTEM, CAISSON_STAGE_LAUNCHER,
			       -r, "a descriptor to wait with");
	(void)pthread_mutex_lock(&s->lock);
	session_greet(s, &m, &wait, until);
	r = s->is_welcome && !s->is_over ? check_welcome(&s->welcome, err)
					 : no_welcome(s, o, err);
	(void)pthread_mutex_unlock(&s->lock);
	session_request_done(&wait);
	return r;
}

int
caisson_session_open(const struct caisson_session_options *options,
		     struct caisson_session **out, struct caisson_error *err)
{
	struct caisson_session_options o;
	struct caisson_session *s = NULL;
	int r, state;

	if (out == NULL)
		return err_usage(err, "out is NULL");
	r = read_options(options, &o, err);
	if (r < 0)
		return r;
	r = session_new(o.once != 0, &s, err);
	if (r < 0)
		return r;
	(void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
	r = session_begin(o.launcher, &s->sock, &s->launcher, err);
	if (r == 0) {
		r = greet(s, &o, err);
		if (r < 0) {
			(void)shutdown(s->sock, SHUT_RDWR);
			end_launcher(s, clock_mono_ms() + SESSION_END_MS);
		}
	}
	(void)pthread_setcancelstate(state, NULL);
	if (r == 0)
		*out = s;
	else
		discard(s);
	return r;
}

/* ---- close ------------------------------------------------------------ */

/*
 * Says good-bye, and takes in what is still said.  The socket stays open, for
 * others may be polling it.
 */
static void
say_goodbye(struct caisson_session *s, uint64_t until)
{
	struct session_message m = { .frame = { .type = FRAME_CLOSE } };
	struct caisson_error why;

	session_hang_up(s, &m, until);
	(void)err_set(&why, CAISSON_E_USAGE, CAISSON_STAGE_LAUNCHER, 0,
		      "the session is closed");
	session_end(s, &why);
	(void)shutdown(s->sock, SHUT_RDWR);
}

void
caisson_session_close(struct caisson_session *session)
{
	uint64_t until = clock_mono_ms() + SESSION_END_MS;
	int state;

	if (session == NULL)
		return;
	(void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
	(void)pthread_mutex_lock(&session->lock);
	say_goodbye(session, until);
	(void)pthread_mutex_unlock(&session->lock);
	end_launcher(session, until);
	session_drop(session);
	(void)pthread_setcancelstate(state, NULL);
}

/* ---- the rest --------------------------------------------------------- */

int
caisson_session_fd(const struct caisson_session *session)
{
	return session->sock;
}

int32_t
session_launcher(const struct caisson_session *session)
{
	int32_t pid = 0;

	return process_of_pidfd(session->launcher, &pid) == 0 && pid > 0 ? pid
									 : 0;
}

int
caisson_session_dispatch(struct caisson_session *session,
			 struct caisson_error *err)
{
	int r;

	(void)pthread_mutex_lock(&session->lock);
	session_take_in(session);
	r = session_is_over(session, err);
	(void)pthread_mutex_unlock(&session->lock);
	return r;
}

static int
explain_signal(struct caisson_session *s, const struct session_request *r,
	       int error, struct caisson_error *err)
{
	struct session_asked asked = { .uid = UINT32_MAX, .signal = true };
	int code = 0;

	if (r->state == SESSION_DENIED)
		return session_explain_denied(r, &asked, err);
	if (error == -EPIPE) {
		(void)pthread_mutex_lock(&s->lock);
		code = session_is_over(s, err);
		(void)pthread_mutex_unlock(&s->lock);
	}
	if (code < 0)
		return code;
	return err_set(err, CAISSON_E_SYSTEM, CAISSON_STAGE_SIGNAL, -error,
		       "signalling a process of others");
}

int
caisson_session_signal(struct caisson_session *session, int pidfd, int signo,
		       struct caisson_error *err)
{
	struct session_message m = { .fds = &pidfd };
	struct session_request request;
	int32_t pid = 0;
	int r = process_of_pidfd(pidfd, &pid), state;

	if (r < 0)
		return process_no_pidfd(pidfd, -r, err);
	if (signo < 1 || signo > 64)
		return err_usage(err, "%d is not a signal", signo);
	r = session_request_init(&request, false);
	if (r < 0)
		return err_set(err, CAISSON_E_SYSTEM, CAISSON_STAGE_SIGNAL, -r,
			       "a descriptor to wait with");
	m.frame.n_fds = 1;
	m.frame.signal.whom = FRAME_DETACHED;
	m.frame.signal.signal = (uint64_t)signo;
	(void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
	r = session_signal(session, &m, &request);
	if (r < 0)
		r = explain_signal(session, &request, r, err);
	(void)pthread_setcancelstate(state, NULL);
	session_request_done(&request);
	return r;
}
