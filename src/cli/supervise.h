/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Being the parent of a program: signals are forwarded, the terminal is
 * handed around, timeouts are carried out, and the whole tree ends with it.
 */
#ifndef CLI_SUPERVISE_H
#define CLI_SUPERVISE_H

#include "caisson.h"
#include "cli/denied.h"
#include "cli/events.h"
#include "cli/job.h"
#include "cli/sweep.h"

#include <signal.h>
#include <stdbool.h>

struct supervisor {
	struct caisson_child *child; /* borrowed; NULL: not yet */
	struct events *events; /* borrowed */
	struct denied denied;
	struct job job;
	struct sweep sweep;
	int signals; /* signalfd */
	int parent; /* pidfd; -1: not watched */
	bool same_group; /* the program is in our process group */
	bool by_launcher; /* which is its parent, and sweeps */
	bool has_ended; /* and nothing has been said of how */
	bool is_stopped; /* by_launcher: when it was last looked at */
	bool interrupted; /* a terminal sent us SIGINT or SIGQUIT */
	bool had_terminal; /* the program's group held the terminal */
	bool forwarded[NSIG];
};

/*
 * Before the launch: block signals, become the subreaper, look at the
 * terminal.  With --die-with-parent the tree ends when our parent does, and an
 * error says that it has already ended.  Events that wait are written while
 * the program is waited for.
 */
CAISSON_CHECK int supervise_begin(struct supervisor *s, const struct request *r,
				  struct events *ev, struct caisson_error *err);

/* The program runs; child is borrowed until the end of supervise_wait. */
void supervise_started(struct supervisor *s, struct caisson_child *child);

/* Until it is known whether the program is ready; at once where it need not. */
CAISSON_CHECK int
supervise_ready(struct supervisor *s, struct caisson_error *err);

/* Until the program has ended. */
CAISSON_CHECK int supervise_wait(struct supervisor *s, struct caisson_exit *out,
				 struct caisson_error *err);

/*
 * In any case after supervise_begin, the program having ended: end what is
 * left of the tree, take the terminal back.
 */
void supervise_end(struct supervisor *s, struct sweep_result *out);

/* Before the program is left alone: what was sent to us is passed on to it. */
CAISSON_CHECK int
supervise_forward(struct supervisor *s, struct caisson_error *err);

/* Instead of that, the program being left alone from now on. */
void supervise_leave(struct supervisor *s);

/*
 * If the program was interrupted from a terminal, so are we and whoever else
 * would have been: a shell or a script that waits for us must see that.  May
 * not return.
 */
void supervise_interrupt(const struct supervisor *s,
			 const struct caisson_exit *exit);

#endif
