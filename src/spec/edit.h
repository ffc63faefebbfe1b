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

/* One more extra descriptor, zeroed; NULL: memory is out. */
struct spec_fd *edit_add_fd(struct caisson_spec *spec);

/* A number that is too large to be right stays too large. */
int64_t edit_clamp(uint64_t value);

#endif
