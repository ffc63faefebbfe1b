/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Directories of cases: each case is a directory with its input, and with a
 * file "expect" that says, byte for byte, what becomes of it.
 */
#ifndef SUPPORT_CASES_H
#define SUPPORT_CASES_H

#include <stddef.h>

#define CASES_PATH_SIZE 4096

struct cases {
	const char *group; /* what the tests are called together */
	int least; /* fewer: the wrong directory */
	char *(*outcome_of)(const char *name); /* heap */
};

/*
 * The main function of a test.  DIRECTORY: a test for each case in it, in the
 * order of their names.  DIRECTORY NAME: prints the outcome of that one.
 */
int cases_main(const struct cases *cases, int argc, char **argv);

/* Where a file of a case is. */
void cases_path(const char *name, const char *file, char out[CASES_PATH_SIZE]);
/* All of it, heap, with a NUL behind it; NULL: it cannot be read. */
char *cases_read(const char *name, const char *file, size_t *len);

#endif
