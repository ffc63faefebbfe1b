/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which number a process has in its own pid namespace.  The kernel tells it of
 * a pidfd that we hold, so it cannot be the number of another process.
 */
#include "run/process.h"

#include "base/fd.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

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

/* thread-self: a thread can have descriptors of its own. */
uint64_t
process_inner_number(int pidfd)
{
	char path[64], text[2048];
	const char *line;
	ssize_t n;
	FD_OWNED fd = -1;

	(void)snprintf(path, sizeof(path), "/proc/thread-self/fdinfo/%d",
		       pidfd);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (n <= 0)
		return 0;
	text[n] = '\0';
	line = strstr(text, LINE);
	return line != NULL ? last_number(line + sizeof(LINE) - 1) : 0;
}
