/* SPDX-License-Identifier: Apache-2.0 */
/* Prints the listing of a profile: golden DIR NAME ARCHITECTURE. */
#include "listing.h"
#include "profile_files.h"

#include <stdio.h>
#include <stdlib.h>

int
main(int argc, char **argv)
{
	const struct calls_arch *arch =
	    argc == 4 ? calls_arch_by_name(argv[3]) : NULL;
	struct profile_file file;
	char *text;

	if (arch == NULL) {
		(void)fputs("usage: golden DIR NAME ARCHITECTURE\n", stderr);
		return 2;
	}
	file = profile_file_open(argv[1], argv[2], arch);
	text = listing_make(argv[2], &file.filter, arch);
	if (text == NULL || fputs(text, stdout) < 0)
		return 1;
	free(text);
	profile_file_close(&file);
	return 0;
}
