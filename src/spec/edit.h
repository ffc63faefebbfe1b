/* SPDX-License-Identifier: Apache-2.0 */
/* What all setters begin with. */
#ifndef SPEC_EDIT_H
#define SPEC_EDIT_H

#include "spec/spec.h"

/* May a setter change this spec?  Not if it is NULL or frozen. */
CAISSON_CHECK int
edit_begin(const struct caisson_spec *spec, struct caisson_error *err);

/* *field = a copy of text; `what` names it where text is NULL. */
CAISSON_CHECK int edit_text(char **field, const char *text, const char *what,
			    struct caisson_error *err);

/* No filter was set. */
void edit_no_filter(struct caisson_spec *spec);

/* No configuration of the handshake was set. */
void edit_no_config(struct caisson_spec *spec);

/* A map, for now empty, and an entry more of it, with a key that is not there
 * yet: -1 without memory.  Unlike the setter, this looks for none. */
void edit_config_map(struct caisson_spec *spec);
CAISSON_CHECK int
edit_config_push(struct caisson_spec *spec, const char *key, const char *value);

/* One more extra descriptor, zeroed; NULL: memory is out. */
struct spec_fd *edit_add_fd(struct caisson_spec *spec);

/* A number that is too large to be right stays too large. */
int64_t edit_clamp(uint64_t value);

#endif
