/* SPDX-License-Identifier: Apache-2.0 */
/* What the census program writes: one record per open descriptor. */
#ifndef SUPPORT_CENSUS_H
#define SUPPORT_CENSUS_H

#include <stdint.h>

#define CENSUS_MAX 256

struct census_entry {
	int32_t fd;
	int32_t flags; /* F_GETFL */
	uint64_t dev, ino;
};

#endif
