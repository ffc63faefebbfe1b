/* SPDX-License-Identifier: Apache-2.0 */
/* oci_load FILTER PROGRAM: loads a filter of plain instructions, and execs. */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>

int
main(int argc, char **argv)
{
	static struct sock_filter insns[4096];
	struct sock_fprog program = { .filter = insns };
	FILE *f = argc == 3 ? fopen(argv[1], "rb") : NULL;

	if (f == NULL)
		return 2;
	program.len = (unsigned short)fread(insns, sizeof(insns[0]), 4096, f);
	(void)fclose(f);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0) {
		perror("oci_load");
		return 1;
	}
	(void)execl(argv[2], argv[2], (char *)NULL);
	perror(argv[2]);
	return 1;
}
