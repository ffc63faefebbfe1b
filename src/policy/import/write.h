/* SPDX-License-Identifier: Apache-2.0 */
/* Rules as policy text. */
#ifndef IMPORT_WRITE_H
#define IMPORT_WRITE_H

#include "policy/import/rules.h"

/* "@arch ...", "@default ...": what stands before the rules. */
void write_head(const struct rules *rules, struct buffer *out);

/* Does libseccomp look at the lower halves of its registers only? */
bool write_is_narrow(const struct calls_arch *arch);
/*
 * Is there a number of 32 bits that is this one?  If not, a comparison of 32
 * bits with it never holds, or always does.
 */
bool write_fits(uint64_t value);

/*
 * One statement for each name (two where architectures differ in more than
 * whether they have it), each block of them below where it is from.
 */
void write_rules(const struct rules *rules, struct buffer *out);

#endif
