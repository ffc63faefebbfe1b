/* SPDX-License-Identifier: Apache-2.0 */
/* The child handle from inside. */
#ifndef RUN_HANDLE_H
#define RUN_HANDLE_H

#include "run/launch.h"

#include <pthread.h>
#include <stdatomic.h>

struct caisson_child {
	pthread_mutex_t mutex; /* over what follows up to ends */
	int cancel_state; /* of the thread that has it by handle_lock */
	bool done; /* exit is final; the pid is not ours any more */
	bool timed_out; /* the spec's timeout has passed */
	bool is_ending; /* told to end: its group goes with it */
	bool has_news; /* for the monitor, at the end of this look */
	uint64_t terminate_at, kill_at; /* CLOCK_MONOTONIC; or FOREVER */
	struct caisson_exit exit;

	struct sleeper *sleepers; /* threads in handle_wait */

	struct denials *denials; /* NULL: refused calls are not reported */

	/* not changed after the launch */
	int32_t pid;
	int pidfd;
	uint32_t engine;
	bool leads_group, has_death_signal;
	struct caisson_applied applied;
	uint32_t *groups; /* what applied.groups points to */
	uint64_t grace_ms;

	struct session_child *via; /* launcher engine; NULL: others */
	struct handle_handshake *handshake; /* NULL: none */
	struct monitor_item *_Atomic monitored; /* NULL: by no monitor */

	/* take_fd: by the thread that owns the handle */
	struct launch_end *ends;
	size_t n_ends;
};

/* Memory only; then it takes over the launch's pidfd and ends. */
CAISSON_CHECK int handle_new(const struct launch *l, struct caisson_child **out,
			     struct caisson_error *err);
void handle_start(struct caisson_child *c, struct launch *l);
/* Everything but the pidfd and the process; of a failed launch too.  NULL ok. */
void handle_release(struct caisson_child *c);

/* Bytes of memory that it holds.  With the mutex. */
size_t handle_bytes(const struct caisson_child *c);

/*
 * handle_wait.c.  One look at everything: reaps, answers, carries out what is
 * due.  true: it has ended.  *due: when to look again at the latest, whatever
 * the descriptors say (CLOCK_MONOTONIC, ms; CAISSON_FOREVER: no need).  Any
 * thread; takes the mutex.
 */
bool handle_look(struct caisson_child *c, uint64_t *due);

/*
 * handle_sleep.c.  Look, and sleep until there is something to look at, until
 * is_over (asked with the mutex) or timeout_ms have passed: false.
 */
bool handle_wait(struct caisson_child *c,
		 bool (*is_over)(const struct caisson_child *),
		 uint64_t timeout_ms);
/* With the mutex: whoever waits looks again. */
void handle_wake(struct caisson_child *c);
void handle_lock(const struct caisson_child *c);
void handle_unlock(const struct caisson_child *c);

/* handle_end.c, with the mutex held and !done. */
int handle_signal(struct caisson_child *c, int signo, uint32_t scope);
void
handle_kill_after(struct caisson_child *c, uint64_t now_ms, uint64_t grace_ms);
void handle_do_due(struct caisson_child *c, uint64_t now_ms);
uint64_t handle_due_at(const struct caisson_child *c);

/* handle_denials.c: its last words about refused calls, and when the next. */
void handle_end_denials(struct caisson_child *c);
uint64_t handle_denials_due(const struct caisson_child *c);
/* Has somebody to be told of some? */
bool handle_has_denials(const struct caisson_child *c);

#endif
