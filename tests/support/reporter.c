/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The program that tests launch: "reporter state FD" writes what the kernel
 * says about it to a descriptor, everything else is an act.  Linked
 * statically, so that it runs in an empty root directory and nothing of its
 * start depends on the environment.
 */
#include "acts.h"
#include "procstate.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int
report(int fd, char **argv)
{
	char *text = NULL;
	size_t len = 0, done = 0;
	FILE *out = open_memstream(&text, &len);

	if (out == NULL)
		return 1;
	procstate_write(out, argv);
	if (fclose(out) != 0)
		return 1;
	while (done < len) {
		ssize_t n = write(fd, text + done, len - done);

		if (n <= 0)
			return 1;
		done += (size_t)n;
	}
	free(text);
	return 0;
}

int
main(int argc, char **argv)
{
	if (argc < 2)
		return ACT_MISUSED;
	if (strcmp(argv[1], "state") == 0 && argc > 2)
		return report((int)strtol(argv[2], NULL, 10), argv);
	return acts_run(argv + 1);
}
