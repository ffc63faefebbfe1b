/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dump_filter PID: writes the filters of a process to stdout, the one that was
 * loaded last first: for each the number of instructions in 4 bytes, and the
 * instructions.  77: the kernel cannot tell, or may not tell us.
 */
#include <errno.h>
#include <linux/filter.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/types.h>
#include <sys/wait.h>

#define GET_FILTER 0x420c /* PTRACE_SECCOMP_GET_FILTER */

static long
ask(pid_t pid, long index, void *out)
{
	/* the header's enum has not got it everywhere */
	return ptrace((enum __ptrace_request)GET_FILTER, pid, index, out);
}

static int
dump(pid_t pid)
{
	int n = 0;

	for (;; n++) {
		static struct sock_filter insns[4096];
		long len = ask(pid, n, NULL);
		unsigned count;

		if (len < 0)
			break;
		if (len > 4096 || ask(pid, n, insns) != len)
			return 1;
		count = (unsigned)len;
		if (fwrite(&count, sizeof(count), 1, stdout) != 1 ||
		    fwrite(insns, sizeof(insns[0]), count, stdout) != count)
			return 1;
	}
	if (n == 0) {
		(void)fprintf(stderr, "no filter: %s\n", strerror(errno));
		return errno == EACCES || errno == EIO ? 77 : 1;
	}
	return fflush(stdout) == 0 ? 0 : 1;
}

int
main(int argc, char **argv)
{
	pid_t pid = argc == 2 ? (pid_t)atoi(argv[1]) : -1;
	int r;

	if (pid <= 0)
		return 2;
	if (ptrace(PTRACE_SEIZE, pid, NULL, NULL) < 0 ||
	    ptrace(PTRACE_INTERRUPT, pid, NULL, NULL) < 0 ||
	    waitpid(pid, NULL, __WALL) != pid) {
		(void)fprintf(stderr, "ptrace: %s\n", strerror(errno));
		return 77;
	}
	r = dump(pid);
	(void)ptrace(PTRACE_DETACH, pid, NULL, NULL);
	return r;
}
