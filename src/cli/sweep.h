/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tree ends with the program: whatever it left behind is killed and
 * reaped.  Works because caisson is a child subreaper: what loses its parent
 * becomes our child.  Children that this process had from before are not
 * touched, nor what these leave behind if it is older than the program.
 */
#ifndef CLI_SWEEP_H
#define CLI_SWEEP_H

#include "caisson.h"
#include "cli/children.h"

struct sweep {
	struct pids before; /* children from before; never waited for here */
	int64_t
	    since; /* when the program started, in clock ticks; 0: not known */
	bool active; /* begun, and the children from before are known */
};

/* Become the subreaper and remember the children there already are. */
CAISSON_CHECK int sweep_begin(struct sweep *s, struct caisson_error *err);
void sweep_done(struct sweep *s);

/* The program has started, and has not been waited for. */
void sweep_started(struct sweep *s, pid_t program);

/* Reap adopted processes that have ended while the program still runs. */
void sweep_reap(struct sweep *s, pid_t program);

struct sweep_result {
	size_t outlived; /* processes that outlived the program */
	size_t left; /* and could not be killed */
	bool blind; /* there are children, and they cannot be listed */
};

/* Call after the program has been waited for.  Takes a bounded time. */
void sweep_kill(struct sweep *s, struct sweep_result *out);

#endif
