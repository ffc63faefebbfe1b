/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Theory of operation.
 *
 * A launch decides first and acts then.  launch_new() turns the frozen spec
 * into a plan: names into numbers, capability names into masks, the profile
 * into BPF, the program's path into a device and inode; it checks that the
 * caller can do what is asked, and chooses the engine.  Up to there nothing
 * exists that was not there before.
 *
 * Then files are opened (that may block, so without the fork lock), then, with
 * the fork lock held shared and all signals blocked, pipes are made and the
 * child is cloned.  The child (child.c) executes the plan:
 *
 *	vfork	shares our memory and, at first, our descriptor table; this
 *		thread is suspended until it execs or dies.  What went wrong is
 *		in l->report.  Only where no privilege changes.
 *	fork	has a copy of our memory; what went wrong comes through a pipe.
 *	launcher
 *		the child is another process's, which is sent the plan and says
 *		what became of it (session/); it begins before there are pipes.
 *
 * launch_confirm() finds out whether it has really exec'ed.  If so the handle
 * takes over the pidfd and our ends of the pipes; if not, the child has been
 * reaped, everything is closed, and nothing of the program ran.
 *
 * The thread's signal mask and cancel state are as before on return; nothing
 * else of the caller is touched at all.
 */
#include "run/launch.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/sys.h"
#include "run/handle.h"
#include "run/process.h"
#include "run/session/session.h"

#include <pthread.h>
#include <signal.h>

/* All of them, those that libc keeps for itself too: a handler of ours must
 * not run in a child that shares our memory. */
static uint64_t
block_signals(void)
{
	const uint64_t all = ~(uint64_t)0;
	uint64_t old = 0;

	(void)sys4(SYS_rt_sigprocmask, SIG_SETMASK, &all, &old, sizeof(old));
	return old;
}

static void
restore_signals(uint64_t old)
{
	(void)sys4(SYS_rt_sigprocmask, SIG_SETMASK, &old, 0, sizeof(old));
}

static void
set_deadline(struct launch *l)
{
	uint64_t *ms = &l->options.setup_timeout_ms;

	if (*ms == 0)
		*ms = LAUNCH_SETUP_MS;
	if (*ms > LAUNCH_SETUP_MS_MAX)
		*ms = LAUNCH_SETUP_MS_MAX;
	l->plan.deadline_ms = *ms;
	l->deadline = clock_mono_ms() + *ms;
}

/*
 * The lock first and the signals then, and back in reverse: a thread that
 * sleeps for the lock must still take libc's own signals, or another one's
 * setuid(3) would wait for it for ever.
 */
static int
create(struct launch *l, struct caisson_error *err)
{
	bool by_launcher = l->plan.engine == CAISSON_ENGINE_LAUNCHER;
	uint64_t mask;
	int r;

	caisson_fork_lock_shared();
	mask = block_signals();
	r = launch_open_pipes(l, err);
	if (r == 0) {
		set_deadline(l);
		l->started_ns = clock_real_ns();
		r = by_launcher ? session_launch_send(l, err)
				: launch_clone(l, err);
	}
	restore_signals(mask);
	/* still under the lock: a fork now must not copy these */
	launch_close_child_ends(l);
	caisson_fork_unlock_shared();
	return r;
}

static int
launch(const struct caisson_spec *spec,
       const struct caisson_launch_options *options, struct caisson_child **out,
       struct caisson_error *err)
{
	struct launch *l = NULL;
	struct caisson_child *child = NULL;
	int r = launch_new(spec, options, &l, err);

	/* before there is anything to lose for want of memory */
	if (r == 0)
		r = handle_new(l, &child, err);
	if (r == 0)
		r = launch_open_files(l, err);
	if (r == 0 && l->plan.engine == CAISSON_ENGINE_LAUNCHER)
		r = session_launch_begin(l, err);
	if (r == 0) {
		launch_remember_terminal(l);
		r = create(l, err);
	}
	if (r == 0)
		r = launch_confirm(l, err);
	if (r == 0) {
		handle_start(child, l);
		*out = child;
	} else {
		handle_release(child);
		if (l != NULL)
			launch_restore_terminal(l);
	}
	launch_free(l);
	return r;
}

int
caisson_launch(const struct caisson_spec *spec,
	       const struct caisson_launch_options *options,
	       struct caisson_child **out, struct caisson_error *err)
{
	int state, r;

	if (out == NULL)
		return err_usage(err, "out is NULL");
	(void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
	r = launch(spec, options, out, err);
	(void)pthread_setcancelstate(state, NULL);
	return r;
}
