/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What becomes of the programs of a session: ready or not, let go, ended.  The
 * monitor knows; this tells, in the order in which it happened.
 */
#include "cli/serve.h"

#include "base/err.h"
#include "base/fd.h"
#include "cli/denied.h"

#include <stdlib.h>

#define END_MS 5000u /* a killed process that is not gone by then hangs */

struct serve_child *
serve_find(struct serve *s, const json_t *id)
{
	for (struct serve_child *c = s->children; c != NULL; c = c->next)
		if (json_equal(json_object_get(c->tags, "id"), id) != 0)
			return c;
	return NULL;
}

void
serve_child_done(struct serve_child *c)
{
	caisson_child_free(c->child);
	for (size_t i = 0; i < c->n_pipes; i++) {
		serve_wipe(c->pipes[i].data, c->pipes[i].len);
		json_decref(c->pipes[i].tags);
		fd_close(&c->pipes[i].fd);
	}
	free(c->pipes);
	json_decref(c->tags);
	free(c);
}

int
serve_add(struct serve *s, struct serve_child *c, struct caisson_error *err)
{
	int code = caisson_monitor_add(s->monitor, c->child, c, err);

	if (code < 0)
		return code;
	c->next = s->children;
	s->children = c;
	s->n_children++;
	return 0;
}

static void
take_out(struct serve *s, const struct serve_child *c)
{
	struct serve_child **at = &s->children;

	while (*at != c)
		at = &(*at)->next;
	*at = c->next;
	s->n_children--;
}

static void
tell_refused(struct serve *s, struct serve_child *c)
{
	struct caisson_denial one = { .size = sizeof(one) };

	while (s->out.n_pending <= SERVE_UNREAD_MAX &&
	       caisson_child_denial(c->child, &one))
		events_denied(&s->out, &one);
}

/* One that has ended meanwhile is gone either way, and its end is told. */
static void
let_go(struct serve *s, struct serve_child *c)
{
	int pidfd = -1;

	if (caisson_child_detach(c->child, &pidfd, NULL) < 0)
		return;
	fd_close(&pidfd);
	c->child = NULL;
	take_out(s, c);
	serve_pipes_end(s, c);
	s->out.tags = c->tags;
	events_detached(&s->out, c->pid);
	s->out.tags = NULL;
	serve_child_done(c);
}

static void
ready(struct serve *s, struct serve_child *c)
{
	struct caisson_readiness readiness = { .size = sizeof(readiness) };

	caisson_child_readiness(c->child, &readiness);
	s->out.tags = c->tags;
	events_readiness(&s->out, c->pid, &readiness);
	s->out.tags = NULL;
	c->is_dead = readiness.state == CAISSON_START_DIED;
	if (c->detach && readiness.state == CAISSON_START_READY)
		let_go(s, c);
}

void
serve_started(struct serve *s, struct serve_child *c)
{
	struct caisson_readiness readiness = { .size = sizeof(readiness) };

	s->out.tags = c->tags;
	events_started(&s->out, c->child);
	s->out.tags = NULL;
	caisson_child_readiness(c->child, &readiness);
	if (c->detach && readiness.state == CAISSON_START_NONE)
		let_go(s, c);
}

static void
ended(struct serve *s, struct serve_child *c, const struct caisson_exit *exit)
{
	struct sweep_result swept;

	take_out(s, c);
	serve_strays_kill(s, c->pid, &swept);
	serve_pipes_end(s, c);
	s->out.tags = c->tags;
	tell_refused(s, c);
	if (c->is_dead)
		events_died_before_ready(&s->out, exit);
	events_exited(&s->out, exit, &swept);
	s->out.tags = NULL;
	serve_child_done(c);
}

void
serve_look(struct serve *s)
{
	struct caisson_monitor_event e = { .size = sizeof(e) };

	while (caisson_monitor_next(s->monitor, 0, &e, NULL) == 0) {
		if (e.kind == CAISSON_MONITOR_START)
			ready(s, e.data);
		else if (e.kind == CAISSON_MONITOR_EXIT)
			ended(s, e.data, &e.exit);
		e = (struct caisson_monitor_event){ .size = sizeof(e) };
	}
	for (struct serve_child *c = s->children; c != NULL; c = c->next) {
		s->out.tags = c->tags;
		if (c->log_denials)
			tell_refused(s, c);
		s->out.tags = NULL;
		serve_pipes_serve(s, c);
	}
}

void
serve_end_children(struct serve *s)
{
	struct caisson_error err;

	/* our launcher kills its own; one that is to be let go has another */
	for (struct serve_child *c = s->children; c != NULL; c = c->next)
		if ((c->detach || caisson_child_engine(c->child) !=
				      CAISSON_ENGINE_LAUNCHER) &&
		    caisson_child_kill(c->child, &err) < 0)
			continue; /* it has ended */
	caisson_session_close(s->launcher);
	s->launcher = NULL;
	while (s->children != NULL) {
		struct serve_child *c = s->children;
		struct caisson_exit exit = { .how = CAISSON_HOW_LOST,
					     .pid = c->pid };

		if (caisson_child_wait(c->child, END_MS, &exit, &err) < 0)
			exit.how = CAISSON_HOW_LOST;
		ended(s, c, &exit);
	}
}
