/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the speaker reads and says: frames of 8 bytes of length, big-endian,
 * and so many bytes; "ready::PID" or "failed::TEXT", ended by 0xFF.
 */
#include "speaker.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FRAME_MAX (1u << 27)

static struct frame {
	uint8_t *data;
	size_t len;
} frames[2];

static size_t at_most = SIZE_MAX; /* bytes of one read */
static long pause_ms;

/* All of it, however many reads that takes. */
static void
take(uint8_t *to, size_t len)
{
	while (len > 0) {
		ssize_t n = read(data_fd, to, len < at_most ? len : at_most);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			give_up(EXIT_DATA, n == 0 ? "it was cut short"
						  : "it cannot be read");
		to += n;
		len -= (size_t)n;
		if (pause_ms > 0)
			(void)usleep((useconds_t)pause_ms * 1000);
	}
}

static void
take_length(struct frame *f)
{
	uint8_t head[8];
	uint64_t len = 0;

	take(head, sizeof(head));
	for (size_t i = 0; i < sizeof(head); i++)
		len = len << 8 | head[i];
	if (len > FRAME_MAX)
		give_up(EXIT_DATA, "its length is out of range");
	f->len = (size_t)len;
	f->data = malloc(f->len + 1);
	if (f->data == NULL)
		give_up(EXIT_DATA, "no memory");
}

void
step_read(char **arg)
{
	(void)arg;
	if (form == NULL)
		give_up(EXIT_MISUSED, "no protocol");
	for (int i = 0; i < 2; i++) {
		take_length(&frames[i]);
		take(frames[i].data, frames[i].len);
	}
}

void
step_slow(char **arg)
{
	at_most = (size_t)number(arg[0]);
	pause_ms = number(arg[1]);
	step_read(arg);
}

/* As the older programs do: the length in full, then a single read. */
void
step_single(char **arg)
{
	(void)arg;
	for (int i = 0; i < 2; i++) {
		ssize_t n;

		take_length(&frames[i]);
		if (frames[i].len == 0)
			continue;
		n = read(data_fd, frames[i].data, frames[i].len);
		if (n != (ssize_t)frames[i].len)
			give_up(EXIT_PARTIAL, "partial read");
	}
}

void
step_peek(char **arg)
{
	static uint8_t bytes[1 << 16];
	size_t n = (size_t)number(arg[0]);

	if (n > sizeof(bytes))
		give_up(EXIT_MISUSED, "too much to peek at");
	take(bytes, n);
}

void
step_end(char **arg)
{
	char byte;
	ssize_t n;

	(void)arg;
	do
		n = read(data_fd, &byte, 1);
	while (n < 0 && errno == EINTR);
	if (n != 0)
		give_up(EXIT_DATA, "something follows the secret");
}

/* FNV-1a: two programs that agree on it have seen the same bytes. */
void
step_digest(char **arg)
{
	uint64_t h[2];

	for (int i = 0; i < 2; i++) {
		h[i] = 0xcbf29ce484222325u;
		for (size_t k = 0; k < frames[i].len; k++)
			h[i] = (h[i] ^ frames[i].data[k]) * 0x100000001b3u;
	}
	dprintf((int)number(arg[0]), "%zu %016llx %zu %016llx\n", frames[0].len,
		(unsigned long long)h[0], frames[1].len,
		(unsigned long long)h[1]);
}

static bool
put(int fd, const void *data, size_t len)
{
	const uint8_t *p = data;

	while (len > 0) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		p += n;
		len -= (size_t)n;
	}
	return true;
}

void
step_copy(char **arg)
{
	int fd = (int)number(arg[0]);

	for (int i = 0; i < 2; i++)
		if (!put(fd, frames[i].data, frames[i].len))
			give_up(EXIT_DATA, "the copy cannot be written");
}

/* One write, as all who speak this do. */
static void
say(const void *data, size_t len)
{
	if (write(status_fd, data, len) != (ssize_t)len)
		give_up(EXIT_STATUS, "the status cannot be written");
}

static size_t
spell_ready(char *out, size_t size, long pid)
{
	int n;

	if (form == NULL)
		give_up(EXIT_MISUSED, "no protocol");
	if (form->has_pid)
		n = snprintf(out, size, "ready::%ld", pid);
	else
		n = snprintf(out, size, "ready::");
	if (form->is_ended)
		out[n++] = (char)0xff;
	return (size_t)n;
}

void
step_ready_as(char **arg)
{
	char text[64];

	say(text, spell_ready(text, sizeof(text), number(arg[0])));
}

void
step_ready(char **arg)
{
	char text[64];

	(void)arg;
	say(text, spell_ready(text, sizeof(text), (long)getpid()));
}

void
step_late(char **arg)
{
	char text[64];
	size_t len = spell_ready(text, sizeof(text), (long)getpid());
	ssize_t n = write(status_fd, text, len);

	dprintf((int)number(arg[0]), "%s\n",
		n >= 0           ? "written"
		: errno == EPIPE ? "EPIPE"
				 : "another error");
}

/* \xHH is a byte, \p the pid. */
static size_t
unescape(const char *text, char *out, size_t size)
{
	size_t n = 0;

	for (; *text != '\0' && n + 16 < size; text++) {
		if (text[0] == '\\' && text[1] == 'x') {
			char hex[3] = { text[2], text[3], '\0' };

			out[n++] = (char)strtol(hex, NULL, 16);
			text += 3;
		} else if (text[0] == '\\' && text[1] == 'p') {
			n += (size_t)snprintf(out + n, size - n, "%d",
					      (int)getpid());
			text++;
		} else {
			out[n++] = *text;
		}
	}
	return n;
}

void
step_say(char **arg)
{
	static char text[1 << 16];

	say(text, unescape(arg[0], text, sizeof(text)));
}

void
step_say_slowly(char **arg)
{
	static char text[1 << 16];
	size_t len = unescape(arg[0], text, sizeof(text));

	for (size_t i = 0; i < len; i++) {
		say(text + i, 1);
		(void)usleep((useconds_t)number(arg[1]) * 1000);
	}
}

void
step_failed(char **arg)
{
	static char text[1 << 16] = "failed::";
	size_t len = 8 + unescape(arg[0], text + 8, sizeof(text) - 16);

	if (form == NULL)
		give_up(EXIT_MISUSED, "no protocol");
	if (form->is_ended)
		text[len++] = (char)0xff;
	say(text, len);
}

void
step_flood(char **arg)
{
	static char noise[4096];
	size_t left = (size_t)number(arg[0]);

	memset(noise, 'x', sizeof(noise));
	if (left == 0)
		left = SIZE_MAX;
	while (left > 0) {
		size_t n = left < sizeof(noise) ? left : sizeof(noise);

		if (!put(status_fd, noise, n))
			return;
		left -= n;
	}
}
