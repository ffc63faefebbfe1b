/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON pointers (RFC 6901) for messages: "~" is written as "~0", "/" as "~1".
 * Always terminated, cut to fit; what is not printable is err_set's business.
 */
#include "spec/pointer.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *
pointer_format(char out[POINTER_SIZE], const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(out, POINTER_SIZE, fmt, ap);
	va_end(ap);
	return out;
}

const char *
pointer_join(char out[POINTER_SIZE], const char *parent, const char *key)
{
	char escaped[2 * POINTER_KEY_MAX + 1];
	size_t o = 0, len = strlen(key), shown = len;

	if (len > POINTER_KEY_MAX)
		shown = POINTER_KEY_MAX - 3;
	for (size_t i = 0; i < shown; i++) {
		if (key[i] != '~' && key[i] != '/') {
			escaped[o++] = key[i];
			continue;
		}
		escaped[o++] = '~';
		escaped[o++] = key[i] == '~' ? '0' : '1';
	}
	escaped[o] = '\0';
	(void)snprintf(out, POINTER_SIZE, "%s/%s%s", parent, escaped,
		       shown < len ? "..." : "");
	return out;
}
