/* SPDX-License-Identifier: Apache-2.0 */
/* Slow and simple; nothing is kept from one event to the next. */
#include "reference.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ALL_BYTES (1u << 16)

void
play(struct status *s, const struct event *e)
{
	switch (e->kind) {
	case FEED:
		status_feed(s, e->data, e->len);
		break;
	case DRAINED:
		status_drained(s);
		break;
	case CLOSED:
		status_closed(s, e->now_ms);
		break;
	case DIED:
		status_died(s);
		break;
	case TICK:
		status_tick(s, e->now_ms);
		break;
	}
}

/* Everything that was written until then; false: too much for the test. */
static size_t
written(const struct event *events, size_t n, char *out)
{
	size_t len = 0;

	for (size_t i = 0; i < n && events[i].kind != CLOSED; i++)
		if (events[i].kind == FEED) {
			if (events[i].len > ALL_BYTES - len)
				abort();
			memcpy(out + len, events[i].data, events[i].len);
			len += events[i].len;
		}
	return len;
}

/* A pid is canonical if printing it gives the same text. */
static struct outcome
classify(const char *text, size_t n)
{
	struct outcome o = { CAISSON_START_GARBLED, false, 0 };
	char copy[64], again[64];

	if (n >= 8 && strncmp(text, "failed::", 8) == 0)
		o.state = CAISSON_START_FAILED;
	if (n == 7 && strncmp(text, "ready::", 7) == 0)
		o.state = CAISSON_START_READY;
	if (n <= 7 || n >= sizeof(copy) || memchr(text, '\0', n) != NULL)
		return o;
	memcpy(copy, text, n);
	copy[n] = '\0';
	(void)snprintf(again, sizeof(again), "ready::%llu",
		       strtoull(copy + 7, NULL, 10));
	if (strcmp(copy, again) == 0)
		o = (struct outcome){ CAISSON_START_READY, true,
				      strtoull(copy + 7, NULL, 10) };
	return o;
}

static bool
is_word(const char *text, size_t n)
{
	return (n >= 7 && strncmp(text, "ready::", 7) == 0) ||
	       (n >= 8 && strncmp(text, "failed::", 8) == 0);
}

static uint64_t
closed_at(const struct event *events, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (events[i].kind == CLOSED)
			return events[i].now_ms;
	return UINT64_MAX;
}

static uint32_t
after_tick(uint64_t deadline_ms, uint64_t closed_ms, uint64_t now_ms)
{
	bool silent = closed_ms < UINT64_MAX - STATUS_SILENCE_MS &&
		      now_ms >= closed_ms + STATUS_SILENCE_MS;
	bool late = deadline_ms != UINT64_MAX && now_ms >= deadline_ms;

	if (late && (!silent || deadline_ms <= closed_ms + STATUS_SILENCE_MS))
		return CAISSON_START_TIMED_OUT;
	return silent ? CAISSON_START_GARBLED : CAISSON_START_WAITING;
}

struct outcome
reference(const struct protocol *protocol, uint64_t deadline_ms,
	  const struct event *events, size_t n)
{
	static char text[ALL_BYTES];
	struct outcome o = { CAISSON_START_WAITING, false, 0 };

	for (size_t i = 1; i <= n && o.state == CAISSON_START_WAITING; i++) {
		const struct event *e = &events[i - 1];
		size_t len = written(events, i, text);
		const char *end = memchr(text, 0xff, len);
		bool over;

		if (end != NULL)
			len = (size_t)(end - text);
		over = len > CAISSON_STATUS_BYTES;
		if (over)
			len = CAISSON_STATUS_BYTES;
		if (end != NULL || over ||
		    (is_word(text, len) &&
		     (e->kind == CLOSED || e->kind == DIED ||
		      (e->kind == DRAINED && !protocol->is_terminated))))
			o = classify(text, len);
		else if (e->kind == DIED)
			o.state = CAISSON_START_DIED;
		else if (e->kind == TICK)
			o.state = after_tick(deadline_ms, closed_at(events, i),
					     e->now_ms);
	}
	return o;
}

static size_t
encode(uint32_t c, unsigned char *out)
{
	static const uint32_t first[] = { 0, 0x00, 0xc0, 0xe0, 0xf0 };
	size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;

	for (size_t i = n - 1; i > 0; i--) {
		out[i] = (unsigned char)(0x80 | (c & 0x3f));
		c >>= 6;
	}
	out[0] = (unsigned char)(first[n] | c);
	return n;
}

size_t
reference_character(const unsigned char *s, size_t left, uint32_t *code_point)
{
	unsigned char again[4];

	for (size_t n = 1; n <= 4 && n <= left; n++) {
		uint32_t c = n == 1 ? s[0] : s[0] & (0x7fu >> n);

		for (size_t i = 1; i < n; i++)
			c = c * 64 + (s[i] & 0x3fu);
		if (c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
			continue;
		if (encode(c, again) == n && memcmp(again, s, n) == 0) {
			*code_point = c;
			return n;
		}
	}
	return 0;
}

static bool
is_shown(uint32_t c)
{
	static const uint32_t hidden[][2] = {
		{ 0x00, 0x1f },     { 0x7f, 0x7f },     { 0x80, 0x9f },
		{ 0x61c, 0x61c },   { 0x200e, 0x200f }, { 0x2028, 0x2029 },
		{ 0x202a, 0x202e }, { 0x2066, 0x2069 },
	};

	for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++)
		if (c >= hidden[i][0] && c <= hidden[i][1])
			return false;
	return true;
}

size_t
reference_message(const char *text, size_t n, char *out)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t len = 0, size;

	for (size_t i = 0; i < n; i += size) {
		uint32_t c = 0;

		size = reference_character(s + i, n - i, &c);
		if (size > 0 && (c == '\n' || c == '\t')) {
			out[len++] = ' ';
		} else if (size > 0 && is_shown(c)) {
			memcpy(out + len, s + i, size);
			len += size;
		} else {
			len += encode(0xfffd, (unsigned char *)out + len);
			size = size > 0 ? size : 1;
		}
	}
	out[len] = '\0';
	return len;
}
