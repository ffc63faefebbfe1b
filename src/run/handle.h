/* SPDX-License-Identifier: Apache-2.0 */
/* The child handle from inside. */
#ifndef RUN_HANDLE_H
#define RUN_HANDLE_H

#include "run/launch.h"

#include <pthread.h>

enum handle_phase {
	HANDLE_RUNNING = 0,
	HANDLE_TERMINATED = 1, /* its time was up: SIGTERM sent */
	HANDLE_KILLED = 2, /* the grace too: SIGKILL sent */
};

struct caisson_child {
	pthread_mutex_t mutex; /* over what follows up to ends */
	bool done; /* exit is final; the pid is not ours any more */
	uint32_t phase;
	struct caisson_exit exit;

	struct denials *denials; /* NULL: refused calls are not reported */

	/* not changed after the launch */
	int32_t pid;
	int pidfd;
	uint32_t engine;
	bool leads_group;
	struct caisson_applied applied;
	uint32_t *groups; /* what applied.groups points to */
	uint64_t terminate_at, grace_ms; /* CLOCK_MONOTONIC; 0: no timeout */

	/* take_fd: by the thread that owns the handle */
	struct launch_end *ends;
	size_t n_ends;
};

/* Memory only; then it takes over the launch's pidfd and ends. */
CAISSON_CHECK int handle_new(const struct launch *l, struct caisson_child **out,
			     struct caisson_error *err);
void handle_start(struct caisson_child *c, struct launch *l);
/* handle_denials.c: its last words about refused calls, and when the next. */
void handle_end_denials(struct caisson_child *c);
uint64_t handle_denials_due(const struct caisson_child *c);
/* Of a launch that failed; NULL ok. */
void handle_discard(struct caisson_child *c);

#endif
