/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The steps of the child that are not here: who needs them needs no more
 * authority than its own.  A plan that asks for one is not carried out.
 */
#include "run/child_steps.h"

#include <errno.h>

static long
absent(bool asked)
{
	return asked ? -EOPNOTSUPP : 0;
}

/* The loop keeps it. */
STEP(deadline)
{
	return absent(plan->deadline_ms > 0);
}

STEP(unshare_fds)
{
	return absent(plan->engine == CAISSON_ENGINE_VFORK);
}

STEP(timers)
{
	return absent(plan->engine == CAISSON_ENGINE_REPLACE);
}

STEP(ptrace)
{
	return absent(plan->ptrace);
}

STEP(reporting)
{
	return absent(plan->denials);
}

STEP(reported)
{
	return absent(plan->denials);
}
