/* SPDX-License-Identifier: Apache-2.0 */
/* Groups of system calls in place of their names. */
#ifndef IMPORT_GROUPS_H
#define IMPORT_GROUPS_H

#include "policy/import/rules.h"

/*
 * One line for each group all of whose calls have one and the same action and
 * nothing else; their rules are cleared.  -1: no memory.
 */
int groups_write(struct rules *rules, struct buffer *out);

#endif
