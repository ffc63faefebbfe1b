/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A launch in the making: the plan, what it points to, and what must be
 * closed.  One heap object, so that a vfork child finds all of it in place.
 */
#ifndef RUN_LAUNCH_H
#define RUN_LAUNCH_H

#include "confine/profile.h"
#include "confine/user.h"
#include "handshake/payload.h"
#include "handshake/protocol.h"
#include "run/denials.h"
#include "plan/plan.h"
#include "spec/spec.h"

#define LAUNCH_SETUP_MS     10000u
#define LAUNCH_SETUP_MS_MAX (1ull << 40) /* decades: no deadline */
#define LAUNCH_STACK        (64u * 1024u)

/* The launcher's end of a pipe or socket pair of the program's `target`. */
struct launch_end {
	int target, fd;
};

struct session_child;

/* What is sent: the secret, and a configuration, are borrowed. */
struct launch_handshake {
	const struct protocol *protocol; /* NULL: the spec has none */
	struct payload payload;
	void *config; /* heap: the spec's map, encoded */
	int status; /* our end; -1: none */
};

struct launch {
	struct plan plan;
	const struct caisson_spec *spec;
	struct caisson_launch_options options;

	/* what the plan points to */
	struct cred_caller caller;
	struct user_ids ids;
	struct profile_set filters;
	char **envp; /* one block: pointers, then text */
	struct plan_rlimit rlimits[SPEC_RLIMITS_MAX];
	struct plan_fd fds[PLAN_FDS_MAX];
	int sources[PLAN_FDS_MAX];
	uint32_t *groups_scratch;
	volatile struct report report;
	int report_slot;

	/* descriptors */
	int opened[PLAN_FDS_MAX + 1]; /* closed once the child has its copies */
	size_t n_opened;
	struct launch_end ends[PLAN_FDS_MAX];
	size_t n_ends;
	int report_read, report_write; /* fork; -1: none */
	int hand_over; /* refused calls: our end of the socket; -1: none */
	size_t hand_over_left; /* bytes still to come */
	int tty; /* foreground; -1: none */
	int32_t tty_group; /* whose it was */

	struct launch_handshake handshake;

	struct denials *denials; /* NULL: refused calls are not reported */
	uint32_t loaded; /* the child's */

	struct session_child *via; /* launcher; NULL: other engines */
	char *real_path; /* heap: the program's, without links */

	/* result */
	uint64_t deadline; /* CLOCK_MONOTONIC, ms: exec'ed by then, or killed */
	int32_t pid;
	int pidfd;
	int64_t started_ns;
	char *stack; /* vfork */
};

/* launch_plan.c: everything that creates nothing outside this object. */
CAISSON_CHECK int launch_new(const struct caisson_spec *spec,
			     const struct caisson_launch_options *options,
			     struct launch **out, struct caisson_error *err);
void launch_free(struct launch *l);

/* launch_identity.c: who, and with which capabilities; chooses the engine. */
CAISSON_CHECK int launch_identity(struct launch *l, struct caisson_error *err);

/* Those that must be read back, where they can be set. */
uint32_t launch_securebits(const struct plan *plan);

/* launch_env.c: the environment block. */
CAISSON_CHECK int launch_env(struct launch *l, struct caisson_error *err);

/* launch_fds.c: open what the spec names; then pipes, under the fork lock. */
CAISSON_CHECK int
launch_open_files(struct launch *l, struct caisson_error *err);
CAISSON_CHECK int
launch_open_pipes(struct launch *l, struct caisson_error *err);
void launch_close_child_ends(struct launch *l);

/*
 * launch_handshake.c: nothing, unless the spec has a handshake.  plan: what is
 * sent, and whether it may be; open: *data and *status are the child's ends,
 * and everything has been sent.
 */
CAISSON_CHECK int
launch_handshake_plan(struct launch *l, struct caisson_error *err);
CAISSON_CHECK int launch_handshake_open(struct launch *l, int *data,
					int *status, struct caisson_error *err);
void launch_handshake_done(struct launch *l);

/*
 * launch_denials.c: nothing, unless refused calls are reported.  plan: before
 * the filters are opened; filters: after.  open: *theirs is the child's end.
 */
CAISSON_CHECK int
launch_denials_plan(struct launch *l, struct caisson_error *err);
CAISSON_CHECK int
launch_denials_filters(struct launch *l, struct caisson_error *err);
CAISSON_CHECK int
launch_denials_open(struct launch *l, int *theirs, struct caisson_error *err);
/* What to poll (-1: nothing), and what to do then.  A failure is final. */
int launch_denials_fd(const struct launch *l);
CAISSON_CHECK int
launch_denials_serve(struct launch *l, struct caisson_error *err);
/* Has everything been handed over? */
bool launch_denials_complete(const struct launch *l);

/* launch_terminal.c: nothing, unless the child goes to the foreground. */
void launch_remember_terminal(struct launch *l);
void launch_restore_terminal(struct launch *l);

/* launch_program.c: find, identify, and explain an exec that failed. */
CAISSON_CHECK int launch_program(struct launch *l, struct caisson_error *err);
CAISSON_CHECK int launch_explain_exec(const struct launch *l, int error,
				      struct caisson_error *err);

/* launch_clone.c: 0 with pid and pidfd set. */
CAISSON_CHECK int launch_clone(struct launch *l, struct caisson_error *err);

/* launch_confirm.c: has it exec'ed?  On failure it has been reaped. */
CAISSON_CHECK int launch_confirm(struct launch *l, struct caisson_error *err);

/* launch_explain.c: a report that names a failed step, as an error. */
CAISSON_CHECK int launch_explain(const struct launch *l,
				 const struct report *report,
				 struct caisson_error *err);

#endif
