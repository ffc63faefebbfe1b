/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Telling others which process the program is: --pid-pipe and --pidfd-socket,
 * the forms that older systems expect.
 */
#ifndef CLI_ANNOUNCE_H
#define CLI_ANNOUNCE_H

#include "cli/request.h"

struct announce {
	int pid_pipe; /* -1: nobody */
	int pidfd_socket; /* connected; -1: nobody */
};

#define ANNOUNCE_NONE  \
	{              \
		-1, -1 \
	}

/* Before the launch: connects.  Done in any case. */
CAISSON_CHECK int announce_open(struct announce *a, const struct request *r,
				struct caisson_error *err);
void announce_done(struct announce *a);

/* The program runs, and is ready.  Never waits long. */
CAISSON_CHECK int announce_send(struct announce *a,
				const struct caisson_child *child,
				struct caisson_error *err);

#endif
