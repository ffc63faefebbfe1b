/* SPDX-License-Identifier: Apache-2.0 */
/* Values on the command line: strict, whole, in range, or an error. */
#ifndef CLI_VALUES_H
#define CLI_VALUES_H

#include "caisson.h"

#include <stdbool.h>
#include <stdint.h>

/* Only digits, without leading zeros; at most max. */
bool values_unsigned(const char *text, uint64_t max, uint64_t *out);

/* The same with an optional minus. */
bool values_int(const char *text, int *out);

/* "500ms", "10s", "1.5m", "2h", "1d", "10" (seconds).  Never rounded to 0. */
bool values_duration_ms(const char *text, uint64_t *out);

/* A descriptor number: 0 to 1048575. */
bool values_fd(const char *text, int *out);

/*
 * out = path made absolute against the working directory, by text only; "."
 * and empty components at its beginning are left out.  free() it.
 */
CAISSON_CHECK int
values_absolute(const char *path, char **out, struct caisson_error *err);

#endif
