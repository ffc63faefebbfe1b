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

#endif
