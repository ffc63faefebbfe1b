/* SPDX-License-Identifier: Apache-2.0 */
/* The events of the start-up handshake: is the program ready, or what else? */
#include "cli/events_write.h"

#include "caisson_handshake.h"

#define EXACT_MAX (1ull << 53) /* what every reader of JSON keeps exact */

static void
put_reported(json_t *o, const struct caisson_readiness *readiness)
{
	uint64_t pid = readiness->reported_pid;

	if (pid != 0 && pid <= EXACT_MAX)
		events_set(o, "reported_pid", json_integer((json_int_t)pid));
}

/* Not ready, and it was not the program that said so. */
static void
put_reason(json_t *o, const struct caisson_readiness *readiness)
{
	switch (readiness->state) {
	case CAISSON_START_TIMED_OUT:
		events_set(o, "reason", json_string("timeout"));
		break;
	case CAISSON_START_LIED:
		events_set(o, "reason", json_string("lied"));
		put_reported(o, readiness);
		break;
	default:
		events_set(o, "reason", json_string("protocol"));
		events_set(o, "message", json_string(readiness->message));
	}
}

void
events_readiness(struct events *ev, int32_t pid,
		 const struct caisson_readiness *readiness)
{
	static const char *const names[] = {
		[CAISSON_START_READY] = "ready",
		[CAISSON_START_FAILED] = "failed",
		[CAISSON_START_TIMED_OUT] = "not-ready",
		[CAISSON_START_LIED] = "not-ready",
		[CAISSON_START_GARBLED] = "not-ready",
	};
	uint32_t state = readiness->state;
	json_t *o;

	if (ev->fd < 0 || state >= sizeof(names) / sizeof(names[0]) ||
	    names[state] == NULL)
		return;
	o = events_begin(names[state]);
	events_set(o, "pid", json_integer(pid));
	if (state == CAISSON_START_READY)
		put_reported(o, readiness);
	else if (state == CAISSON_START_FAILED)
		events_set(o, "message", json_string(readiness->message));
	else
		put_reason(o, readiness);
	events_emit(ev, o);
}

void
events_died_before_ready(struct events *ev, const struct caisson_exit *exit)
{
	json_t *o;

	if (ev->fd < 0)
		return;
	o = events_begin("died-before-ready");
	events_set(o, "pid", json_integer(exit->pid));
	events_put_how(o, exit);
	events_emit(ev, o);
}
