/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What /proc says of a process.  A text is worth something only while a pidfd
 * shows that the number is still this process's: that is for the callers.
 */
#include "run/process_text.h"

#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int
process_read_text(const char *path, char text[PROCESS_TEXT])
{
	FD_OWNED fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = read(fd, text, PROCESS_TEXT - 1);
	if (n < 0)
		return -errno;
	text[n] = '\0';
	return 0;
}

int
process_read_stat(int32_t pid, char text[PROCESS_TEXT])
{
	char path[32];

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	return process_read_text(path, text);
}

int
process_own_oom_score(int *out)
{
	char text[PROCESS_TEXT] = "";
	int r = process_read_text("/proc/self/oom_score_adj", text), score = 0;
	const char *p = text;

	if (r < 0)
		return r;
	if (*p == '-')
		p++;
	for (; *p >= '0' && *p <= '9' && score <= 1000; p++)
		score = score * 10 + (*p - '0');
	*out = text[0] == '-' ? -score : score;
	return 0;
}

int
process_read_fdinfo(int fd, char text[PROCESS_TEXT])
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/thread-self/fdinfo/%d", fd);
	return process_read_text(path, text);
}

/* The second may contain anything, and ends with the last parenthesis. */
const char *
process_stat_field(const char *text, int field)
{
	const char *p = strrchr(text, ')');

	for (int i = 2; p != NULL && i < field; i++)
		p = strchr(p + 1, ' ');
	return p != NULL ? p + 1 : NULL;
}
