/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The event stream: one JSON object a line, described by
 * docs/events.schema.json.  Members may be added, never changed.
 */
#ifndef CLI_EVENTS_H
#define CLI_EVENTS_H

#include "caisson.h"
#include "cli/request.h"
#include "cli/sweep.h"

struct events {
	const char *verb;
	int fd; /* -1: nobody listens, or no more */
};

#define EVENTS_NONE    \
	{              \
		"", -1 \
	}

/* Open or take what the request names; the program never inherits it. */
CAISSON_CHECK int events_open(struct events *ev, const struct request *r,
			      struct caisson_error *err);
void events_close(struct events *ev);

void events_started(struct events *ev, const struct caisson_child *child);
void events_exited(struct events *ev, const struct caisson_exit *exit,
		   const struct sweep_result *swept);
void events_error(struct events *ev, const struct caisson_error *err);

#endif
