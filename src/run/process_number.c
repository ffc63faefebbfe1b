/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which number a process has in its own pid namespace.  The kernel tells it of
 * a pidfd that we hold, so it cannot be the number of another process.
 */
#include "run/process.h"

#include "run/process_text.h"

#include <string.h>

#define LINE "\nNSpid:"

/* The last of the line's numbers; a dead process has -1. */
static uint64_t
last_number(const char *p)
{
	uint64_t value = 0;

	for (; *p != '\0' && *p != '\n'; p++) {
		if (*p == '\t' || *p == ' ')
			value = 0;
		else if (*p >= '0' && *p <= '9' && value < UINT32_MAX)
			value = value * 10 + (uint64_t)(*p - '0');
		else
			return 0;
	}
	return value;
}

uint64_t
process_inner_number(int pidfd)
{
	char text[PROCESS_TEXT];
	const char *line;

	if (process_read_fdinfo(pidfd, text) < 0)
		return 0;
	line = strstr(text, LINE);
	return line != NULL ? last_number(line + sizeof(LINE) - 1) : 0;
}
