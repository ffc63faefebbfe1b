/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A launch by the launcher: the plan as bytes, with the program's descriptors
 * beside it, and what is answered.  On failure nothing of the program runs, or
 * what does is being killed.
 */
#include "run/launch.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/fd.h"
#include "plan/put.h"
#include "run/session/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

/* The launcher keeps the deadline; so much later we stop believing in it. */
#define LATE_MS 5000u

#define TIME_MAX ((uint64_t)1 << 53)

/* ---- begin ------------------------------------------------------------ */

static int
open_session(struct launch *l, struct session_child *via,
	     struct caisson_error *err)
{
	struct caisson_session_options o = { .size = sizeof(o), .once = 1 };

	if (l->options.session != NULL) {
		via->session = l->options.session;
		session_keep(via->session);
		return 0;
	}
	o.launcher = l->options.launcher;
	o.timeout_ms = l->options.setup_timeout_ms;
	via->owns_session = true;
	return caisson_session_open(&o, &via->session, err);
}

int
session_launch_begin(struct launch *l, struct caisson_error *err)
{
	int r;

	l->via = calloc(1, sizeof(*l->via));
	if (l->via == NULL)
		return err_no_memory(err, CAISSON_STAGE_LAUNCHER);
	r = session_request_init(&l->via->request, true);
	if (r < 0)
		return err_set(err, CAISSON_E_SYSTEM, CAISSON_STAGE_LAUNCHER,
			       -r, "a descriptor to wait with");
	l->via->is_detached = l->options.detach != 0;
	return open_session(l, l->via, err);
}

/* ---- send ------------------------------------------------------------- */

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void
sort_env(struct launch *l)
{
	size_t n = 0;

	while (l->envp[n] != NULL)
		n++;
	qsort(l->envp, n, sizeof(*l->envp), by_text);
}

