/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The event stream.  A listener that does not read cannot hold anything up:
 * what it does not take waits in memory and is tried again by whoever polls,
 * and at the end.  When it has taken nothing for WRITE_MS, or far too little, or
 * on any error, that is said once and the stream ends.
 */
#include "cli/events.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/names.h"
#include "cli/applied.h"
#include "cli/cli.h"
#include "cli/denied.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define EVENTS_VERSION 1
#define WRITE_MS       5000
#define PENDING_MAX    ((size_t)1 << 20) /* a program can make events */

/* A pipe that polls writable takes that much without blocking. */
#define CHUNK 4096u

static int
failed(const char *what, struct caisson_error *err)
{
	return err_set(err, CAISSON_E_SYSTEM, CAISSON_STAGE_NONE, errno,
		       "events: %s", what);
}

int
events_open(struct events *ev, const struct request *r,
	    struct caisson_error *err)
{
	int fd = r->events_fd;

	if (r->events_fd >= 0 && r->events_file != NULL)
		return err_usage(err, "--events-fd and --events-file exclude "
				      "each other");
	if (r->events_file != NULL) {
		/* O_NONBLOCK: a FIFO that nobody reads is an error. */
		fd = open(r->events_file,
			  O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY |
			      O_NONBLOCK,
			  0666);
		if (fd < 0)
			return failed(r->events_file, err);
	} else if (fd >= 0) {
		int flags = fcntl(fd, F_GETFL);

		if (flags < 0)
			return failed("--events-fd", err);
		if ((flags & O_ACCMODE) == O_RDONLY)
			return err_usage(err, "--events-fd %d: not writable",
					 fd);
		if (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
			return failed("--events-fd", err);
	}
	ev->verb = r->verb;
	ev->fd = fd;
	return 0;
}

void
events_close(struct events *ev)
{
	if (ev->fd >= 0)
		(void)close(ev->fd);
	ev->fd = -1;
	free(ev->pending);
	ev->pending = NULL;
	ev->n_pending = 0;
}

/* -1 with errno.  Sockets are asked not to block, whatever poll said. */
static ssize_t
write_some(int fd, const char *text, size_t len)
{
	ssize_t n;

	if (len > CHUNK)
		len = CHUNK;
	n = send(fd, text, len, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (n < 0 && errno == ENOTSOCK)
		n = write(fd, text, len);
	return n;
}

static void
give_up(struct events *ev, int error)
{
	cli_say(ev->verb, "events: %s; no more are written",
		strerrordesc_np(error));
	events_close(ev);
}

static void
take_written(struct events *ev, size_t n)
{
	ev->n_pending -= n;
	memmove(ev->pending, ev->pending + n, ev->n_pending);
	if (!ev->is_last)
		ev->end_ms = clock_mono_ms() + WRITE_MS;
}

int
events_waits_for(const struct events *ev)
{
	return ev->n_pending > 0 ? ev->fd : -1;
}

int
events_left_ms(const struct events *ev)
{
	uint64_t now = clock_mono_ms();

	if (ev->n_pending == 0)
		return -1;
	return now < ev->end_ms ? (int)(ev->end_ms - now) : 0;
}

void
events_flush(struct events *ev)
{
	while (ev->n_pending > 0) {
		struct pollfd p = { .fd = ev->fd, .events = POLLOUT };
		ssize_t n = 0;

		if (poll(&p, 1, 0) > 0)
			n = write_some(ev->fd, ev->pending, ev->n_pending);
		if (n < 0 && errno != EINTR && errno != EAGAIN) {
			give_up(ev, errno);
			return;
		}
		if (n <= 0)
			break;
		take_written(ev, (size_t)n);
	}
	if (events_left_ms(ev) == 0)
		give_up(ev, ETIMEDOUT);
}

/* Nothing else is waited for any more. */
static void
drain(struct events *ev)
{
	ev->is_last = true;
	ev->end_ms = clock_mono_ms() + WRITE_MS;
	for (events_flush(ev); ev->n_pending > 0; events_flush(ev)) {
		struct pollfd p = { .fd = ev->fd, .events = POLLOUT };

		(void)poll(&p, 1, events_left_ms(ev));
	}
}

/* RFC 3339 in UTC, to the microsecond. */
static json_t *
time_text(int64_t ns)
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

static void
set(json_t *o, const char *name, json_t *value)
{
	/* A member that cannot be made is absent; the rest is still true. */
	(void)json_object_set_new(o, name, value);
}

static json_t *
begin(const char *event)
{
	json_t *o = json_object();

	set(o, "event", json_string(event));
	set(o, "version", json_integer(EVENTS_VERSION));
	set(o, "time", time_text(clock_real_ns()));
	return o;
}

/* -errno */
static int
append(struct events *ev, const char *text)
{
	size_t len = strlen(text);
	char *all;

	if (len >= PENDING_MAX - ev->n_pending)
		return -ENOBUFS;
	all = realloc(ev->pending, ev->n_pending + len + 1);
	if (all == NULL)
		return -ENOMEM;
	memcpy(all + ev->n_pending, text, len);
	all[ev->n_pending + len] = '\n';
	/* what has waited already does not wait longer for it */
	if (ev->n_pending == 0)
		ev->end_ms = clock_mono_ms() + WRITE_MS;
	ev->pending = all;
	ev->n_pending += len + 1;
	return 0;
}

static void
emit(struct events *ev, json_t *o)
{
	char *text = json_dumps(o, JSON_COMPACT | JSON_ENSURE_ASCII);
	int r = text != NULL ? append(ev, text) : -ENOMEM;

	free(text);
	json_decref(o);
	if (r < 0)
		give_up(ev, -r);
	else
		events_flush(ev);
}

void
events_started(struct events *ev, const struct caisson_child *child)
{
	static const char *const engines[] = { "auto", "vfork", "fork",
					       "replace" };
	json_t *o;

	if (ev->fd < 0)
		return;
	o = begin("started");
	set(o, "pid", json_integer(caisson_child_pid(child)));
	set(o, "engine", json_string(engines[caisson_child_engine(child) & 3]));
	set(o, "applied", applied_describe(child));
	emit(ev, o);
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
		set(o, "syscall", json_string(denied_call(arch, nr, text)));
		set(o, "nr", json_integer(nr));
		set(o, "arch", json_string(denied_arch(arch, nr, text)));
	}
	set(o, "action", json_string(denied_action(action, text)));
}

void
events_denied(struct events *ev, const struct caisson_denial *denial)
{
	char rule[512];
	json_t *o;

	if (ev->fd < 0)
		return;
	o = begin("denied");
	put_call(o, denial->arch, denial->nr, denial->action);
	if (denial->arch != 0)
		set(o, "args", registers(denial->args));
	set(o, "pid", json_integer(denial->pid));
	if (denial->file != NULL) {
		(void)snprintf(rule, sizeof(rule), "%s:%u", denial->file,
			       denial->line);
		set(o, "rule", json_string(rule));
	}
	set(o, "count", json_integer((json_int_t)denial->count));
	emit(ev, o);
}

static void
put_how(json_t *o, const struct caisson_exit *exit)
{
	static const char *const hows[] = { "lost", "exited", "signalled",
					    "lost" };
	char name[16];

	set(o, "how", json_string(hows[exit->how & 3]));
	set(o, "value", json_integer(exit->value));
	if (exit->how == CAISSON_HOW_SIGNALLED &&
	    names_signal_name(exit->value, name) != NULL)
		set(o, "signal", json_string(name));
	set(o, "core", json_boolean(exit->core));
	set(o, "timed_out", json_boolean(exit->timed_out));
}

void
events_exited(struct events *ev, const struct caisson_exit *exit,
	      const struct sweep_result *swept)
{
	json_t *o;

	if (ev->fd < 0)
		return;
	o = begin("exited");
	set(o, "pid", json_integer(exit->pid));
	put_how(o, exit);
	if (exit->was_refused != 0) {
		json_t *call = json_object();

		put_call(call, exit->refused_arch, exit->refused_nr,
			 exit->refused_action);
		set(o, "refused", call);
	}
	if (exit->has_usage) {
		set(o, "user_us", json_integer((json_int_t)exit->user_us));
		set(o, "system_us", json_integer((json_int_t)exit->system_us));
		set(o, "max_rss_kib",
		    json_integer((json_int_t)exit->max_rss_kib));
	}
	set(o, "started", time_text(exit->started_ns));
	set(o, "ended", time_text(exit->ended_ns));
	set(o, "left_over", json_integer((json_int_t)swept->outlived));
	set(o, "survivors", json_integer((json_int_t)swept->left));
	emit(ev, o);
	drain(ev);
}

void
events_error(struct events *ev, const struct caisson_error *err)
{
	json_t *o;

	if (ev->fd < 0)
		return;
	o = begin("error");
	set(o, "code", json_string(caisson_code_name(err->code)));
	set(o, "stage", json_string(caisson_stage_name(err->stage)));
	set(o, "errno", json_integer(err->sys_errno));
	if (err->line != 0) {
		set(o, "line", json_integer(err->line));
		set(o, "column", json_integer(err->column));
	}
	set(o, "message", json_string(err->msg));
	emit(ev, o);
	drain(ev);
}
