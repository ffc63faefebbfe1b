/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The setuid launcher.  Theory of operation: somebody without privilege, the
 * agent, starts it with a socket as descriptor 3 and nothing else that counts;
 * everything else that it was born with is its enemy's choice, and is set
 * right (start.c) before a byte is read.  Then it reads requests from
 * the socket (loop.c).  For each that root's grants permit (request.c) it
 * makes a child, which takes on the target's identity and confinement by the
 * steps of run/child.c and becomes the program; it tells the agent what
 * becomes of it, and kills what is left of it when it has ended, when its time
 * is over or when the agent is gone (child.c).  The launcher itself never
 * executes anything and never gets out of root.
 *
 * It has no arguments, no environment, no configuration but the grants, and
 * says nothing but through the socket: to descriptors 0 to 2 it does not
 * write, whatever they are.
 */
#include "launcher/launcher.h"

#include <unistd.h>

struct launcher launcher;

int
main(int argc, char *argv[])
{
	static char *nothing[] = { NULL };
	int status = START_EXIT + START_ARGUMENTS;

	(void)argv; /* also its first, which the caller chose */
	environ = nothing;
	if (argc <= 1)
		status = start();
	if (status == 0) {
		audit_open(&launcher);
		status = loop_run(&launcher);
	}
	for (;;)
		(void)sys1(SYS_exit_group, status);
}
