/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Structs that begin with their size, a uint32_t: what is shared with callers
 * who were built against an older or a newer version of the library.
 */
#ifndef BASE_SIZED_H
#define BASE_SIZED_H

#include "caisson.h"

#include <stddef.h>

/*
 * *out (of size bytes) = what the caller means by *in; NULL: all zeros.  As the
 * kernel does it: what an older caller does not have is 0, and what a newer one
 * has besides must be.  whose: "launch", in the error's text.
 */
CAISSON_CHECK int sized_read(const void *in, void *out, size_t size,
			     const char *whose, struct caisson_error *err);

/* CAISSON_E_UNSUPPORTED, for a reserved member that is not 0 either. */
CAISSON_CHECK int sized_is_newer(const char *whose, struct caisson_error *err);

/*
 * *out = as much of *from (of size bytes) as out->size says there is room for;
 * what is beyond it is 0, and out->size is what was given.
 */
void sized_give(const void *from, size_t size, void *out);

#endif
