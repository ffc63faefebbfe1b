/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What becomes of a program that was started: the machine of status.h.  Pure:
 * bytes and events go in, a state comes out.  It looks at a text only when no
 * more of it can come, so that how it was split cannot matter.
 */
#include "handshake/status.h"

#include <string.h>

#define READY  "ready::"
#define FAILED "failed::"

void
status_begin(struct status *s, const struct protocol *protocol,
	     uint64_t deadline_ms)
{
	s->protocol = protocol;
	s->state = CAISSON_START_WAITING;
	s->is_closed = s->has_pid = false;
	s->deadline_ms = deadline_ms;
	s->silence_ms = UINT64_MAX;
	s->reported_pid = 0;
	s->n = 0;
}

static bool
begins(const struct status *s, const char *word)
{
	size_t len = strlen(word);

	return s->n >= len && memcmp(s->text, word, len) == 0;
}

/* A number as it is written by itself: no sign, no zero before it. */
static bool
number(const char *digits, size_t n, uint64_t *out)
{
	uint64_t value = 0;

	if (n == 0 || (n > 1 && digits[0] == '0'))
		return false;
	for (size_t i = 0; i < n; i++) {
		unsigned digit = (unsigned)digits[i] - '0';

		if (digit > 9 || value > (UINT64_MAX - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	*out = value;
	return true;
}

/* The text is all that there will be. */
static void
judge(struct status *s)
{
	size_t word = strlen(READY);

	s->state = CAISSON_START_GARBLED;
	if (begins(s, FAILED))
		s->state = CAISSON_START_FAILED;
	if (!begins(s, READY))
		return;
	s->has_pid = number(s->text + word, s->n - word, &s->reported_pid);
	if (s->has_pid || s->n == word)
		s->state = CAISSON_START_READY;
}

/*
 * Nothing follows what is there.  If it is something, it counts; otherwise the
 * program may be on its way out, and its exit status tells more than we could.
 */
static bool
judge_what_is_there(struct status *s)
{
	if (!begins(s, READY) && !begins(s, FAILED))
		return false;
	judge(s);
	return true;
}

/* More than there is room for is a reason to fail, cut, or no status at all. */
void
status_feed(struct status *s, const void *data, size_t len)
{
	const char *end;
	size_t room;

	if (s->state != CAISSON_START_WAITING || s->is_closed || len == 0)
		return;
	end = memchr(data, STATUS_END, len);
	if (end != NULL)
		len = (size_t)(end - (const char *)data);
	room = sizeof(s->text) - s->n;
	memcpy(s->text + s->n, data, len < room ? len : room);
	s->n += len < room ? len : room;
	if (end != NULL || len > room)
		judge(s);
}

void
status_drained(struct status *s)
{
	if (s->state == CAISSON_START_WAITING && !s->protocol->is_terminated)
		(void)judge_what_is_there(s);
}

void
status_closed(struct status *s, uint64_t now_ms)
{
	if (s->state != CAISSON_START_WAITING || s->is_closed)
		return;
	s->is_closed = true;
	if (!judge_what_is_there(s) && now_ms < UINT64_MAX - STATUS_SILENCE_MS)
		s->silence_ms = now_ms + STATUS_SILENCE_MS;
}

void
status_died(struct status *s)
{
	if (s->state == CAISSON_START_WAITING && !judge_what_is_there(s))
		s->state = CAISSON_START_DIED;
}

/* Where both moments have passed, what came first counts. */
void
status_tick(struct status *s, uint64_t now_ms)
{
	uint64_t due = status_due_ms(s);

	if (due == UINT64_MAX || now_ms < due)
		return;
	s->state = due == s->deadline_ms ? CAISSON_START_TIMED_OUT
					 : CAISSON_START_GARBLED;
}

void
status_lied(struct status *s)
{
	if (s->state == CAISSON_START_READY)
		s->state = CAISSON_START_LIED;
}

uint64_t
status_due_ms(const struct status *s)
{
	if (s->state != CAISSON_START_WAITING)
		return UINT64_MAX;
	return s->silence_ms < s->deadline_ms ? s->silence_ms : s->deadline_ms;
}
