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
#include "cli/cli.h"
#include "cli/events_write.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define WRITE_MS    5000
#define PENDING_MAX ((size_t)1 << 20) /* a program can make events */

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
	if (!ev->may_leave || error != EPIPE)
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

	if (ev->n_pending == 0 || ev->patient)
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
void
events_drain(struct events *ev)
{
	if (ev->patient)
		return;
	ev->is_last = true;
	ev->end_ms = clock_mono_ms() + WRITE_MS;
	for (events_flush(ev); ev->n_pending > 0; events_flush(ev)) {
		struct pollfd p = { .fd = ev->fd, .events = POLLOUT };

		(void)poll(&p, 1, events_left_ms(ev));
	}
}

/* -errno */
static int
append(struct events *ev, const char *text)
{
	size_t len = strlen(text);
	char *all;

	if (!ev->patient && len >= PENDING_MAX - ev->n_pending)
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

static int
put_tags(const struct events *ev, json_t *o)
{
	const char *name;
	json_t *value;

	json_object_foreach(ev->tags, name,
			    value) if (json_object_set(o, name, value) <
				       0) return -1;
	return 0;
}

void
events_emit(struct events *ev, json_t *o)
{
	char *text = NULL;
	int r = -ENOMEM;

	if (ev->fd < 0) {
		json_decref(o);
		return;
	}
	if (put_tags(ev, o) == 0)
		text = json_dumps(o, JSON_COMPACT | JSON_ENSURE_ASCII);
	if (text != NULL)
		r = append(ev, text);

	free(text);
	json_decref(o);
	if (r < 0)
		give_up(ev, -r);
	else
		events_flush(ev);
}
