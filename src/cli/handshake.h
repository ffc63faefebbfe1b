/* SPDX-License-Identifier: Apache-2.0 */
/* What the command line adds to a start-up handshake: files and descriptors. */
#ifndef CLI_HANDSHAKE_H
#define CLI_HANDSHAKE_H

#include "caisson_handshake.h"
#include "cli/facts.h"
#include "cli/request.h"

/* Before anything is read: standard input can be read once. */
CAISSON_CHECK int
handshake_check_stdin(const struct request *r, struct caisson_error *err);

/*
 * Before the spec is frozen: the contents of --config into it.  An option that
 * means nothing without a handshake is an error where there is none.
 */
CAISSON_CHECK int handshake_fill(struct request *r, struct caisson_error *err);

/*
 * Before anything is started: the secret of --secret-fd, which is closed
 * unless the program inherits it.  *out = NULL: there is none.
 */
CAISSON_CHECK int
handshake_read_secret(const struct request *r, const struct facts *facts,
		      struct caisson_secret **out, struct caisson_error *err);

#endif
