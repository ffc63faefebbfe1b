/* SPDX-License-Identifier: Apache-2.0 */
/*
 * socketcall(2) and ipc(2), by which 32-bit x86 and some other architectures
 * carry out socket(2), semget(2) and their kind: a rule for one of those is
 * one for the call that stands for it, too.
 */
#ifndef IMPORT_MUX_H
#define IMPORT_MUX_H

#include "policy/import/rules.h"

struct notes;

/*
 * Rules for socketcall and ipc as libseccomp makes them, unless there is one
 * without conditions already.  file and notes get what could not be carried
 * over: the arguments are in memory, where no filter sees them.  -1: no
 * memory.
 */
int mux_add(struct rules *rules, const char *file, struct notes *notes);

#endif
