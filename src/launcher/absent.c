/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The steps of the child that are not here: who needs them needs no more
 * authority than its own.  A plan that asks for one is not carried out.
 */
#include "run/child_steps.h"

#include <errno.h>

#define ABSENT(name, asked)                       \
	STEP(name)                                \
	{                                         \
		return (asked) ? -EOPNOTSUPP : 0; \
	}

/* the loop keeps it */
ABSENT(deadline, plan->deadline_ms > 0)
ABSENT(unshare_fds, plan->engine == CAISSON_ENGINE_VFORK)
ABSENT(identify, !plan->pin)
ABSENT(timers, plan->engine == CAISSON_ENGINE_REPLACE)
ABSENT(ptrace, plan->ptrace)
ABSENT(reporting, plan->denials)
ABSENT(reported, plan->denials)
