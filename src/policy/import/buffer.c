/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A text that grows.  Memory that runs out is remembered and told at the end,
 * so that whoever writes a text need not look at every line.
 */
#include "policy/import/buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_ROOM 4096

static bool
grow(struct buffer *buffer, size_t more)
{
	size_t room = buffer->room == 0 ? FIRST_ROOM : buffer->room;
	char *text;

	if (buffer->failed)
		return false;
	while (room - buffer->len <= more)
		room *= 2;
	if (room == buffer->room)
		return true;
	text = realloc(buffer->text, room);
	if (text == NULL) {
		buffer->failed = true;
		return false;
	}
	buffer->text = text;
	buffer->room = room;
	return true;
}

void
buffer_add(struct buffer *buffer, const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	if (n < 0 || !grow(buffer, (size_t)n)) {
		buffer->failed = true;
		return;
	}
	va_start(args, fmt);
	(void)vsnprintf(buffer->text + buffer->len, (size_t)n + 1, fmt, args);
	va_end(args);
	buffer->len += (size_t)n;
}

void
buffer_quote(struct buffer *buffer, const char *text, size_t len)
{
	if (!grow(buffer, len))
		return;
	for (size_t i = 0; i < len; i++) {
		bool plain = text[i] >= ' ' && text[i] <= '~';

		buffer->text[buffer->len++] = text[i];
		if (!plain)
			buffer->text[buffer->len - 1] = '?';
	}
	buffer->text[buffer->len] = '\0';
}

void
buffer_done(struct buffer *buffer)
{
	free(buffer->text);
	*buffer = (struct buffer){ 0 };
}
