/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a frozen spec to JSON values.  Everything here returns a new reference,
 * or NULL when memory is out: what is not UTF-8 has been refused before.
 */
#ifndef SPEC_PRINT_H
#define SPEC_PRINT_H

#include "spec/spec.h"

#include <jansson.h>

/* CAISSON_E_SPEC for a string that JSON cannot hold. */
CAISSON_CHECK int
print_check(const struct caisson_spec *spec, struct caisson_error *err);

json_t *print_strings(const struct spec_strings *list);
json_t *
print_map(const struct spec_strings *keys, const struct spec_strings *values);
json_t *print_stdio(const struct caisson_spec *spec);
json_t *print_extra_fds(const struct caisson_spec *spec);
json_t *print_process(const struct spec_process *process);
json_t *print_rlimits(const struct caisson_spec *spec);
json_t *print_handshake(const struct spec_handshake *handshake);

#endif
