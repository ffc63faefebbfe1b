/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every event is made of: its head, times, and how a program ended.
 * Only makes objects; events.c writes them.
 */
#include "cli/events_write.h"

#include "base/clock.h"
#include "base/names.h"

#include <stdio.h>
#include <time.h>

#define EVENTS_VERSION 1

/* RFC 3339 in UTC, to the microsecond. */
json_t *
events_time(int64_t ns)
{
	time_t seconds = (time_t)(ns / 1000000000);
	char day[32], text[48];
	struct tm tm;

	if (gmtime_r(&seconds, &tm) == NULL ||
	    strftime(day, sizeof(day), "%Y-%m-%dT%H:%M:%S", &tm) == 0)
		return NULL;
	(void)snprintf(text, sizeof(text), "%s.%06dZ", day,
		       (int)(ns % 1000000000 / 1000));
	return json_string(text);
}

void
events_set(json_t *o, const char *name, json_t *value)
{
	/* A member that cannot be made is absent; the rest is still true. */
	(void)json_object_set_new(o, name, value);
}

json_t *
events_begin(const char *event)
{
	json_t *o = json_object();

	events_set(o, "event", json_string(event));
	events_set(o, "version", json_integer(EVENTS_VERSION));
	events_set(o, "time", events_time(clock_real_ns()));
	return o;
}

void
events_put_how(json_t *o, const struct caisson_exit *exit)
{
	static const char *const hows[] = { "lost", "exited", "signalled",
					    "lost" };
	char name[16];

	events_set(o, "how", json_string(hows[exit->how & 3]));
	events_set(o, "value", json_integer(exit->value));
	if (exit->how == CAISSON_HOW_SIGNALLED &&
	    names_signal_name(exit->value, name) != NULL)
		events_set(o, "signal", json_string(name));
	events_set(o, "core", json_boolean(exit->core));
	events_set(o, "timed_out", json_boolean(exit->timed_out));
}
