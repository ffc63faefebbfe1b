/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libcaisson: one place that watches any number of processes.
 *
 *	monitor = new
 *	child = launch or add;  watch = adopt		(who)
 *	callback, or next				(what happened)
 *
 * One loop of pidfds does all of it: ends, handshakes, timeouts, kills that
 * escalate, refused calls.  It runs in a thread of its own, or in the caller's
 * loop: poll caisson_monitor_fd for POLLIN and call caisson_monitor_dispatch.
 * There is no SIGCHLD handler, no signal is touched, nothing is polled.
 *
 * Each process has exactly one CAISSON_MONITOR_EXIT, and one with a handshake
 * exactly one CAISSON_MONITOR_START before that.  caisson_child_wait tells the
 * same as the record, before and after it.
 *
 * The conventions (errors, ownership) are those of caisson.h.  Threads: every
 * function may be called by any thread, at any time, except that
 * caisson_monitor_free is the last one; from a callback all but that one and
 * caisson_monitor_dispatch.  Not usable in a forked child.
 */
#ifndef CAISSON_MONITOR_H
#define CAISSON_MONITOR_H

#include "caisson.h"

#ifdef __cplusplus
extern "C" {
#endif

#pragma GCC visibility push(default)

struct caisson_monitor;
struct caisson_watch;

enum caisson_monitor_kind {
	CAISSON_MONITOR_START = 1, /* the handshake is decided: readiness */
	CAISSON_MONITOR_EXIT = 2, /* the process has ended: exit */
	CAISSON_MONITOR_DENIED = 3, /* caisson_child_denial has news */
};

struct caisson_monitor_event {
	uint32_t size; /* of the caller's struct, as in the launch options */
	uint32_t kind; /* enum caisson_monitor_kind */
	struct caisson_child *child; /* NULL: a watch */
	struct caisson_watch *watch; /* NULL: a child */
	void *data; /* as given when it was added */
	struct caisson_exit exit; /* EXIT */
};

struct caisson_monitor_options {
	uint32_t size; /* as struct caisson_launch_options */
	uint32_t thread; /* 1: a thread of its own runs the loop */
	/*
	 * Called by the thread that runs the loop, one event at a time, with no
	 * lock held.  It may free the child or the watch of the event.
	 */
	void (*callback)(const struct caisson_monitor_event *event, void *arg);
	void *arg;
	uint32_t queue; /* 1: keep events for caisson_monitor_next */
	uint32_t reserved; /* 0 */
};

/* options NULL: no thread, no callback, a queue. */
CAISSON_CHECK int
caisson_monitor_new(const struct caisson_monitor_options *options,
		    struct caisson_monitor **out, struct caisson_error *err);

/*
 * Ends the threads; what was being watched goes on and is its owner's alone
 * again.  Programs launched through the monitor with a parent death signal get
 * that now.  NULL ok.
 */
void caisson_monitor_free(struct caisson_monitor *monitor);

/* Borrowed; readable when dispatch has something to do.  -1: has a thread. */
int caisson_monitor_fd(const struct caisson_monitor *monitor);

/*
 * Wait at most timeout_ms for something to do, and do all of it.  0 also when
 * there was nothing.  CAISSON_E_USAGE: the monitor has a thread.
 */
CAISSON_CHECK int caisson_monitor_dispatch(struct caisson_monitor *monitor,
					   uint64_t timeout_ms,
					   struct caisson_error *err);

/*
 * The next event of the queue, which never loses one and needs no memory to
 * keep it; out->size says how much room there is.  CAISSON_E_TIMEOUT: none
 * after timeout_ms.  Without a thread this also dispatches.  Events of what is freed meanwhile are gone with it.
 */
CAISSON_CHECK int caisson_monitor_next(struct caisson_monitor *monitor,
				       uint64_t timeout_ms,
				       struct caisson_monitor_event *out,
				       struct caisson_error *err);

/*
 * caisson_launch, then add.  A spec with a parent death signal is launched by
 * a thread that lives as long as the monitor, for the kernel sends the signal
 * when the launching thread ends; that thread has the attributes (capabilities,
 * seccomp filters, nice value, affinity) of the one that made the first such
 * launch.  A traced program is launched by the caller, its tracer; both at
 * once: CAISSON_E_UNSUPPORTED.  The child is the caller's: caisson_child_free
 * takes it out.  Its events may come before this returns.
 */
struct caisson_monitor_launch {
	uint32_t size; /* as struct caisson_launch_options */
	uint32_t reserved; /* 0 */
	const struct caisson_launch_options *options; /* NULL: defaults */
	void *data; /* for its events */
};

CAISSON_CHECK int
caisson_monitor_launch(struct caisson_monitor *monitor,
		       const struct caisson_spec *spec,
		       const struct caisson_monitor_launch *how,
		       struct caisson_child **out, struct caisson_error *err);

/*
 * A child that was launched elsewhere, in no monitor yet.  One that has ended
 * already gets its event too.
 */
CAISSON_CHECK int caisson_monitor_add(struct caisson_monitor *monitor,
				      struct caisson_child *child, void *data,
				      struct caisson_error *err);

/* ---- processes of others ---------------------------------------------- */

/*
 * Which process: a pid with the time of its start, so that a number that was
 * used again is not taken for it.  May be kept in a file: it holds until the
 * machine is started again.
 */
struct caisson_process_id {
	int32_t pid;
	uint32_t reserved; /* 0 */
	uint64_t started; /* clock ticks after boot, field 22 of stat */
};

/* Of the process that pidfd is.  CAISSON_E_NOT_FOUND: it is gone. */
CAISSON_CHECK int caisson_process_identify(int pidfd,
					   struct caisson_process_id *out,
					   struct caisson_error *err);

/*
 * *out = a pidfd of exactly that process, the caller's to close.  started 0:
 * whichever has that pid now.  CAISSON_E_NOT_FOUND: gone, or another one.
 */
CAISSON_CHECK int caisson_process_open(const struct caisson_process_id *id,
				       int *out, struct caisson_error *err);

/*
 * Watch a process that somebody else started.  pidfd is copied.  Its EXIT
 * comes when it ends; how is CAISSON_HOW_LOST where the kernel does not tell
 * its status to others than its parent (it does since Linux 6.15, once the
 * parent has reaped it, which is waited for a moment), and there is no usage.
 */
CAISSON_CHECK int
caisson_monitor_watch(struct caisson_monitor *monitor, int pidfd, void *data,
		      struct caisson_watch **out, struct caisson_error *err);

int caisson_watch_pidfd(const struct caisson_watch *watch); /* borrowed */

/* CAISSON_E_SYSTEM with ESRCH when it has ended. */
CAISSON_CHECK int caisson_watch_signal(struct caisson_watch *watch, int signo,
				       struct caisson_error *err);

/* Stop watching; the process goes on.  NULL ok. */
void caisson_watch_free(struct caisson_watch *watch);

/* ---- numbers ---------------------------------------------------------- */

struct caisson_monitor_stats {
	uint32_t size; /* of the caller's struct, as in the launch options */
	uint32_t reserved;
	uint64_t children, watches; /* now */
	uint64_t wakeups; /* returns of the loop with something to do */
	uint64_t starts, exits; /* events of these kinds, so far */
	uint64_t bytes; /* of memory for what is watched now, pidfds apart */
};

void caisson_monitor_stats(struct caisson_monitor *monitor,
			   struct caisson_monitor_stats *out);

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif
#endif
