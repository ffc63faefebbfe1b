/* SPDX-License-Identifier: Apache-2.0 */
/* Looking at the state of this process, in lines that a launcher reads. */
#include "inheritor.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void
look_at_bytes(const char *name, const void *data, size_t len)
{
	const unsigned char *p = data;
	uint64_t hash = 0xcbf29ce484222325u;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ p[i]) * 0x100000001b3u;
	printf("%s %zu %016llx\n", name, len, (unsigned long long)hash);
}

void
look_at_fds(void)
{
	DIR *directory = opendir("/proc/self/fd");
	struct dirent *entry;
	bool open[1024] = { false };

	if (directory == NULL)
		exit(3);
	while ((entry = readdir(directory)) != NULL) {
		int fd = atoi(entry->d_name);

		if (entry->d_name[0] != '.' && fd != dirfd(directory) &&
		    fd < 1024)
			open[fd] = true;
	}
	(void)closedir(directory);
	printf("fds");
	for (int i = 0; i < 1024; i++)
		if (open[i])
			printf(" %d", i);
	printf("\n");
}

void
look_at_fd(int fd)
{
	int flags = fcntl(fd, F_GETFD);

	printf("fd %d %s\n", fd,
	       flags < 0                   ? "closed"
	       : (flags & FD_CLOEXEC) != 0 ? "cloexec"
					   : "open");
}

void
look_at_env(void)
{
	static const char *const names[] = { "CAISSON_EXEC_VERSION",
					     "V23_EXEC_VERSION",
					     "VEYRON_EXEC_VERSION",
					     "CAISSON_EXEC_FDS" };
	bool some = false;

	printf("env");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (getenv(names[i]) != NULL) {
			printf(" %s", names[i]);
			some = true;
		}
	printf("%s\n", some ? "" : " none");
}

bool
look_at_mapping(const void *address)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	char line[512];
	bool found = false;

	if (maps == NULL)
		exit(3);
	while (fgets(line, sizeof(line), maps) != NULL) {
		unsigned long start, end;

		if (sscanf(line, "%lx-%lx", &start, &end) == 2)
			found |= (unsigned long)address >= start &&
				 (unsigned long)address < end;
	}
	(void)fclose(maps);
	return found;
}

void
look_at_sigpipe(void)
{
	sigset_t pending, blocked;

	(void)sigpending(&pending);
	(void)sigprocmask(SIG_BLOCK, NULL, &blocked);
	printf("pending %s, blocked %s\n",
	       sigismember(&pending, SIGPIPE) ? "yes" : "no",
	       sigismember(&blocked, SIGPIPE) ? "yes" : "no");
}
