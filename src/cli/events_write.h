/* SPDX-License-Identifier: Apache-2.0 */
/* What the events are made of, and how they are written. */
#ifndef CLI_EVENTS_WRITE_H
#define CLI_EVENTS_WRITE_H

#include "cli/events.h"

#include <jansson.h>

/* A new object with what all events have.  NULL: no memory; set and emit
 * take that too. */
json_t *events_begin(const char *event);

/* Takes value; a member that cannot be made is absent. */
void events_set(json_t *o, const char *name, json_t *value);

/* RFC 3339 in UTC, to the microsecond. */
json_t *events_time(int64_t ns);

/* How it ended: how, value, signal, core, timed_out. */
void events_put_how(json_t *o, const struct caisson_exit *exit);

/* Takes o.  What does not fit waits. */
void events_emit(struct events *ev, json_t *o);

/* The last one is written: wait until all of them are, so long as that may
 * take. */
void events_drain(struct events *ev);

#endif
