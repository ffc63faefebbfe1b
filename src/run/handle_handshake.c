/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is the program ready?  Feeds the machine (status.h) from the status pipe,
 * the pidfd and the clock, asks the kernel who the program is, and sees to it
 * that what is not ready does not stay.  Never blocks; the mutex is held.
 */
#include "run/handle_handshake.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/fd.h"
#include "run/process.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

int
handle_handshake_new(const struct launch *l, struct handle_handshake **out,
		     struct caisson_error *err)
{
	struct handle_handshake *h;

	if (l->handshake.protocol == NULL)
		return 0;
	h = calloc(1, sizeof(*h));
	if (h == NULL)
		return err_no_memory(err, CAISSON_STAGE_NONE);
	atomic_init(&h->fd, -1);
	h->state = CAISSON_START_WAITING;
	h->protocol = l->handshake.protocol;
	h->timeout_ms = (uint64_t)l->spec->handshake.ready_timeout_ms;
	h->listening = malloc(sizeof(*h->listening));
	if (h->listening == NULL) {
		free(h);
		return err_no_memory(err, CAISSON_STAGE_NONE);
	}
	*out = h;
	return 0;
}

/* What is written from now on gets EPIPE. */
static void
shut(struct handle_handshake *h)
{
	int fd = atomic_exchange(&h->fd, -1);

	fd_close(&fd);
}

void
handle_handshake_free(struct handle_handshake *h)
{
	if (h == NULL)
		return;
	shut(h);
	free(h->listening);
	free(h);
}

size_t
handle_handshake_bytes(const struct handle_handshake *h)
{
	size_t bytes = 0;

	if (h == NULL)
		return 0;
	if (h->listening != NULL)
		bytes += sizeof(*h->listening);
	return bytes + sizeof(*h);
}

void
handle_handshake_start(struct handle_handshake *h, struct launch *l)
{
	uint64_t now = clock_mono_ms();

	atomic_store(&h->fd, fd_steal(&l->handshake.status));
	status_begin(&h->listening->status, h->protocol,
		     h->timeout_ms < CAISSON_FOREVER - now ? now + h->timeout_ms
							   : CAISSON_FOREVER);
}

/*
 * All that there is.  A program that never stops writing is no trouble: the
 * machine has decided when its memory is full.
 */
static void
take_in(struct caisson_child *c, uint64_t now_ms)
{
	struct handle_handshake *h = c->handshake;
	struct status *s = &h->listening->status;
	int fd = atomic_load(&h->fd);
	char bytes[1024];

	while (fd >= 0 && s->state == CAISSON_START_WAITING) {
		ssize_t n = read(fd, bytes, sizeof(bytes));

		if (n > 0) {
			status_feed(s, bytes, (size_t)n);
		} else if (n < 0 && errno == EAGAIN) {
			status_drained(s);
			return;
		} else if (n == 0 || errno != EINTR) {
			/* nothing more to come; and nothing to poll for,
			 * so who sleeps has to know until when */
			status_closed(s, now_ms);
			shut(h);
			c->has_news = true;
			return;
		}
	}
}

/* As we see it; or, in a pid namespace below ours, as it sees itself. */
static bool
is_its_number(const struct caisson_child *c, uint64_t number)
{
	if (number == 0)
		return false;
	return number == (uint64_t)c->pid ||
	       number == process_inner_number(c->pidfd);
}

/* Of many programs that are ready nothing is kept. */
static void
keep_message(struct handle_handshake *h)
{
	struct handle_listening *l = h->listening;

	if (h->state == CAISSON_START_FAILED ||
	    h->state == CAISSON_START_GARBLED) {
		status_message(&l->status, l->message, sizeof(l->message));
		return;
	}
	h->listening = NULL;
	free(l);
}

/* Not ready does not stay; a dead one's group goes with it. */
static void
carry_out(struct caisson_child *c, uint64_t now_ms)
{
	switch (c->handshake->state) {
	case CAISSON_START_READY:
		break;
	case CAISSON_START_DIED:
		c->is_ending = true;
		break;
	case CAISSON_START_FAILED:
		handle_kill_after(c, now_ms, c->grace_ms);
		break;
	default:
		handle_kill_after(c, now_ms, 0);
		break;
	}
}

static void
decide(struct caisson_child *c, uint64_t now_ms)
{
	struct handle_handshake *h = c->handshake;
	struct status *s = &h->listening->status;

	if (s->state == CAISSON_START_WAITING)
		return;
	if (s->has_pid && !is_its_number(c, s->reported_pid))
		status_lied(s);
	h->state = s->state;
	h->reported_pid = s->has_pid ? s->reported_pid : 0;
	h->decided_ns = clock_real_ns();
	keep_message(h);
	shut(h);
	carry_out(c, now_ms);
	c->has_news = true;
}

static bool
is_undecided(const struct caisson_child *c)
{
	return c->handshake != NULL &&
	       c->handshake->state == CAISSON_START_WAITING;
}

void
handle_handshake_look(struct caisson_child *c, uint64_t now_ms)
{
	if (!is_undecided(c))
		return;
	take_in(c, now_ms);
	status_tick(&c->handshake->listening->status, now_ms);
	decide(c, now_ms);
}

void
handle_handshake_ended(struct caisson_child *c, uint64_t now_ms)
{
	if (!is_undecided(c))
		return;
	take_in(c, now_ms);
	status_died(&c->handshake->listening->status);
	decide(c, now_ms);
}

uint64_t
handle_handshake_due(const struct caisson_child *c)
{
	if (!is_undecided(c))
		return CAISSON_FOREVER;
	return status_due_ms(&c->handshake->listening->status);
}
