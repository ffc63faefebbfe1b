/* SPDX-License-Identifier: Apache-2.0 */
/* What is UTF-8, and what is not. */
#ifndef BASE_UTF_H
#define BASE_UTF_H

#include <stddef.h>

/*
 * How long is the character at s, of which left > 0 bytes are there?  0: it is
 * none: cut short, longer than needed, a surrogate, or beyond U+10FFFF.
 */
size_t utf8_length(const unsigned char *s, size_t left);

#endif
