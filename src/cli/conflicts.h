/* SPDX-License-Identifier: Apache-2.0 */
/* What cannot be had together. */
#ifndef CLI_CONFLICTS_H
#define CLI_CONFLICTS_H

#include "cli/facts.h"
#include "cli/request.h"

/* Before anything is started; the error says why. */
CAISSON_CHECK int conflicts_check(const struct request *r,
				  const struct facts *facts,
				  struct caisson_error *err);

/*
 * Before anything of ours is open, which could stand on a number that the
 * caller has not got: is everything open that the program inherits?
 */
CAISSON_CHECK int
conflicts_check_inherited(const struct facts *facts, struct caisson_error *err);

#endif
