/* SPDX-License-Identifier: Apache-2.0 */
/* Refused calls: an event for each, and one line for people at the end. */
#ifndef CLI_DENIED_H
#define CLI_DENIED_H

#include "caisson.h"
#include "caisson_policy.h"
#include "cli/events.h"

struct denied {
	struct caisson_denial *v; /* heap; each as it was told last */
	size_t n;
};

/* Whatever there is to tell; after the end, all that is left. */
void
denied_take(struct denied *d, struct caisson_child *child, struct events *ev);
void denied_done(struct denied *d);

/* "3 calls refused: mount x2, ptrace x1; allow with ..."; nothing for none. */
void denied_say(const struct denied *d, const char *verb);

/* The name of a call, or "call 1234"; "EPERM", "kill-process". */
const char *denied_call(uint32_t arch, uint32_t nr, char out[32]);
const char *denied_action(uint32_t action, char out[32]);
const char *denied_arch(uint32_t arch, uint32_t nr, char out[32]);

#endif
