/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzz target: the start-up of a program, as the launcher's machine sees it.
 * The input chooses the protocol, the deadline, and what happens: bytes, ends,
 * deaths, and the time that passes.  The promises that are kept for every
 * input: what is decided stays so; nothing is ready that has not said so; a
 * message is text without controls; and how bytes are split makes no
 * difference.
 */
#include "target.h"

#include "handshake/status.h"

#include <stdbool.h>
#include <string.h>

#define WRITTEN_MAX (4u * CAISSON_STATUS_BYTES)

enum kind {
	FEED,
	FEED_MUCH,
	DRAINED,
	CLOSED,
	DIED,
	TICK,
	LIED,
	KINDS
};

struct event {
	enum kind kind;
	const uint8_t *data;
	size_t len;
	uint64_t passed_ms;
};

/* What it has written while somebody was there to read. */
struct history {
	size_t n;
	bool is_closed;
	uint8_t written[WRITTEN_MAX];
};

/* kind and length or time in one byte each, and then the bytes. */
static bool
next_event(const uint8_t **data, size_t *size, struct event *out)
{
	if (*size < 2)
		return false;
	*out = (struct event){ .kind = (enum kind)((*data)[0] % KINDS),
			       .passed_ms = (*data)[1] * 16u };
	out->len = (*data)[1];
	*data += 2;
	*size -= 2;
	if (out->kind != FEED && out->kind != FEED_MUCH)
		return true;
	if (out->len > *size)
		out->len = *size;
	out->data = *data;
	*data += out->len;
	*size -= out->len;
	return true;
}

static void
feed(struct status *s, struct history *h, const struct event *e)
{
	size_t times = e->kind == FEED_MUCH ? 40 : 1;

	for (size_t i = 0; i < times; i++) {
		status_feed(s, e->data, e->len);
		if (h->is_closed || e->len > WRITTEN_MAX - h->n)
			continue;
		if (e->len > 0)
			memcpy(h->written + h->n, e->data, e->len);
		h->n += e->len;
	}
}

static void
play(struct status *s, struct history *h, const struct event *e, uint64_t now)
{
	switch (e->kind) {
	case FEED:
	case FEED_MUCH:
		feed(s, h, e);
		break;
	case DRAINED:
		status_drained(s);
		break;
	case CLOSED:
		h->is_closed = true;
		status_closed(s, now);
		break;
	case DIED:
		status_died(s);
		break;
	case TICK:
		status_tick(s, now);
		break;
	case LIED:
	case KINDS:
		status_lied(s);
		break;
	}
}

/* A character by this file's own reckoning: not longer than it need be. */
static size_t
character(const uint8_t *s, uint32_t *out)
{
	size_t n = s[0] < 0x80 ? 1 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };

	PROMISE(s[0] < 0x80 || (s[0] >= 0xc0 && s[0] < 0xf8));
	*out = n == 1 ? s[0] : s[0] & (0xffu >> (n + 1));
	for (size_t i = 1; i < n; i++) {
		PROMISE((s[i] & 0xc0) == 0x80);
		*out = *out << 6 | (s[i] & 0x3f);
	}
	PROMISE(*out >= least[n] && *out <= 0x10ffff);
	PROMISE(*out < 0xd800 || *out > 0xdfff);
	return n;
}

static void
check_message(const struct status *s, size_t size)
{
	static char out[3 * CAISSON_STATUS_BYTES + 2];
	uint32_t c;

	out[size] = '~';
	status_message(s, out, size);
	PROMISE(out[size] == '~' && strlen(out) < size);
	for (const uint8_t *p = (const uint8_t *)out; *p != '\0';) {
		p += character(p, &c);
		PROMISE(c >= 0x20 && (c < 0x7f || c >= 0xa0));
		PROMISE(c < 0x2028 || c > 0x202e);
		PROMISE(c < 0x2066 || c > 0x2069);
	}
}

static void
check_ready(const struct status *s, const struct history *h)
{
	char again[CAISSON_STATUS_BYTES];
	size_t n;

	if (s->state != CAISSON_START_READY && s->state != CAISSON_START_LIED)
		return;
	PROMISE(h->n >= 7 && memcmp(h->written, "ready::", 7) == 0);
	if (!s->has_pid) {
		PROMISE(s->reported_pid == 0 && s->n == 7);
		return;
	}
	/* What was reported is what was written. */
	n = status_say_ready(&protocols[0], s->reported_pid, again);
	PROMISE(n == s->n + 1 && memcmp(again, h->written, s->n) == 0);
}

static void
check_decided(const struct status *before, const struct status *after)
{
	if (before->state == CAISSON_START_WAITING)
		return;
	PROMISE(after->state == before->state ||
		(before->state == CAISSON_START_READY &&
		 after->state == CAISSON_START_LIED));
	PROMISE(after->n == before->n);
	PROMISE(after->has_pid == before->has_pid);
	PROMISE(after->reported_pid == before->reported_pid);
	PROMISE(status_due_ms(after) == UINT64_MAX);
}

/* The bytes of the history, at most piece at a time, and then their end. */
static uint32_t
split(const struct protocol *p, const struct history *h, size_t piece,
      struct status *s)
{
	status_begin(s, p, UINT64_MAX);
	for (size_t i = 0; i < h->n; i += piece)
		status_feed(s, h->written + i,
			    h->n - i < piece ? h->n - i : piece);
	status_closed(s, 0);
	return s->state;
}

static void
check_splits(const struct protocol *p, const struct history *h, size_t piece)
{
	static struct status whole, parts;

	(void)split(p, h, WRITTEN_MAX, &whole);
	PROMISE(split(p, h, piece, &parts) == whole.state);
	PROMISE(parts.n == whole.n && parts.has_pid == whole.has_pid);
	PROMISE(parts.reported_pid == whole.reported_pid);
	PROMISE(memcmp(parts.text, whole.text, whole.n) == 0);
	status_died(&parts);
	PROMISE(parts.state != CAISSON_START_WAITING);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct history history;
	static struct status s, before;
	const struct protocol *p;
	struct event e;
	uint64_t now = 1000, due;
	size_t piece;

	if (size < 3)
		return 0;
	p = &protocols[data[0] % 3];
	piece = 1u + data[2];
	status_begin(&s, p, data[1] == 0 ? UINT64_MAX : now + data[1] * 32u);
	history.n = 0;
	history.is_closed = false;
	data += 3;
	size -= 3;
	while (next_event(&data, &size, &e)) {
		before = s;
		now += e.passed_ms;
		play(&s, &history, &e, now);
		check_decided(&before, &s);
		check_ready(&s, &history);
		PROMISE(s.n <= CAISSON_STATUS_BYTES);
	}
	check_message(&s, 3 * CAISSON_STATUS_BYTES + 1);
	check_message(&s, piece);
	check_splits(p, &history, piece);
	due = status_due_ms(&s);
	status_tick(&s, UINT64_MAX);
	PROMISE(due == UINT64_MAX || s.state != CAISSON_START_WAITING);
	return 0;
}
