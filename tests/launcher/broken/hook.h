/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Included before anything else into every file of the launcher in the broken
 * build: steps and system calls ask broken.c.
 */
#ifndef BROKEN_HOOK_H
#define BROKEN_HOOK_H

#include "broken.h"

/* the launcher's own have no program */
#define CHILD_STEP_HOOK(plan, stage) \
	((plan)->path != NULL && broken_lists("child", (long)(stage)))
#define START_STEP_HOOK(step) broken_lists("start", (long)(step))

#include "base/compat.h"

#define sys6(nr, a, b, c, d, e, f)                                         \
	broken_call(__FILE__, (nr),                                        \
		    (long[6]){ (long)(a), (long)(b), (long)(c), (long)(d), \
			       (long)(e), (long)(f) })

#endif
