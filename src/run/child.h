/* SPDX-License-Identifier: Apache-2.0 */
/* The child: the steps between clone and exec, in one table. */
#ifndef RUN_CHILD_H
#define RUN_CHILD_H

#include "plan/plan.h"

/*
 * Run the steps whose stage is in first..last.  0, or -1 with *out filled.
 * Used by caisson_exec, which puts libcap-ng's calls between them.
 */
int child_steps(const struct plan *plan, uint32_t first, uint32_t last,
		struct report *out);

/*
 * A clone's whole life: all steps, then exec; on failure one report and
 * _exit.  plan is a const struct plan *.  Never returns.
 */
int child_main(void *plan);

#endif
