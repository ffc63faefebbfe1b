/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A program of a session, for its handle: how it ended, and signals to it.  The
 * launcher is its parent, so all of this is asked of the launcher.
 */
#include "run/session/internal.h"

#include "base/fd.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

static void
fill(const struct frame_exited *e, struct session_status *out)
{
	memset(out, 0, sizeof(*out));
	out->how = (uint32_t)e->how;
	out->value = (int32_t)e->value;
	out->core = e->core != 0;
	out->timed_out = e->timed_out != 0;
	out->has_usage = e->has_usage != 0;
	out->user_us = e->user_us;
	out->system_us = e->system_us;
	out->max_rss_kib = e->max_rss_kib;
	out->started_ns = (int64_t)e->started_ns;
	out->ended_ns = (int64_t)e->ended_ns;
}

enum session_end
session_child_look(struct session_child *via, struct session_status *out)
{
	struct caisson_session *s = via->session;
	enum session_end end = SESSION_RUNS;

	(void)pthread_mutex_lock(&s->lock);
	session_take_in(s);
	if (via->request.state == SESSION_EXITED) {
		fill(&via->request.exited, out);
		end = SESSION_ENDED;
	} else if (s->is_over) {
		end = SESSION_LEFT;
	}
	(void)pthread_mutex_unlock(&s->lock);
	return end;
}

int
session_child_news(const struct session_child *via)
{
	return via->request.news;
}

int
session_child_socket(const struct session_child *via)
{
	struct caisson_session *s = via->session;
	int fd;

	(void)pthread_mutex_lock(&s->lock);
	fd = s->is_over ? -1 : s->sock;
	(void)pthread_mutex_unlock(&s->lock);
	return fd;
}

const char *
session_child_grant(const struct session_child *via)
{
	return via->grant;
}

int32_t
session_child_launcher(const struct session_child *via)
{
	return session_launcher(via->session);
}

bool
session_child_is_detached(const struct session_child *via)
{
	return via->is_detached;
}

size_t
session_child_bytes(const struct session_child *via)
{
	size_t bytes = sizeof(*via);

	if (via->grant != NULL)
		bytes += strlen(via->grant) + 1;
	/* of a session for one launch; that of many is its owner's */
	return bytes + (via->owns_session ? sizeof(*via->session) : 0);
}

static uint64_t
whom(uint32_t scope)
{
	switch (scope) {
	case CAISSON_SCOPE_TREE:
		return FRAME_TREE;
	case CAISSON_SCOPE_GROUP:
		return FRAME_GROUP;
	default:
		return FRAME_PROCESS;
	}
}

static struct session_message
message(const struct session_child *via, int signo, uint32_t scope)
{
	struct session_message m = { .frame = { .type = FRAME_SIGNAL } };

	m.frame.signal.child = via->request.number;
	m.frame.signal.whom = whom(scope);
	m.frame.signal.signal = (uint64_t)signo;
	return m;
}

int
session_child_post(struct session_child *via, int signo, uint32_t scope)
{
	struct session_message m = message(via, signo, scope);
	int r;

	(void)pthread_mutex_lock(&via->session->lock);
	r = session_tell(via->session, &m);
	(void)pthread_mutex_unlock(&via->session->lock);
	return r;
}

int
session_child_signal(struct session_child *via, int signo, uint32_t scope)
{
	struct session_message m = message(via, signo, scope);
	struct session_request request;
	int r;

	if (signo < 1 || signo > 64)
		return -EINVAL;
	r = session_request_init(&request, false);
	if (r == 0)
		r = session_signal(via->session, &m, &request);
	session_request_done(&request);
	/* it has ended with its session */
	return r == -EPIPE ? -ESRCH : r;
}

void
session_child_free(struct session_child *via)
{
	if (via == NULL)
		return;
	if (via->session != NULL) {
		(void)pthread_mutex_lock(&via->session->lock);
		session_forget(via->session, &via->request);
		(void)pthread_mutex_unlock(&via->session->lock);
		if (via->owns_session)
			caisson_session_close(via->session);
		else
			session_drop(via->session);
	}
	session_request_done(&via->request);
	free(via->grant);
	free(via);
}
