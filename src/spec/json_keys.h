/* SPDX-License-Identifier: Apache-2.0 */
/* Keys that are not known. */
#ifndef SPEC_JSON_KEYS_H
#define SPEC_JSON_KEYS_H

#include "spec/json_node.h"

/* CAISSON_E_SPEC: says which keys there are, and which one was meant. */
CAISSON_CHECK int json_keys_refuse(const struct json_node *node,
				   const struct json_field *fields,
				   struct caisson_error *err);

#endif
