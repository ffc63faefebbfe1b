/* SPDX-License-Identifier: Apache-2.0 */
/* How a program is started. */
#ifndef CLI_ENGINE_H
#define CLI_ENGINE_H

#include "caisson.h"

/* "fork"; static. */
const char *engine_name(uint32_t engine);

/*
 * options->engine = the one that a launch with them would choose.  Nothing is
 * created; detach may not be among them, as it would be a choice.
 */
CAISSON_CHECK int engine_choose(const struct caisson_spec *spec,
				struct caisson_launch_options *options,
				struct caisson_error *err);

#endif
