/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Becoming the program in place: the same table of steps in this process.
 * Here libcap-ng applies the sets as well: the bounding set before the raw
 * step and the others before theirs, which then find nothing left to do but
 * are read back all the same.
 */
#include "run/launch.h"

#include "base/err.h"
#include "base/sized.h"
#include "base/sys.h"
#include "run/child.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

/* What needs somebody who stays. */
static int
needs_no_supervisor(const struct launch *l, struct caisson_error *err)
{
	const struct caisson_spec *spec = l->spec;

	for (size_t i = 0; i < 3; i++)
		if (spec->stdio[i].kind == SPEC_FD_PIPE)
			return err_usage(
			    err,
			    "in place there is nobody at the other end of a "
			    "pipe");
	for (size_t i = 0; i < spec->n_extra; i++)
		if (spec->extra[i].kind == SPEC_FD_PIPE ||
		    spec->extra[i].kind == SPEC_FD_SOCKETPAIR)
			return err_usage(
			    err,
			    "in place there is nobody at the other end of a "
			    "pipe or socket pair");
	if (spec->handshake.has)
		return err_usage(err, "in place there is nobody to hear that "
				      "the program is ready");
	if (l->plan.denials)
		return err_usage(err, "in place there is nobody to report "
				      "refused calls to");
	if (spec->timeout_ms != 0)
		return err_usage(
		    err, "in place there is nobody to keep the timeout");
	return 0;
}

/*
 * unshare(2) refuses this flag exactly when there are several threads.  A
 * filter may refuse the call as such; then /proc counts them.
 */
static int
single_threaded(struct caisson_error *err)
{
	long r = sys1(SYS_unshare, CLONE_THREAD);
	struct stat st;

	if (r == 0)
		return 0;
	/* two links, and one for each thread */
	if (r != -EINVAL && stat("/proc/self/task", &st) == 0 &&
	    st.st_nlink == 3)
		return 0;
	return err_usage(err,
			 "only a single-threaded process can become a program");
}

/* By our own authority, whatever engine would have been chosen. */
static int
read_options(const struct caisson_launch_options *in,
	     struct caisson_launch_options *out, struct caisson_error *err)
{
	int r = sized_read(in, out, sizeof(*out), "launch", err);

	if (r < 0)
		return r;
	if (out->session != NULL || out->detach != 0 ||
	    out->engine == CAISSON_ENGINE_LAUNCHER)
		return err_usage(err, "the launcher cannot become a program "
				      "in the caller's place");
	out->size = sizeof(*out);
	if (out->engine == CAISSON_ENGINE_AUTO)
		out->engine = CAISSON_ENGINE_FORK;
	return 0;
}

/* A group of its own: a leader has it, and a session leader may not ask. */
static void
fit_plan(struct plan *plan)
{
	plan->engine = CAISSON_ENGINE_REPLACE;
	plan->deadline_ms = 0;
	plan->parent_pid = getppid();
	if (plan->new_group && getpgrp() == getpid())
		plan->new_group = false;
}

static int
run_rows(const struct launch *l, uint32_t first, uint32_t last,
	 struct caisson_error *err)
{
	struct report report = { .stage = 0 };

	if (child_steps(&l->plan, first, last, &report) < 0)
		return launch_explain(l, &report, err);
	return 0;
}

static int
become(const struct launch *l, struct caisson_error *err)
{
	int r = run_rows(l, CAISSON_STAGE_DEADLINE, CAISSON_STAGE_BOUNDING - 1,
			 err);

	if (r == 0 && l->plan.has_setpcap)
		r = cred_apply_bounding(&l->plan.sets, err);
	if (r == 0)
		r = run_rows(l, CAISSON_STAGE_BOUNDING,
			     CAISSON_STAGE_CAPSET - 1, err);
	if (r == 0)
		r = cred_apply_sets(&l->plan.sets, err);
	if (r == 0)
		r = run_rows(l, CAISSON_STAGE_CAPSET, CAISSON_STAGE_EXEC, err);
	return r;
}

static int
replace(struct launch *l, struct caisson_error *err)
{
	const uint64_t all = ~(uint64_t)0;
	uint64_t old = 0;
	int r = launch_open_files(l, err);

	if (r == 0)
		r = launch_open_pipes(l, err); /* makes none; sorts */
	if (r < 0)
		return r;
	(void)sys4(SYS_rt_sigprocmask, SIG_SETMASK, &all, &old, sizeof(old));
	r = become(l, err);
	(void)sys4(SYS_rt_sigprocmask, SIG_SETMASK, &old, 0, sizeof(old));
	return r;
}

int
caisson_exec(const struct caisson_spec *spec,
	     const struct caisson_launch_options *options,
	     struct caisson_error *err)
{
	struct caisson_launch_options own;
	struct launch *l = NULL;
	int r = read_options(options, &own, err);

	if (r == 0)
		r = launch_new(spec, &own, &l, err);
	if (r < 0)
		return r;
	r = needs_no_supervisor(l, err);
	if (r == 0)
		r = single_threaded(err);
	if (r == 0) {
		fit_plan(&l->plan);
		r = replace(l, err);
	}
	launch_free(l);
	return r;
}
