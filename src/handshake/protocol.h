/* SPDX-License-Identifier: Apache-2.0 */
/* The three protocols, as a table. */
#ifndef HANDSHAKE_PROTOCOL_H
#define HANDSHAKE_PROTOCOL_H

#include "caisson_handshake.h"

#define PROTOCOL_DATA_FD   3
#define PROTOCOL_STATUS_FD 4
#define PROTOCOL_EXTRA_FD  5 /* the first extra one of the older protocols */

/*
 * "DATA:STATUS" in decimal, where "caisson" uses others than 3 and 4; absent
 * otherwise.
 */
#define PROTOCOL_FDS_VARIABLE "CAISSON_EXEC_FDS"

struct protocol {
	const char *name;
	const char *variable, *version; /* VARIABLE=VERSION */
	uint8_t vom; /* configuration: 0 bytes, 0x80 and 0x81 a VOM map */
	bool has_pid; /* the ready status carries it */
	bool is_terminated; /* by 0xFF; otherwise a single write is all */
};

/* In the order of the documentation; ends with a NULL name. */
extern const struct protocol protocols[];

/* NULL: unknown. */
const struct protocol *protocol_find(const char *name);

/* Is it a variable that one of them owns? */
bool protocol_owns_variable(const char *name);

#endif
