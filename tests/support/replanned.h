/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What only the setuid launcher asks of the child, asked of any launch by
 * fork: linked with this, the plan says so as well.
 */
#ifndef SUPPORT_REPLANNED_H
#define SUPPORT_REPLANNED_H

#include "plan/plan.h"

extern struct replanned {
	bool pin, scripts;
	const char *path; /* NULL: as it was */
	const struct profile *floors;
	size_t n_floors;
	void (*before)(void); /* in the child, at first; NULL: nothing */
} replanned;

#endif
