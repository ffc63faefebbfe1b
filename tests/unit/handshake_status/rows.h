/* SPDX-License-Identifier: Apache-2.0 */
/* What can happen to a program that is starting, and what must come of it. */
#ifndef HANDSHAKE_STATUS_ROWS_H
#define HANDSHAKE_STATUS_ROWS_H

#include "reference.h"

#define STEPS    6
#define DEADLINE 5000u

#define F(text)                                   \
	{                                         \
		FEED, (text), sizeof(text) - 1, 0 \
	}
#define DRAIN                       \
	{                           \
		DRAINED, NULL, 0, 0 \
	}
#define CLOSE(t)                     \
	{                            \
		CLOSED, NULL, 0, (t) \
	}
#define DEATH                    \
	{                        \
		DIED, NULL, 0, 0 \
	}
#define AT(t)                      \
	{                          \
		TICK, NULL, 0, (t) \
	}

#define NONE    UINT64_MAX
#define WAITING CAISSON_START_WAITING
#define READY   CAISSON_START_READY
#define FAILED  CAISSON_START_FAILED
#define DEAD    CAISSON_START_DIED
#define LATE    CAISSON_START_TIMED_OUT
#define GARBLED CAISSON_START_GARBLED

enum who {
	ALL,
	TERMINATED,
	VEYRON
};

struct row {
	const char *what;
	enum who who;
	uint32_t state;
	uint64_t pid; /* UINT64_MAX: none */
	size_t n;
	struct event events[STEPS];
};

extern const struct row rows[];
extern const size_t n_rows;

#endif
