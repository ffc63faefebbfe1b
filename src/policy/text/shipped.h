/* SPDX-License-Identifier: Apache-2.0 */
/* The policies that come with caisson: a table made during the build. */
#ifndef POLICY_TEXT_SHIPPED_H
#define POLICY_TEXT_SHIPPED_H

#include <stddef.h>

struct shipped {
	const char *file; /* NULL at the end */
	const char *profile; /* NULL: only included by others */
	const char *text;
	size_t len;
};

extern const struct shipped shipped_table[];

#endif
