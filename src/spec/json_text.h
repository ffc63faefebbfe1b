/* SPDX-License-Identifier: Apache-2.0 */
/* Text to JSON values. */
#ifndef SPEC_JSON_TEXT_H
#define SPEC_JSON_TEXT_H

#include "caisson.h"

#include <jansson.h>

/*
 * out = the values of text; json_decref() it.  CAISSON_E_SYNTAX with line and
 * column for whatever is not strict JSON of at most 1 MiB and 16 levels.
 */
CAISSON_CHECK int json_text_parse(const char *text, size_t len, json_t **out,
				  struct caisson_error *err);

#endif
