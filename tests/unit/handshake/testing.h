/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of the handshake have in common.  Included first. */
#ifndef HANDSHAKE_TESTING_H
#define HANDSHAKE_TESTING_H

#include "caisson_handshake.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Of the last call that got it. */
static struct caisson_error error __attribute__((unused));

/* A call that has to succeed. */
#define must(r)                                         \
	do {                                            \
		int must_r = (r);                       \
		if (must_r < 0)                         \
			print_error("%s\n", error.msg); \
		assert_int_equal(must_r, 0);            \
	} while (0)

/* A call that has to fail like this. */
#define must_fail(r, expected, text)                                \
	do {                                                        \
		memset(&error, 0, sizeof(error));                   \
		assert_int_equal((r), (expected));                  \
		assert_int_equal(error.code, (expected));           \
		if (strstr(error.msg, (text)) == NULL)              \
			fail_msg("\"%s\" is not in \"%s\"", (text), \
				 error.msg);                        \
	} while (0)

static inline struct caisson_bytes
bytes(const char *text)
{
	return (struct caisson_bytes){ text, strlen(text) };
}

#endif
