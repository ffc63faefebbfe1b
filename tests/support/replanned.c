/* SPDX-License-Identifier: Apache-2.0 */
/* The child's main, wrapped by the linker: runs where it runs, as a copy. */
#include "replanned.h"

struct replanned replanned;

int __real_child_main(void *plan);
int __wrap_child_main(void *plan);

int
__wrap_child_main(void *arg)
{
	struct plan plan = *(const struct plan *)arg;
	int program = -1;

	plan.pin = replanned.pin;
	plan.scripts = replanned.scripts;
	plan.program = &program;
	plan.floors = replanned.floors;
	plan.n_floors = replanned.n_floors;
	if (replanned.path != NULL)
		plan.path = replanned.path;
	if (replanned.before != NULL)
		replanned.before();
	return __real_child_main(&plan);
}
