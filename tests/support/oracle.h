/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The state oracle: what a launched program must be like if its spec says
 * nothing else, in every respect that the kernel lets a program see.
 */
#ifndef SUPPORT_ORACLE_H
#define SUPPORT_ORACLE_H

#include "launching.h"

/*
 * Compare the whole state with the documented defaults and the caller's own
 * state.  except: an object in JSON with ' for " whose members replace the
 * expected ones (null: not compared; "$pid": the program's pid; for "rlimits"
 * an object of numbers -> [soft,hard] that replaces only those), or NULL.  Frees l's state.
 */
void oracle_check(struct launched *l, const char *except);

/* The same without failing: how many members differ.  Frees nothing. */
int oracle_differences(const struct launched *l, const char *except);

/* The descriptors of a state as text: "0:character 1:pipe 7:file". */
const char *oracle_fds(const json_t *state);

/*
 * securebits of a program without capabilities whose launcher had CAP_SETPCAP:
 * no root magic, no ambient raise, no keepcaps, no change of the set-uid
 * rules, all locked.
 */
#define ORACLE_SECUREBITS 235
/* The same for a program with capabilities: ambient ones must be possible. */
#define ORACLE_SECUREBITS_CAPS 11

#endif
