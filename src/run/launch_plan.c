/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a frozen spec to a plan, as far as that creates nothing outside this
 * process: what caisson_check stops after, and a launch goes on from.
 */
#include "run/launch.h"

#include "base/err.h"
#include "base/fd.h"
#include "base/sized.h"
#include "run/session/session.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

/* Those of the launcher engine: with another they would mean nothing. */
static int
read_session_options(struct caisson_launch_options *o,
		     struct caisson_error *err)
{
	if (o->detach != 0 && o->engine == CAISSON_ENGINE_AUTO)
		o->engine = CAISSON_ENGINE_LAUNCHER;
	if (o->engine != CAISSON_ENGINE_AUTO &&
	    o->engine != CAISSON_ENGINE_LAUNCHER &&
	    (o->session != NULL || o->detach != 0))
		return err_usage(err, "a session, and to detach, are for the "
				      "launcher engine");
	if (o->launcher != NULL && o->launcher[0] != '/')
		return err_usage(err,
				 "options.launcher is not an absolute path");
	return 0;
}

/* As the kernel does it: an unknown tail must be zero. */
static int
read_options(const struct caisson_launch_options *in,
	     struct caisson_launch_options *out, struct caisson_error *err)
{
	int r = sized_read(in, out, sizeof(*out), "launch", err);

	if (r < 0)
		return r;
	if (out->denials > 1 || out->reserved != 0 || out->detach > 1 ||
	    out->reserved_session != 0)
		return sized_is_newer("launch", err);
	if (out->engine > CAISSON_ENGINE_LAUNCHER ||
	    out->engine == CAISSON_ENGINE_REPLACE)
		return err_usage(err, "options.engine %u is not an engine",
				 out->engine);
	return read_session_options(out, err);
}

static void
plan_rlimits(struct launch *l)
{
	struct plan *plan = &l->plan;

	for (size_t i = 0; i < l->spec->n_rlimits; i++) {
		const struct spec_rlimit *r = &l->spec->rlimits[i];
		struct plan_rlimit limit = { (uint32_t)r->resource, r->soft,
					     r->hard };

		if (r->resource == RLIMIT_NOFILE) {
			plan->nofile = limit;
			plan->set_nofile = true;
		} else {
			l->rlimits[plan->n_rlimits++] = limit;
		}
	}
	plan->rlimits = l->rlimits;
}

static void
plan_process(struct launch *l)
{
	const struct spec_process *p = &l->spec->process;
	struct plan *plan = &l->plan;

	plan->denials = l->options.denials != 0;
	plan->new_session = p->session;
	plan->new_group = !p->session && p->group == CAISSON_GROUP_NEW;
	if (!p->session && p->group > 0)
		plan->join_group = (int32_t)p->group;
	plan->tty = p->tty;
	plan->foreground = p->foreground;
	plan->ptrace = p->ptrace;
	plan->parent_death_signal = (int)p->parent_death_signal;
	plan->set_umask = p->has_umask;
	plan->umask = (uint32_t)p->umask;
	plan->set_nice = p->has_nice;
	plan->nice = (int)p->nice;
	plan->set_oom_score_adj = p->has_oom_score_adj;
	plan->oom_score_adj = (int)p->oom_score_adj;
	plan->chroot = p->chroot;
	plan->cwd = l->spec->cwd;
}

static void
plan_start(struct launch *l)
{
	struct plan *plan = &l->plan;

	l->pidfd = l->tty = plan->self_pidfd = plan->sentinel_fd = -1;
	l->report_read = l->report_write = l->report_slot = -1;
	l->hand_over = plan->hand_over = l->handshake.status = -1;
	plan->loaded = &l->loaded;
	l->ids = (struct user_ids)USER_NONE;
	plan->uid = plan->gid = USER_INVALID;
	plan->report = &l->report;
	plan->parent_pid = getpid();
	plan->path = l->spec->path;
	plan->argv = l->spec->argv.v;
}

static int
plan_filter(struct launch *l, struct caisson_error *err)
{
	struct profile_request request = {
		.name = l->spec->profile,
		.policy = l->spec->policy,
		.filter = l->spec->filter,
		.filter_n = l->spec->filter_n,
		.capabilities = (const char *const *)l->spec->capabilities.v,
		.hand_over = l->plan.hand_over,
	};
	int r = profile_open(&request, &l->filters, err);

	if (r < 0)
		return r;
	l->plan.filter = l->filters.filter;
	return launch_denials_filters(l, err);
}

static int
fill(struct launch *l, struct caisson_error *err)
{
	int r;

	plan_process(l);
	plan_rlimits(l);
	r = launch_handshake_plan(l, err);
	if (r == 0)
		r = launch_identity(l, err);
	if (r == 0)
		r = launch_denials_plan(l, err);
	if (r == 0)
		r = plan_filter(l, err);
	if (r == 0)
		r = launch_env(l, err);
	if (r == 0)
		r = launch_program(l, err);
	return r;
}

int
launch_new(const struct caisson_spec *spec,
	   const struct caisson_launch_options *options, struct launch **out,
	   struct caisson_error *err)
{
	struct launch *l;
	int r;

	if (spec == NULL || !spec->frozen)
		return err_usage(err, "the spec is not frozen");
	l = calloc(1, sizeof(*l));
	if (l == NULL)
		return err_no_memory(err, CAISSON_STAGE_NONE);
	l->spec = spec;
	plan_start(l);
	r = read_options(options, &l->options, err);
	if (r == 0)
		r = fill(l, err);
	if (r < 0) {
		launch_free(l);
		return r;
	}
	*out = l;
	return 0;
}

void
launch_free(struct launch *l)
{
	if (l == NULL)
		return;
	launch_close_child_ends(l);
	for (size_t i = 0; i < l->n_ends; i++)
		fd_close(&l->ends[i].fd);
	fd_close(&l->report_read);
	fd_close(&l->hand_over);
	fd_close(&l->pidfd);
	fd_close(&l->tty);
	cred_caller_done(&l->caller);
	user_ids_done(&l->ids);
	denials_free(l->denials);
	profile_close(&l->filters);
	session_child_free(l->via);
	free(l->real_path);
	launch_handshake_done(l);
	free(l->groups_scratch);
	free(l->envp);
	free(l->stack);
	free(l);
}

int
caisson_check(const struct caisson_spec *spec,
	      const struct caisson_launch_options *options,
	      uint32_t *out_engine, struct caisson_error *err)
{
	struct launch *l = NULL;
	int r = launch_new(spec, options, &l, err);

	if (r < 0)
		return r;
	if (out_engine != NULL)
		*out_engine = l->plan.engine;
	launch_free(l);
	return 0;
}
