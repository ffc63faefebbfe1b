/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The handle of a running program: how it is made from a launch, what it holds,
 * and how all of that goes.
 */
#include "run/handle.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/sized.h"
#include "run/handle_handshake.h"
#include "run/monitor/monitor.h"
#include "run/process.h"
#include "run/session/session.h"

#include <errno.h>
#include <limits.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

static bool
has_end(const struct spec_fd *f)
{
	return f->kind == SPEC_FD_PIPE || f->kind == SPEC_FD_SOCKETPAIR;
}

static size_t
count_ends(const struct caisson_spec *spec)
{
	size_t n = 0;

	for (size_t i = 0; i < 3; i++)
		n += has_end(&spec->stdio[i]);
	for (size_t i = 0; i < spec->n_extra; i++)
		n += has_end(&spec->extra[i]);
	return n;
}

int
handle_new(const struct launch *l, struct caisson_child **out,
	   struct caisson_error *err)
{
	struct caisson_child *c = calloc(1, sizeof(*c));
	int r;

	if (c == NULL)
		return err_no_memory(err, CAISSON_STAGE_NONE);
	if (pthread_mutex_init(&c->mutex, NULL) != 0)
		abort(); /* a default mutex cannot fail on Linux */
	c->pidfd = -1;
	c->ends = calloc(count_ends(l->spec) + 1, sizeof(*c->ends));
	c->groups = calloc(l->plan.n_groups + 1, sizeof(*c->groups));
	if (c->ends == NULL || c->groups == NULL)
		r = err_no_memory(err, CAISSON_STAGE_NONE);
	else
		r = handle_handshake_new(l, &c->handshake, err);
	if (r < 0) {
		handle_release(c);
		return r;
	}
	*out = c;
	return 0;
}

void
handle_release(struct caisson_child *c)
{
	if (c == NULL)
		return;
	for (size_t i = 0; i < c->n_ends; i++)
		fd_close(&c->ends[i].fd);
	(void)pthread_mutex_destroy(&c->mutex);
	handle_handshake_free(c->handshake);
	session_child_free(c->via);
	denials_free(c->denials);
	free(c->groups);
	free(c->ends);
	free(c);
}

size_t
handle_bytes(const struct caisson_child *c)
{
	size_t bytes = sizeof(*c) + (c->n_ends + 1) * sizeof(*c->ends) +
		       (c->applied.n_groups + 1) * sizeof(*c->groups);

	if (c->denials != NULL)
		bytes += sizeof(*c->denials) + c->denials->policy_bytes;
	if (c->via != NULL)
		bytes += session_child_bytes(c->via);
	return bytes + handle_handshake_bytes(c->handshake);
}

/* The plan, which the child has verified, and what it read besides. */
static void
set_applied(struct caisson_child *c, const struct launch *l)
{
	const struct plan *plan = &l->plan;
	struct caisson_applied *a = &c->applied;

	if (plan->n_groups > 0)
		memcpy(c->groups, plan->groups,
		       plan->n_groups * sizeof(*c->groups));
	a->size = sizeof(*a);
	a->uid = plan->uid;
	a->gid = plan->gid;
	a->groups = c->groups;
	a->n_groups = (uint32_t)plan->n_groups;
	a->bounding = plan->sets.bounding;
	a->permitted = plan->sets.permitted;
	a->effective = plan->sets.effective;
	a->inheritable = plan->sets.inheritable;
	a->ambient = plan->sets.ambient;
	a->securebits = plan->securebits;
	a->no_new_privs = true;
	a->pgid = l->report.pgid;
	a->sid = l->report.sid;
	a->nice = l->report.nice;
	a->umask = l->report.umask;
	a->filtered_before = l->report.seccomp == SECCOMP_MODE_FILTER;
	a->filter_instructions = plan->filter.len;
	if (c->via != NULL)
		a->grant = session_child_grant(c->via);
}

static void
set_timeout(struct caisson_child *c, const struct caisson_spec *spec)
{
	c->grace_ms = (uint64_t)spec->kill_grace_ms;
	c->terminate_at = c->kill_at = CAISSON_FOREVER;
	if (spec->timeout_ms == 0 || c->via != NULL) /* the launcher's */
		return;
	c->terminate_at = clock_mono_ms() + (uint64_t)spec->timeout_ms;
}

void
handle_start(struct caisson_child *c, struct launch *l)
{
	memcpy(c->ends, l->ends, l->n_ends * sizeof(*c->ends));
	c->n_ends = l->n_ends;
	l->n_ends = 0;
	c->pid = l->pid;
	c->pidfd = fd_steal(&l->pidfd);
	c->engine = l->plan.engine;
	c->denials = l->denials;
	l->denials = NULL;
	c->via = l->via;
	l->via = NULL;
	c->leads_group = l->plan.new_group || l->plan.new_session;
	c->has_death_signal = l->plan.parent_death_signal != 0;
	c->exit.pid = l->pid;
	c->exit.started_ns = l->started_ns;
	set_applied(c, l);
	set_timeout(c, l->spec);
	if (c->handshake != NULL)
		handle_handshake_start(c->handshake, l);
}

int32_t
caisson_child_pid(const struct caisson_child *child)
{
	return child->pid;
}

int
caisson_child_pidfd(const struct caisson_child *child)
{
	return child->pidfd;
}

void
caisson_child_applied(const struct caisson_child *child,
		      struct caisson_applied *out)
{
	sized_give(&child->applied, sizeof(child->applied), out);
}

uint32_t
caisson_child_engine(const struct caisson_child *child)
{
	return child->engine;
}

int
caisson_child_fd(const struct caisson_child *child, int fd)
{
	for (size_t i = 0; i < child->n_ends; i++)
		if (child->ends[i].target == fd)
			return child->ends[i].fd;
	return -1;
}

int
caisson_child_take_fd(struct caisson_child *child, int fd)
{
	for (size_t i = 0; i < child->n_ends; i++)
		if (child->ends[i].target == fd)
			return fd_steal(&child->ends[i].fd);
	return -1;
}

/* A launcher that hangs is not waited for; its socket is closed next. */
#define END_MS 10000u

static void
end_via(struct caisson_child *c)
{
	bool ended;

	if (session_child_is_detached(c->via) ||
	    caisson_child_kill(c, NULL) < 0)
		return;
	ended = caisson_child_wait(c, END_MS, NULL, NULL) == 0;
	(void)ended;
}

/* Kill fails only if it has ended (or we may not): either way look once. */
static void
end(struct caisson_child *c)
{
	uint64_t due;

	if (c->via != NULL) {
		end_via(c);
		return;
	}
	if (caisson_child_kill(c, NULL) == 0)
		while (!process_ended(c->pidfd, -1))
			continue; /* a signal to the caller */
	(void)handle_look(c, &due);
}

void
caisson_child_free(struct caisson_child *child)
{
	int state;

	if (child == NULL)
		return;
	(void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
	monitor_forget_child(child);
	if (!child->done)
		end(child);
	fd_close(&child->pidfd);
	handle_release(child);
	(void)pthread_setcancelstate(state, NULL);
}
