/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The event stream: one JSON object a line, described by
 * docs/events.schema.json.  Members may be added, never changed.
 */
#ifndef CLI_EVENTS_H
#define CLI_EVENTS_H

#include "caisson.h"
#include "caisson_handshake.h"
#include "caisson_policy.h"
#include "cli/request.h"
#include "cli/sweep.h"

#include <stdbool.h>

struct events {
	const char *verb;
	int fd; /* -1: nobody listens, or no more */
	char *pending; /* heap; what did not fit yet */
	size_t n_pending;
	uint64_t end_ms; /* until when it is tried */
	bool is_last; /* nothing more will come: end_ms stays */
	bool patient; /* it is waited for as long as it takes */
	bool may_leave; /* who listens may go without that being said */
	struct json_t *tags; /* borrowed: what each event has, too */
};

#define EVENTS_NONE                  \
	{                            \
		.verb = "", .fd = -1 \
	}

/* Open or take what the request names; the program never inherits it. */
CAISSON_CHECK int events_open(struct events *ev, const struct request *r,
			      struct caisson_error *err);
void events_close(struct events *ev);

/*
 * For a poll, while the program runs: the descriptor that something waits to
 * be written to (-1: nothing does), for how long at most, and doing it.
 */
int events_waits_for(const struct events *ev);
int events_left_ms(const struct events *ev);
void events_flush(struct events *ev);

void events_started(struct events *ev, const struct caisson_child *child);
/*
 * What became of the start-up handshake: ready, failed or not-ready; nothing
 * for any other state.
 */
void events_readiness(struct events *ev, int32_t pid,
		      const struct caisson_readiness *readiness);
void
events_died_before_ready(struct events *ev, const struct caisson_exit *exit);
/* Refused calls; as often as the library tells of them. */
void events_denied(struct events *ev, const struct caisson_denial *denial);
/* The last event, whichever it is: waits until it is written, so long as that
 * may take. */
void events_detached(struct events *ev, int32_t pid);
void events_exited(struct events *ev, const struct caisson_exit *exit,
		   const struct sweep_result *swept);
void events_error(struct events *ev, const struct caisson_error *err);

#endif
