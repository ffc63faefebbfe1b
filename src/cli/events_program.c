/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The events of a program's life: started, denied, exited, detached, error.
 * Those of its start-up handshake are in events_ready.c.
 */
#include "cli/applied.h"
#include "cli/denied.h"
#include "cli/engine.h"
#include "cli/events_write.h"

#include <stdio.h>
#include <string.h>

void
events_started(struct events *ev, const struct caisson_child *child)
{
	struct caisson_applied a = { .size = sizeof(a) };
	json_t *o;

	if (ev->fd < 0)
		return;
	caisson_child_applied(child, &a);
	o = events_begin("started");
	events_set(o, "pid", json_integer(caisson_child_pid(child)));
	events_set(o, "engine",
		   json_string(engine_name(caisson_child_engine(child))));
	if (a.grant != NULL)
		events_set(o, "grant", json_string(a.grant));
	events_set(o, "applied", applied_describe(child));
	events_emit(ev, o);
}

/* Registers have all 64 bits, numbers in JSON have not. */
static json_t *
registers(const uint64_t args[6])
{
	json_t *list = json_array();
	char text[32];

	for (int i = 0; i < 6; i++) {
		(void)snprintf(text, sizeof(text), "0x%llx",
			       (unsigned long long)args[i]);
		(void)json_array_append_new(list, json_string(text));
	}
	return list;
}

static void
put_call(json_t *o, uint32_t arch, uint32_t nr, uint32_t action)
{
	char text[32];

	if (arch != 0) {
		events_set(o, "syscall",
			   json_string(denied_call(arch, nr, text)));
		events_set(o, "nr", json_integer(nr));
		events_set(o, "arch", json_string(denied_arch(arch, nr, text)));
	}
	events_set(o, "action", json_string(denied_action(action, text)));
}

void
events_denied(struct events *ev, const struct caisson_denial *denial)
{
	char rule[512];
	json_t *o;

	if (ev->fd < 0)
		return;
	o = events_begin("denied");
	put_call(o, denial->arch, denial->nr, denial->action);
	if (denial->arch != 0)
		events_set(o, "args", registers(denial->args));
	events_set(o, "pid", json_integer(denial->pid));
	if (denial->file != NULL) {
		(void)snprintf(rule, sizeof(rule), "%s:%u", denial->file,
			       denial->line);
		events_set(o, "rule", json_string(rule));
	}
	events_set(o, "count", json_integer((json_int_t)denial->count));
	events_emit(ev, o);
}

void
events_exited(struct events *ev, const struct caisson_exit *exit,
	      const struct sweep_result *swept)
{
	json_t *o;

	if (ev->fd < 0)
		return;
	o = events_begin("exited");
	events_set(o, "pid", json_integer(exit->pid));
	events_put_how(o, exit);
	if (exit->was_refused != 0) {
		json_t *call = json_object();

		put_call(call, exit->refused_arch, exit->refused_nr,
			 exit->refused_action);
		events_set(o, "refused", call);
	}
	if (exit->has_usage) {
		events_set(o, "user_us",
			   json_integer((json_int_t)exit->user_us));
		events_set(o, "system_us",
			   json_integer((json_int_t)exit->system_us));
		events_set(o, "max_rss_kib",
			   json_integer((json_int_t)exit->max_rss_kib));
	}
	events_set(o, "started", events_time(exit->started_ns));
	events_set(o, "ended", events_time(exit->ended_ns));
	events_set(o, "left_over", json_integer((json_int_t)swept->outlived));
	events_set(o, "survivors", json_integer((json_int_t)swept->left));
	events_emit(ev, o);
	events_drain(ev);
}

/* "... by the rule of FILE:LINE: what exceeds it" */
static void
put_grant(json_t *o, const struct caisson_error *err)
{
	static const char before[] = "by the rule of ";
	const char *rule = strstr(err->msg, before);
	const char *end;

	if (err->code != CAISSON_E_DENIED || rule == NULL)
		return;
	rule += sizeof(before) - 1;
	end = strstr(rule, ": ");
	events_set(o, "grant",
		   json_stringn(rule, end != NULL ? (size_t)(end - rule)
						  : strlen(rule)));
}

void
events_error(struct events *ev, const struct caisson_error *err)
{
	json_t *o;

	if (ev->fd < 0)
		return;
	o = events_begin("error");
	events_set(o, "code", json_string(caisson_code_name(err->code)));
	events_set(o, "stage", json_string(caisson_stage_name(err->stage)));
	events_set(o, "errno", json_integer(err->sys_errno));
	if (err->line != 0) {
		events_set(o, "line", json_integer(err->line));
		events_set(o, "column", json_integer(err->column));
	}
	put_grant(o, err);
	events_set(o, "message", json_string(err->msg));
	events_emit(ev, o);
	events_drain(ev);
}

void
events_detached(struct events *ev, int32_t pid)
{
	json_t *o;

	if (ev->fd < 0)
		return;
	o = events_begin("detached");
	events_set(o, "pid", json_integer(pid));
	events_emit(ev, o);
	events_drain(ev);
}
