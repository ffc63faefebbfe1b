/* SPDX-License-Identifier: Apache-2.0 */
/* The protocols of the start-up handshake.  A table, nothing else. */
#include "handshake/protocol.h"

#include "handshake/vom.h"

#include <string.h>

const struct protocol protocols[] = {
	{ .name = "caisson",
	  .variable = "CAISSON_EXEC_VERSION",
	  .version = "1",
	  .has_pid = true,
	  .is_terminated = true },
	{ .name = "v23",
	  .variable = "V23_EXEC_VERSION",
	  .version = "1.0.0",
	  .vom = VOM_81,
	  .has_pid = true,
	  .is_terminated = true },
	{ .name = "veyron",
	  .variable = "VEYRON_EXEC_VERSION",
	  .version = "1.0.0",
	  .vom = VOM_80 },
	{ .name = NULL },
};

const struct protocol *
protocol_find(const char *name)
{
	for (const struct protocol *p = protocols; p->name != NULL; p++)
		if (strcmp(p->name, name) == 0)
			return p;
	return NULL;
}

bool
protocol_owns_variable(const char *name)
{
	for (const struct protocol *p = protocols; p->name != NULL; p++)
		if (strcmp(p->variable, name) == 0)
			return true;
	return strcmp(name, PROTOCOL_FDS_VARIABLE) == 0;
}
