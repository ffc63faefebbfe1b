/* SPDX-License-Identifier: Apache-2.0 */
/* What a child handle tells the monitor that has it. */
#include "run/monitor/monitor.h"

#include "run/handle.h"

void
monitor_child_changed(struct caisson_child *child)
{
	if (atomic_load(&child->monitored) == NULL)
		return;
}

void
monitor_forget_child(struct caisson_child *child)
{
	if (atomic_load(&child->monitored) == NULL)
		return;
}
