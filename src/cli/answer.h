/* SPDX-License-Identifier: Apache-2.0 */
/* What --json prints, whatever the verb. */
#ifndef CLI_ANSWER_H
#define CLI_ANSWER_H

#include "caisson.h"

#include <jansson.h>

/* {"ok": false, "code": ..., "message": ...}; NULL: no memory. */
json_t *answer_error(const struct caisson_error *err);

/* Takes o, one line to standard output; the status, or that of a failure. */
int answer_print(const char *verb, json_t *o, int status);

#endif
