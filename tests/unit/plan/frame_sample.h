/* SPDX-License-Identifier: Apache-2.0 */
/* One right frame of each type, and decoding where nothing else is near. */
#ifndef PLAN_FRAME_SAMPLE_H
#define PLAN_FRAME_SAMPLE_H

#include "plan/frame.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ROOM (FRAME_SIZE_MAX + 8)

static uint8_t data[ROOM];
static const uint8_t text[] = "ABCDEFGH";

/* One right frame of each type. */
static const struct frame usual[FRAME_TYPES] = {
	[FRAME_HELLO] = { .type = FRAME_HELLO, .hello = { 1, 3, 1 } },
	[FRAME_LAUNCH] = { .type = FRAME_LAUNCH,
			   .launch = { 7, 1, 1000, 5000, 0 },
			   .bytes = text,
			   .len = 8,
			   .n_fds = 3 },
	[FRAME_SIGNAL] = { .type = FRAME_SIGNAL,
			   .signal = { 8, 7, FRAME_GROUP, 15 } },
	[FRAME_CLOSE] = { .type = FRAME_CLOSE },
	[FRAME_WELCOME] = { .type = FRAME_WELCOME,
			    .welcome = { 1, 2, 3, 4, 5 } },
	[FRAME_ACCEPTED] = { .type = FRAME_ACCEPTED,
			     .accepted = { 7, 12 },
			     .bytes = text,
			     .len = 3 },
	[FRAME_DENIED] = { .type = FRAME_DENIED,
			   .denied = { 7, 12, 3, 4, 5, 6 },
			   .bytes = text,
			   .len = 3 },
	[FRAME_STARTED] = { .type = FRAME_STARTED,
			    .started = { 7, 100, 100, 99, 20, 022, 0 },
			    .n_fds = 1 },
	[FRAME_FAILED] = { .type = FRAME_FAILED,
			   .failed = { 7, 6, 41, 1, 1001 } },
	[FRAME_EXITED] = { .type = FRAME_EXITED,
			   .exited = { 7, 2, 9, 1, 0, 1, 10, 20, 30, 40, 50 } },
	[FRAME_REFUSED] = { .type = FRAME_REFUSED, .refused = { 1, 99 } },
};

static const size_t numbers_of[FRAME_TYPES] = { 0, 3, 5, 4, 0,  5,
						2, 6, 7, 5, 11, 2 };

static inline bool
is_answer(uint32_t type)
{
	return type >= FRAME_WELCOME;
}

static inline bool
has_bytes(uint32_t type)
{
	return type == FRAME_LAUNCH || type == FRAME_ACCEPTED ||
	       type == FRAME_DENIED;
}

/* In a block of its own, so that no byte beside it can be looked at. */
static inline enum frame_fault
decode(size_t len, size_t n_fds, bool answers, struct frame *out)
{
	uint8_t *copy = malloc(len + 1);
	enum frame_fault fault;

	assert_non_null(copy);
	memcpy(copy, data, len);
	fault = frame_decode(copy, len, n_fds, answers, out);
	if (fault == FRAME_FINE && out->bytes != NULL)
		out->bytes = data + (out->bytes - copy);
	free(copy);
	return fault;
}

static inline enum frame_fault
fault_of(size_t len, size_t n_fds, uint32_t type)
{
	struct frame out;

	return decode(len, n_fds, is_answer(type), &out);
}

static inline void
assert_same(const struct frame *a, const struct frame *b)
{
	assert_int_equal(a->type, b->type);
	assert_memory_equal(a->number, b->number, sizeof(a->number));
	assert_int_equal(a->len, b->len);
	assert_int_equal(a->n_fds, b->n_fds);
	if (a->len > 0)
		assert_memory_equal(a->bytes, b->bytes, a->len);
}

#endif
