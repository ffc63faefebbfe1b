/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A program that does nothing but exist: no libc, a few pages, so that ten
 * thousand of them are no burden.
 */
#include "base/sys.h"

#include <linux/poll.h>

void _start(void) __attribute__((noreturn));

/* ppoll of nothing, without a time: every architecture has it. */
void
_start(void)
{
	for (;;)
		(void)sys5(SYS_ppoll, 0, 0, 0, 0, 0);
}
