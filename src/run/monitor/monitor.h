/* SPDX-License-Identifier: Apache-2.0 */
/* What a child handle tells the monitor that has it. */
#ifndef RUN_MONITOR_MONITOR_H
#define RUN_MONITOR_MONITOR_H

#include "caisson_monitor.h"

/*
 * Something was decided about it elsewhere: when its next action is due, or how
 * its handshake went.  No lock is held.  Nothing, if no monitor has it.
 */
void monitor_child_changed(struct caisson_child *child);

/*
 * It is being freed.  Afterwards no thread of the monitor looks at it, and no
 * event of it is left.  From its own callback too.
 */
void monitor_forget_child(struct caisson_child *child);

#endif
