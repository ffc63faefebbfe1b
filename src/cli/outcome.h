/* SPDX-License-Identifier: Apache-2.0 */
/* How a program ended, as an exit status and as a sentence. */
#ifndef CLI_OUTCOME_H
#define CLI_OUTCOME_H

#include "cli/facts.h"
#include "cli/request.h"
#include "cli/sweep.h"

int outcome_status(const struct caisson_exit *exit);

/* On standard error; nothing for an ordinary end.  An error is always said. */
void outcome_say(const struct request *r, const struct facts *facts,
		 const struct caisson_exit *exit);

/* What of the program's tree is left, if anything is. */
void
outcome_say_sweep(const struct request *r, const struct sweep_result *swept);

#endif
