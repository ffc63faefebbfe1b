/* SPDX-License-Identifier: Apache-2.0 */
/* Which engine a launch takes: the library decides, this asks and names. */
#include "cli/engine.h"

const char *
engine_name(uint32_t engine)
{
	static const char *const names[] = { "auto", "vfork", "fork", "replace",
					     "launcher" };

	return engine < sizeof(names) / sizeof(names[0]) ? names[engine]
							 : "unknown";
}

int
engine_choose(const struct caisson_spec *spec,
	      struct caisson_launch_options *options, struct caisson_error *err)
{
	uint32_t engine = CAISSON_ENGINE_AUTO;
	int code = caisson_check(spec, options, &engine, err);

	if (code == 0)
		options->engine = engine;
	return code;
}
