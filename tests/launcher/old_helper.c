/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A setuid helper as they once were: it does what it is told, by whoever.  The
 * attacks on the launcher are tried on it too, and must succeed; it is never
 * installed, and lives as long as a test.
 *
 *	[--dryrun] [--minuid N] --uid N --run PROGRAM ARGUMENT...
 *	--uid N --chown DIRECTORY
 *	--rm PATH
 *	--kill PID
 */
#include <ftw.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static uid_t to = 65534;

static int
give(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return chown(path, to, to) < 0;
}

static int
run(char **argv, bool dry, unsigned long least)
{
	dry = dry || getenv("V23_SUIDHELPER_TEST") != NULL;
	if (to < least)
		return 1;
	/* who asks for the own identity has it already, it was thought */
	if (!dry && to != getuid() &&
	    (setregid(to, to) < 0 || setreuid(to, to) < 0))
		return 1;
	(void)execv(argv[0], argv);
	return 1;
}

int
main(int argc, char **argv)
{
	unsigned long least = 501;
	bool dry = false;

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--dryrun") == 0)
			dry = true;
		else if (i + 1 == argc)
			return 2;
		else if (strcmp(argv[i], "--run") == 0)
			return run(argv + i + 1, dry, least);
		else if (strcmp(argv[i], "--minuid") == 0)
			least = strtoul(argv[++i], NULL, 10);
		else if (strcmp(argv[i], "--uid") == 0)
			to = (uid_t)strtoul(argv[++i], NULL, 10);
		else if (strcmp(argv[i], "--chown") == 0)
			return nftw(argv[i + 1], give, 8, 0);
		else if (strcmp(argv[i], "--rm") == 0)
			return unlink(argv[i + 1]) < 0;
		else if (strcmp(argv[i], "--kill") == 0)
			return kill((pid_t)strtol(argv[i + 1], NULL, 10),
				    SIGKILL) < 0;
	}
	return 2;
}
