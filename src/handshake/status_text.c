/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The texts of a status: as the program writes them, and as people may read
 * them.  What a program wrote goes to terminals and logs, so nothing is left in
 * it that moves a cursor or turns a line around.
 */
#include "base/utf8.h"
#include "handshake/status.h"

#include <stdio.h>
#include <string.h>

#define FAILED      "failed::"
#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

struct buffer {
	char *data;
	size_t n, size;
};

/* Characters are whole, or not there. */
static bool
add(struct buffer *b, const void *bytes, size_t n)
{
	if (n > b->size - b->n)
		return false;
	memcpy(b->data + b->n, bytes, n);
	b->n += n;
	return true;
}

static uint32_t
character(const unsigned char *s, size_t length)
{
	static const unsigned char masks[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
	uint32_t c = s[0] & masks[length];

	for (size_t i = 1; i < length; i++)
		c = c << 6 | (s[i] & 0x3fu);
	return c;
}

/* C0, DEL and C1; ends of lines and paragraphs, and what turns text around
 * (the characters that Unicode calls Bidi_Control). */
static bool
is_control(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x061c ||
	       c == 0x200e || c == 0x200f || (c >= 0x2028 && c <= 0x202e) ||
	       (c >= 0x2066 && c <= 0x2069);
}

/* One character, or one byte that is none; how many bytes that was. */
static size_t
take(const unsigned char *s, size_t left, const char **replacement)
{
	size_t length = utf8_length(s, left);

	*replacement = length == 0 ? REPLACEMENT : NULL;
	return length == 0 ? 1 : length;
}

void
status_message(const struct status *s, char *out, size_t size)
{
	struct buffer b = { out, 0, size - 1 };
	const unsigned char *p = (const unsigned char *)s->text;
	size_t i = 0, n;

	if (s->state == CAISSON_START_FAILED)
		i = strlen(FAILED);
	for (; i < s->n; i += n) {
		const char *other;

		n = take(p + i, s->n - i, &other);
		if (p[i] == '\n' || p[i] == '\t')
			other = " ";
		else if (other == NULL && is_control(character(p + i, n)))
			other = REPLACEMENT;
		if (!(other == NULL ? add(&b, p + i, n)
				    : add(&b, other, strlen(other))))
			break;
	}
	out[b.n] = '\0';
}

static size_t
end(const struct protocol *protocol, char *out, size_t n)
{
	if (protocol->is_terminated)
		out[n++] = (char)STATUS_END;
	return n;
}

size_t
status_say_ready(const struct protocol *protocol, uint64_t pid,
		 char out[CAISSON_STATUS_BYTES])
{
	int n;

	if (protocol->has_pid)
		n = snprintf(out, CAISSON_STATUS_BYTES, "ready::%llu",
			     (unsigned long long)pid);
	else
		n = snprintf(out, CAISSON_STATUS_BYTES, "ready::");
	return end(protocol, out, (size_t)n);
}

size_t
status_say_failed(const struct protocol *protocol, const char *text,
		  char out[CAISSON_STATUS_BYTES])
{
	struct buffer b = { out, 0, CAISSON_STATUS_BYTES - 1 };
	const unsigned char *p = (const unsigned char *)text;
	size_t left = strlen(text), n;
	bool fits = add(&b, FAILED, strlen(FAILED));

	for (; fits && left > 0; p += n, left -= n) {
		const char *other;

		n = take(p, left, &other);
		fits = other == NULL ? add(&b, p, n)
				     : add(&b, other, strlen(other));
	}
	return end(protocol, out, b.n);
}
