/* SPDX-License-Identifier: Apache-2.0 */
/* Rules as policy text. */
#ifndef IMPORT_WRITE_H
#define IMPORT_WRITE_H

#include "policy/import/rules.h"

/* "@arch ...", "@default ...": what stands before the rules. */
void write_head(const struct rules *rules, struct buffer *out);

/*
 * One statement for each name (two where architectures differ in more than
 * whether they have it), each block of them below where it is from.
 */
void write_rules(const struct rules *rules, struct buffer *out);

#endif