static int
seal(const uint8_t *bytes, size_t size, int *out, struct caisson_error *err)
{
	FD_OWNED fd =
	    fd_off_stdio(memfd_create("plan", MFD_CLOEXEC | MFD_ALLOW_SEALING));

	if (fd < 0 || fd_write_all(fd, bytes, size) < 0 ||
	    fcntl(fd, F_ADD_SEALS,
		  F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0)
		return err_set(err, CAISSON_E_SYSTEM, CAISSON_STAGE_LAUNCHER,
			       errno, "the plan in a memfd");
	*out = fd_steal(&fd);
	return 0;
}

struct parcel {
	uint8_t *bytes; /* heap */
	size_t size;
	int memfd; /* -1: the bytes are sent */
	int fds[FRAME_FDS_MAX];
	size_t n_fds;
};

static int
pack(struct launch *l, struct parcel *p, struct caisson_error *err)
{
	const struct frame_welcome *w = &l->via->session->welcome;
	int r;

	sort_env(l);
	r = plan_put_size(&l->plan, &p->size, err);
	if (r < 0)
		return r;
	p->bytes = malloc(p->size);
	if (p->bytes == NULL)
		return err_no_memory(err, CAISSON_STAGE_LAUNCHER);
	r = plan_put(&l->plan, p->bytes, p->size, err);
	if (r == 0 && (p->size > FRAME_INLINE_MAX || p->size > w->inline_max))
		r = seal(p->bytes, p->size, &p->memfd, err);
	if (r < 0)
		return r;
	if (p->memfd >= 0)
		p->fds[p->n_fds++] = p->memfd;
	for (size_t i = 0; i < l->plan.n_fds; i++)
		p->fds[p->n_fds++] = l->plan.fds[i].source;
	return 0;
}

static uint64_t
least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static void
address(const struct launch *l, const struct parcel *p,
	struct session_message *m)
{
	struct frame_launch *f = &m->frame.launch;

	memset(m, 0, sizeof(*m));
	m->frame.type = FRAME_LAUNCH;
	f->detach = l->options.detach;
	f->timeout_ms = least((uint64_t)l->spec->timeout_ms, TIME_MAX);
	f->kill_grace_ms = least((uint64_t)l->spec->kill_grace_ms, TIME_MAX);
	f->memfd = p->memfd >= 0;
	m->frame.bytes = p->memfd >= 0 ? NULL : p->bytes;
	m->frame.len = p->memfd >= 0 ? 0 : p->size;
	m->frame.n_fds = p->n_fds;
	m->fds = p->fds;
}

static uint64_t
latest(const struct launch *l)
{
	return l->deadline < CAISSON_FOREVER - LATE_MS ? l->deadline + LATE_MS
						       : CAISSON_FOREVER;
}

/* With the lock. */
static int
send(struct launch *l, struct session_message *m, struct caisson_error *err)
{
	struct caisson_session *s = l->via->session;
	int r;

	if (s->once && s->is_used)
		return err_usage(err, "the session was for one launch");
	r = session_ask(s, &l->via->request, m, latest(l));
	if (r == 0) {
		s->is_used = true;
		return 0;
	}
	if (s->is_over)
		return session_is_over(s, err);
	if (r == -ETIMEDOUT)
		return err_set(err, CAISSON_E_TIMEOUT, CAISSON_STAGE_LAUNCHER,
			       0, "it takes nothing any more");
	return err_set(err, CAISSON_E_SYSTEM, CAISSON_STAGE_LAUNCHER, -r,
		       "sending the plan and %zu descriptors", m->frame.n_fds);
}

int
session_launch_send(struct launch *l, struct caisson_error *err)
{
	struct parcel p = { .memfd = -1 };
	struct session_message m;
	int r = pack(l, &p, err);

	if (r == 0) {
		address(l, &p, &m);
		(void)pthread_mutex_lock(&l->via->session->lock);
		r = send(l, &m, err);
		(void)pthread_mutex_unlock(&l->via->session->lock);
	}
	fd_close(&p.memfd);
	free(p.bytes);
	return r;
}

/* ---- confirm ---------------------------------------------------------- */

static int
explain_denied(const struct launch *l, const struct session_request *r,
	       struct caisson_error *err)
{
	const struct plan *plan = &l->plan;
	struct session_asked asked = {
		.uid = plan->uid,
		.gid = plan->gid,
		.path = plan->path,
		.chroot = plan->chroot,
		.env = plan->envp,
	};

	return session_explain_denied(r, &asked, err);
}

static const char *
cap_name(uint32_t cap)
{
	const char *name = cred_cap_name(cap);

	return name != NULL ? name : "the capability";
}

static int
explain_failed(const struct launch *l, const struct frame_failed *f,
	       struct caisson_error *err)
{
	struct report report = { .stage = (uint32_t)f->stage,
				 .error = (int32_t)f->error,
				 .index = (uint32_t)f->index };
	int code = -(int)f->code;

	if (f->stage >= CAISSON_STAGE_DEADLINE &&
	    f->stage <= CAISSON_STAGE_EXEC)
		return launch_explain(l, &report, err);
	if (code == CAISSON_E_TIMEOUT)
		return err_set(err, CAISSON_E_TIMEOUT, CAISSON_STAGE_CONFIRM, 0,
			       "the program was not running after %llu ms; its "
			       "process was killed",
			       (unsigned long long)l->plan.deadline_ms);
	if (code == CAISSON_E_DIED)
		return err_set(err, CAISSON_E_DIED, CAISSON_STAGE_CONFIRM, 0,
			       "the process ended before the program ran");
	if (code == CAISSON_E_PRIVILEGE)
		return err_set(err, CAISSON_E_PRIVILEGE,
			       CAISSON_STAGE_CAPABILITIES, 0,
			       "the launcher has not got %s: no grant had it "
			       "when the session began",
			       cap_name((uint32_t)f->index));
	if (f->stage == CAISSON_STAGE_LAUNCHER && f->error == EAGAIN)
		return err_set(err, CAISSON_E_SYSTEM, CAISSON_STAGE_LAUNCHER,
			       EAGAIN,
			       "as many programs run in the session as may");
	if (code == CAISSON_OK || code < CAISSON_E_DENIED)
		code = CAISSON_E_SYSTEM;
	return err_set(err, code,
		       f->stage == CAISSON_STAGE_CLONE ? CAISSON_STAGE_CLONE
						       : CAISSON_STAGE_LAUNCHER,
		       (int)f->error & 0xfff,
		       f->stage == CAISSON_STAGE_CLONE
			   ? "creating a process"
			   : "it does not start the program (stage %u, %u)",
		       (unsigned)f->stage, (unsigned)f->index);
}

/* A pidfd, and of the process that is spoken of, as long as it is there. */
static int
take_started(struct launch *l, struct session_request *r,
	     struct caisson_error *err)
{
	const struct frame_started *f = &r->answer.started;
	eventfd_t ignored;
	int32_t pid = 0;

	if (r->pidfd < 0)
		return err_set(err, CAISSON_E_SYSTEM, CAISSON_STAGE_LAUNCHER,
			       EMFILE,
			       "no number for the pidfd of the program, which "
			       "was killed");
	if (process_of_pidfd(r->pidfd, &pid) < 0 ||
	    (pid > 0 && (uint64_t)pid != f->pid))
		return err_set(err, CAISSON_E_PROTOCOL, CAISSON_STAGE_LAUNCHER,
			       0,
			       "what came with the start is no pidfd of that "
			       "program");
	/* from here on its news are the end */
	if (r->state == SESSION_STARTED && !l->via->session->is_over)
		(void)eventfd_read(r->news, &ignored);
	l->pid = (int32_t)f->pid;
	l->pidfd = fd_steal(&r->pidfd);
	l->report.stage = CAISSON_STAGE_READY;
	l->report.pgid = (int32_t)f->pgid;
	l->report.sid = (int32_t)f->sid;
	l->report.nice = (int32_t)f->nice + PLAN_NICE_LEAST;
	l->report.umask = (uint32_t)f->umask;
	l->report.seccomp = (int32_t)f->seccomp;
	return 0;
}

/* With the lock. */
static int
outcome(struct launch *l, struct caisson_error *err)
{
	struct session_child *via = l->via;
	struct session_request *r = &via->request;

	switch (r->state) {
	case SESSION_STARTED:
	case SESSION_EXITED:
		return take_started(l, r, err);
	case SESSION_DENIED:
		return explain_denied(l, r, err);
	case SESSION_FAILED:
		return explain_failed(l, &r->answer.failed, err);
	case SESSION_ASKED:
	case SESSION_ACCEPTED:
	default:
		break;
	}
	if (via->session->is_over)
		return session_is_over(via->session, err);
	return err_set(err, CAISSON_E_TIMEOUT, CAISSON_STAGE_LAUNCHER, 0,
		       "it has not answered after %llu ms",
		       (unsigned long long)l->plan.deadline_ms);
}

/* Not to go on, if it does; and if it begins later: see answers.c. */
static void
abandon(struct session_child *via)
{
	struct session_message m = { .frame = { .type = FRAME_SIGNAL } };

	m.frame.signal.child = via->request.number;
	m.frame.signal.whom = FRAME_TREE;
	m.frame.signal.signal = SIGKILL;
	(void)session_tell(via->session, &m);
}

static int
keep_grant(struct session_child *via, struct caisson_error *err)
{
	size_t size;

	if (via->request.file == NULL)
		return 0;
	size = strlen(via->request.file) + sizeof(":18446744073709551615");
	via->grant = malloc(size);
	if (via->grant == NULL)
		return err_no_memory(err, CAISSON_STAGE_LAUNCHER);
	(void)snprintf(via->grant, size, "%s:%llu", via->request.file,
		       (unsigned long long)via->request.line);
	return 0;
}

int
session_launch_confirm(struct launch *l, struct caisson_error *err)
{
	struct session_child *via = l->via;
	struct session_request *request = &via->request;
	int r;

	(void)pthread_mutex_lock(&via->session->lock);
	while (!via->session->is_over && (request->state == SESSION_ASKED ||
					  request->state == SESSION_ACCEPTED))
		if (!session_await(via->session, request, latest(l)))
			break;
	r = outcome(l, err);
	if (r == 0)
		r = keep_grant(via, err);
	if (r < 0 && request->state != SESSION_DENIED &&
	    request->state != SESSION_FAILED)
		abandon(via);
	(void)pthread_mutex_unlock(&via->session->lock);
	return r;
}
