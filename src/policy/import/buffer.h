/* SPDX-License-Identifier: Apache-2.0 */
/* A text that grows. */
#ifndef IMPORT_BUFFER_H
#define IMPORT_BUFFER_H

#include <stdbool.h>
#include <stddef.h>

struct buffer {
	char *text; /* heap, ended by NUL; NULL while nothing was added */
	size_t len, room;
	bool failed; /* memory ran out; the text is incomplete */
};

void buffer_add(struct buffer *buffer, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Bytes of somebody else: what is not printable ASCII becomes "?". */
void buffer_quote(struct buffer *buffer, const char *text, size_t len);
void buffer_done(struct buffer *buffer); /* again is ok */

#endif
