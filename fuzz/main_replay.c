/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Drives a fuzz target with files: every argument is a file, or a directory
 * of which every regular file below it is read, but for those named "expect"
 * and "schema-cannot".  Fails when there was nothing to run.
 */
#include "target.h"

#include <ftw.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define DEPTH_MAX 16 /* directories open at a time */

static unsigned long inputs;

static int
run_file(const char *path, size_t size)
{
	uint8_t *data = malloc(size + 1);
	FILE *f = fopen(path, "rb");
	bool ok = data != NULL && f != NULL && fread(data, 1, size, f) == size;

	if (ok) {
		(void)LLVMFuzzerTestOneInput(data, size);
		inputs++;
	} else {
		perror(path);
	}
	if (f != NULL)
		(void)fclose(f);
	free(data);
	return ok ? 0 : -1;
}

static int
visit(const char *path, const struct stat *st, int type, struct FTW *where)
{
	const char *name = path + where->base;

	if (type == FTW_DNR || type == FTW_NS) {
		(void)fprintf(stderr, "%s: cannot be read\n", path);
		return -1;
	}
	if (type != FTW_F || strcmp(name, "expect") == 0 ||
	    strcmp(name, "schema-cannot") == 0)
		return 0;
	return run_file(path, (size_t)st->st_size);
}

int
main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		unsigned long before = inputs;

		if (nftw(argv[i], visit, DEPTH_MAX, FTW_PHYS) != 0)
			return 1;
		if (inputs == before) {
			(void)fprintf(stderr, "%s: no inputs\n", argv[i]);
			return 1;
		}
	}
	(void)printf("%lu inputs\n", inputs);
	return inputs > 0 ? 0 : 1;
}
