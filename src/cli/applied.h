/* SPDX-License-Identifier: Apache-2.0 */
/* What was applied to a program, for the event stream. */
#ifndef CLI_APPLIED_H
#define CLI_APPLIED_H

#include "caisson.h"

#include <jansson.h>

/* A new object; NULL: no memory. */
json_t *applied_describe(const struct caisson_child *child);

#endif
