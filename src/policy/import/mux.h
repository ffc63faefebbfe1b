/* SPDX-License-Identifier: Apache-2.0 */
/*
 * socketcall(2) and ipc(2), by which 32-bit x86 and some other architectures
 * carry out socket(2), semget(2) and their kind: a rule for one of those is
 * one for the call that stands for it, too.
 */
#ifndef IMPORT_MUX_H
#define IMPORT_MUX_H

#include "policy/import/rules.h"

/* Is it behind one of them on an architecture of the rules? */
bool mux_has(const struct rules *rules, const char *name);
/* The i-th of all that are; NULL: no more. */
const char *mux_name_at(const struct rules *rules, size_t i);

/* Whom remarks go to: a note, and a line of the result's comments. */
struct mux_remarks {
	const char *file;
	struct notes *notes; /* or NULL */
	struct buffer *comments;
};

/*
 * Rules for socketcall and ipc as libseccomp makes them, unless there is one
 * without conditions already.  What could not be carried over is remarked: the
 * arguments are in memory, where no filter sees them.  -1: no memory.
 */
int mux_add(struct rules *rules, const struct mux_remarks *remarks);

#endif
