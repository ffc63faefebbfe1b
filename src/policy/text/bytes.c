/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bytes of a policy: UTF-8 without control characters.  Checked before
 * anything is read, so that what follows meets neither NUL nor half of a
 * character.
 */
#include "base/utf8.h"
#include "policy/text/reader.h"

#include <string.h>

static bool
is_control(unsigned char c, unsigned char next)
{
	if (c == '\t' || c == '\n')
		return false;
	if (c == '\r')
		return next != '\n' && next != '\0';
	return c < 0x20 || c == 0x7f;
}

static const char *
complain(unsigned char c)
{
	if (c == '\0')
		return "the text contains a NUL byte";
	if (c == '\r')
		return "a carriage return stands only before a newline";
	if (c < 0x20 || c == 0x7f)
		return "the text contains a control character";
	return "this is not UTF-8";
}

/* Some editors put one before what is UTF-8. */
static bool
has_byte_order_mark(const struct text_source *source)
{
	return source->len >= 3 && memcmp(source->text, "\xef\xbb\xbf", 3) == 0;
}

int
text_lex_check(struct reader *r, const struct text_source *source)
{
	const unsigned char *s = (const unsigned char *)source->text;
	struct text_place at = { .source = source, .line = 1, .column = 1 };
	size_t i = 0, n;

	if (has_byte_order_mark(source))
		return text_syntax(r, &at,
				   "the file begins with a byte order mark: "
				   "save it without one");
	while (i < source->len) {
		unsigned char next = i + 1 < source->len ? s[i + 1] : '\0';

		n = utf8_length(s + i, source->len - i);
		if (n == 0 || is_control(s[i], next))
			break;
		if (s[i] == '\n') {
			at.line++;
			at.start = i + 1;
		}
		i += n;
	}
	if (i == source->len)
		return 0;
	at.column = (uint32_t)(i - at.start) + 1;
	return text_syntax(r, &at, "%s", complain(s[i]));
}
