/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Errors and their texts.  No allocation, no locale, no output: a fixed
 * struct is filled, and whatever reaches it comes out as printable ASCII.
 */
#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

_Static_assert(sizeof(struct caisson_error) == 256, "public ABI");

static bool
is_plain(unsigned char c)
{
	return c >= 0x20 && c < 0x7f;
}

void
err_escape(const char *text, size_t len, char *out, size_t size)
{
	static const char hex[] = "0123456789abcdef";
	size_t o = 0;

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if (is_plain(c)) {
			if (o + 1 >= size)
				break;
			out[o++] = (char)c;
			continue;
		}
		if (o + 4 >= size)
			break;
		out[o++] = '\\';
		out[o++] = 'x';
		out[o++] = hex[c >> 4];
		out[o++] = hex[c & 15];
	}
	out[o] = '\0';
}

static bool
has_prefix(uint32_t stage)
{
	return stage != CAISSON_STAGE_NONE && stage != CAISSON_STAGE_PARSE &&
	       stage != CAISSON_STAGE_SPEC && stage != CAISSON_STAGE_POLICY;
}

#undef err_set
#undef err_no_memory
#undef err_spec
#undef err_usage

/* Room for the longest path and what is said about it. */
#define RAW_SIZE 5120

static void
append(char *raw, size_t *used, const char *text)
{
	size_t room = RAW_SIZE - 1 - *used, len = strlen(text);

	if (len > room)
		len = room;
	memcpy(raw + *used, text, len);
	*used += len;
	raw[*used] = '\0';
}

static void __attribute__((format(printf, 3, 0)))
append_format(char *raw, size_t *used, const char *fmt, va_list ap)
{
	int n = vsnprintf(raw + *used, RAW_SIZE - *used, fmt, ap);

	if (n > 0)
		*used += strlen(raw + *used);
}

/* How much of the end of text takes at most `room` bytes when escaped. */
static size_t
fitting_tail(const char *text, size_t len, size_t room)
{
	size_t n = 0;

	while (n < len) {
		unsigned char c = (unsigned char)text[len - n - 1];
		size_t width = is_plain(c) ? 1 : 4;

		if (width > room)
			break;
		room -= width;
		n++;
	}
	return n;
}

/*
 * A text that does not fit loses its middle: it begins with the place and ends
 * with the reason.
 */
static void
escape_to_fit(const char *text, size_t len, char *out, size_t size)
{
	static const char gap[] = "...";
	size_t head, tail;

	if (fitting_tail(text, len, size - 1) == len) {
		err_escape(text, len, out, size);
		return;
	}
	err_escape(text, len, out, size / 2);
	head = strlen(out);
	memcpy(out + head, gap, sizeof(gap));
	head += sizeof(gap) - 1;
	tail = fitting_tail(text, len, size - 1 - head);
	err_escape(text + len - tail, tail, out + head, size - head);
}

static void __attribute__((format(printf, 2, 0)))
fill(struct caisson_error *err, const char *fmt, va_list ap)
{
	char raw[RAW_SIZE] = "";
	size_t used = 0;

	if (has_prefix(err->stage)) {
		append(raw, &used, caisson_stage_name(err->stage));
		append(raw, &used, ": ");
	}
	append_format(raw, &used, fmt, ap);
	if (err->sys_errno != 0) {
		const char *text = strerrordesc_np(err->sys_errno);

		append(raw, &used, ": ");
		append(raw, &used, text != NULL ? text : "unknown error");
	}
	escape_to_fit(raw, used, err->msg, sizeof(err->msg));
}

static void
begin(struct caisson_error *err, int code, uint32_t stage, int sys_errno)
{
	memset(err, 0, sizeof(*err));
	err->code = code;
	err->stage = stage;
	err->sys_errno = sys_errno;
}

int
err_set(struct caisson_error *err, int code, uint32_t stage, int sys_errno,
	const char *fmt, ...)
{
	va_list ap;

	if (err == NULL)
		return code;
	begin(err, code, stage, sys_errno);
	va_start(ap, fmt);
	fill(err, fmt, ap);
	va_end(ap);
	return code;
}

int
err_no_memory(struct caisson_error *err, uint32_t stage)
{
	return err_set(err, CAISSON_E_NO_MEMORY, stage, 0, "out of memory");
}

int
err_spec(struct caisson_error *err, const char *pointer, const char *fmt, ...)
{
	char text[RAW_SIZE];
	va_list ap;

	if (err == NULL)
		return CAISSON_E_SPEC;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return err_set(err, CAISSON_E_SPEC, CAISSON_STAGE_SPEC, 0, "%s: %s",
		       pointer, text);
}

int
err_usage(struct caisson_error *err, const char *fmt, ...)
{
	va_list ap;

	if (err == NULL)
		return CAISSON_E_USAGE;
	begin(err, CAISSON_E_USAGE, CAISSON_STAGE_NONE, 0);
	va_start(ap, fmt);
	fill(err, fmt, ap);
	va_end(ap);
	return CAISSON_E_USAGE;
}
