/* SPDX-License-Identifier: Apache-2.0 */
/* --fd-socket: the caller's ends of the program's pipes, by SCM_RIGHTS. */
#ifndef CLI_FDSOCKET_H
#define CLI_FDSOCKET_H

#include "caisson.h"
#include "cli/facts.h"

/* Is fd a Unix socket?  Makes it close-on-exec. */
CAISSON_CHECK int fdsocket_check(int fd, struct caisson_error *err);

/*
 * Send the ends that facts lists in one message whose payload is one line,
 * {"fds":[3,5]}, in the same order; then they and fd are closed here.
 */
CAISSON_CHECK int fdsocket_send(int fd, const struct facts *facts,
				struct caisson_child *child,
				struct caisson_error *err);

#endif
