/* SPDX-License-Identifier: Apache-2.0 */
/* A program from its launch until its end, or until it is let go. */
#ifndef CLI_ATTEND_H
#define CLI_ATTEND_H

#include "cli/events.h"
#include "cli/facts.h"
#include "cli/request.h"

/*
 * The exit status.  Negative, with err: nothing was started, and nothing has
 * been said yet.
 */
CAISSON_CHECK int attend(const struct request *r, const struct facts *facts,
			 struct events *ev, struct caisson_error *err);

#endif
