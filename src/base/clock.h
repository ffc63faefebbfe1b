/* SPDX-License-Identifier: Apache-2.0 */
/* The two clocks in the two units that caisson uses. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

/* CLOCK_MONOTONIC: for deadlines. */
static inline uint64_t
clock_mono_ms(void)
{
	struct timespec t = { 0, 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000u + (uint64_t)t.tv_nsec / 1000000u;
}

/* CLOCK_REALTIME: for records. */
static inline int64_t
clock_real_ns(void)
{
	struct timespec t = { 0, 0 };

	(void)clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000000000 + (int64_t)t.tv_nsec;
}

#endif
