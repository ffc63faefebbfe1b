/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The handle of a running program: its ends, its exit, signals to it.  The
 * status is taken exactly once, under the mutex, and kept; the pid is not used
 * after that.
 */
#include "run/handle.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/fd.h"
#include "run/process.h"

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

	if (c == NULL)
		return err_no_memory(err, CAISSON_STAGE_NONE);
	if (pthread_mutex_init(&c->mutex, NULL) != 0)
		abort(); /* a default mutex cannot fail on Linux */
	c->pidfd = -1;
	c->ends = calloc(count_ends(l->spec) + 1, sizeof(*c->ends));
	c->groups = calloc(l->plan.n_groups + 1, sizeof(*c->groups));
	if (c->ends == NULL || c->groups == NULL) {
		handle_discard(c);
		return err_no_memory(err, CAISSON_STAGE_NONE);
	}
	*out = c;
	return 0;
}

void
handle_discard(struct caisson_child *c)
{
	if (c == NULL)
		return;
	(void)pthread_mutex_destroy(&c->mutex);
	denials_free(c->denials);
	free(c->groups);
	free(c->ends);
	free(c);
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
}

static void
set_timeout(struct caisson_child *c, const struct caisson_spec *spec)
{
	if (spec->timeout_ms == 0)
		return;
	c->terminate_at = clock_mono_ms() + (uint64_t)spec->timeout_ms;
	c->grace_ms = (uint64_t)spec->kill_grace_ms;
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
	c->leads_group = l->plan.new_group || l->plan.new_session;
	c->exit.pid = l->pid;
	c->exit.started_ns = l->started_ns;
	set_applied(c, l);
	set_timeout(c, l->spec);
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
	uint32_t size = out->size;

	if (size > sizeof(*out)) {
		memset(out, 0, size);
		size = sizeof(*out);
	}
	memcpy(out, &child->applied, size);
	out->size = size;
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

/* All of these are called with the mutex held and !done. */
static int
signal_scope(struct caisson_child *c, int signo, uint32_t scope)
{
	if (scope == CAISSON_SCOPE_GROUP && c->leads_group)
		return process_signal_group(c->pidfd, c->pid, signo);
	return process_signal(c->pidfd, signo);
}

static uint64_t
microseconds(struct timeval t)
{
	return (uint64_t)t.tv_sec * 1000000u + (uint64_t)t.tv_usec;
}

static void
record(struct caisson_child *c, const struct process_status *s)
{
	struct caisson_exit *e = &c->exit;

	e->how = s->how;
	e->value = s->value;
	e->core = s->core;
	e->timed_out = c->phase != HANDLE_RUNNING;
	e->has_usage = s->has_usage;
	e->user_us = microseconds(s->usage.ru_utime);
	e->system_us = microseconds(s->usage.ru_stime);
	e->max_rss_kib = (uint64_t)s->usage.ru_maxrss;
	e->ended_ns = clock_real_ns();
	c->done = true;
	if (c->denials != NULL)
		handle_end_denials(c);
}

/* The last moment at which its group is certainly still its group. */
static void
reap(struct caisson_child *c)
{
	struct process_status status;

	if (!process_ended(c->pidfd, 0))
		return;
	if (c->phase != HANDLE_RUNNING)
		(void)signal_scope(c, SIGKILL, CAISSON_SCOPE_GROUP);
	if (process_reap(c->pidfd, &status) != PROCESS_RUNNING)
		record(c, &status);
}

/* When the next action of the timeout is due; CAISSON_FOREVER: none. */
static uint64_t
due_at(const struct caisson_child *c)
{
	if (c->terminate_at == 0 || c->done || c->phase == HANDLE_KILLED)
		return CAISSON_FOREVER;
	return c->phase == HANDLE_RUNNING ? c->terminate_at
					  : c->terminate_at + c->grace_ms;
}

static void
run_timeout(struct caisson_child *c)
{
	if (clock_mono_ms() < due_at(c))
		return;
	if (c->phase == HANDLE_RUNNING) {
		c->phase = HANDLE_TERMINATED;
		(void)signal_scope(c, SIGTERM, CAISSON_SCOPE_GROUP);
		/* a stopped program would not see it */
		(void)signal_scope(c, SIGCONT, CAISSON_SCOPE_GROUP);
	} else {
		c->phase = HANDLE_KILLED;
		(void)signal_scope(c, SIGKILL, CAISSON_SCOPE_GROUP);
		(void)signal_scope(c, SIGKILL, CAISSON_SCOPE_PROCESS);
	}
}

/* One look: true when it is over.  *due: when to look again at the latest. */
static bool
look(struct caisson_child *c, uint64_t *due)
{
	bool done;

	(void)pthread_mutex_lock(&c->mutex);
	if (!c->done)
		reap(c);
	if (!c->done && c->denials != NULL)
		denials_serve(c->denials);
	if (!c->done)
		run_timeout(c);
	*due = due_at(c);
	done = c->done;
	(void)pthread_mutex_unlock(&c->mutex);
	return done;
}

static int
poll_ms(uint64_t now, uint64_t until)
{
	if (until == CAISSON_FOREVER)
		return -1;
	if (until <= now)
		return 0;
	return until - now > INT_MAX ? INT_MAX : (int)(until - now);
}

/* Wake at the end, at something to answer, or after ms. */
static void
sleep_until_news(const struct caisson_child *c, int ms)
{
	struct pollfd p[2] = { { c->pidfd, POLLIN, 0 },
			       { caisson_child_denials_fd(c), POLLIN, 0 } };

	(void)poll(p, p[1].fd >= 0 ? 2 : 1, ms);
}

int
caisson_child_wait(struct caisson_child *child, uint64_t timeout_ms,
		   struct caisson_exit *out, struct caisson_error *err)
{
	uint64_t now = clock_mono_ms(), until, due = 0;

	until = timeout_ms < CAISSON_FOREVER - now ? now + timeout_ms
						   : CAISSON_FOREVER;
	while (!look(child, &due)) {
		now = clock_mono_ms();
		if (now >= until)
			return err_set(err, CAISSON_E_TIMEOUT,
				       CAISSON_STAGE_WAIT, 0, "still running");
		sleep_until_news(child,
				 poll_ms(now, due < until ? due : until));
	}
	if (out != NULL)
		*out = child->exit;
	return 0;
}

uint64_t
caisson_child_next_ms(const struct caisson_child *child)
{
	uint64_t due = due_at(child), now = clock_mono_ms();
	uint64_t denial = handle_denials_due(child);

	if (denial < due)
		due = denial;
	if (due == CAISSON_FOREVER)
		return CAISSON_FOREVER;
	return due > now ? due - now : 0;
}

int
caisson_child_signal(struct caisson_child *child, int signo, uint32_t scope,
		     struct caisson_error *err)
{
	int r = -ESRCH;

	(void)pthread_mutex_lock(&child->mutex);
	if (!child->done)
		r = signal_scope(child, signo, scope);
	(void)pthread_mutex_unlock(&child->mutex);
	if (r < 0)
		return err_set(err, CAISSON_E_SYSTEM, CAISSON_STAGE_SIGNAL, -r,
			       "signal %d", signo);
	return 0;
}

int
caisson_child_kill(struct caisson_child *child, struct caisson_error *err)
{
	int r = caisson_child_signal(child, SIGKILL, CAISSON_SCOPE_GROUP, NULL);

	/* it may have left the group that it led */
	if (child->leads_group || r < 0)
		r = caisson_child_signal(child, SIGKILL, CAISSON_SCOPE_PROCESS,
					 err);
	return r;
}

/* Kill fails only if it has ended (or we may not): either way look once. */
static void
end(struct caisson_child *c)
{
	uint64_t due;

	if (caisson_child_kill(c, NULL) == 0)
		while (!process_ended(c->pidfd, -1))
			continue; /* a signal to the caller */
	(void)look(c, &due);
}

void
caisson_child_free(struct caisson_child *child)
{
	if (child == NULL)
		return;
	if (!child->done)
		end(child);
	for (size_t i = 0; i < child->n_ends; i++)
		fd_close(&child->ends[i].fd);
	fd_close(&child->pidfd);
	handle_discard(child);
}
