/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzz target: a frame, after one byte that says who hears it (its lowest bit
 * is 1: the library) and how many descriptors came with it.  The promises that
 * are kept for every input: a fault has a number, and leaves what was there;
 * what is decoded lies in the input, is for that side alone, and encodes to
 * the same bytes and to no fewer.
 */
#include "target.h"

#include "plan/frame.h"

#include <stdbool.h>
#include <string.h>

static void
check_frame(const struct frame *f, const uint8_t *data, size_t size)
{
	static uint8_t again[FRAME_SIZE_MAX];

	PROMISE(size <= FRAME_SIZE_MAX);
	PROMISE(f->len == 0 ||
		(f->bytes > data && f->bytes + f->len == data + size));
	PROMISE(frame_encode(f, again, sizeof(again)) == size);
	PROMISE(memcmp(again, data, size) == 0);
	PROMISE(frame_encode(f, again, size) == size);
	PROMISE(frame_encode(f, again, size - 1) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct frame f, before;
	enum frame_fault fault;
	uint8_t *copy;
	size_t n_fds;
	bool answers;

	if (size == 0)
		return 0;
	answers = (data[0] & 1) == 1;
	n_fds = data[0] >> 1;
	size--;
	copy = malloc(size + 1);
	PROMISE(copy != NULL);
	memcpy(copy, data + 1, size);
	memset(&f, 0x5a, sizeof(f));
	before = f;
	fault = frame_decode(copy, size, n_fds, answers, &f);
	if (fault == FRAME_FINE) {
		PROMISE((f.type >= FRAME_WELCOME) == answers);
		PROMISE(f.n_fds == n_fds);
		check_frame(&f, copy, size);
		PROMISE(frame_decode(copy, size, n_fds, !answers, &before) ==
			FRAME_BAD_TYPE);
	} else {
		PROMISE(fault < FRAME_FAULTS);
		PROMISE(memcmp(&f, &before, sizeof(f)) == 0);
	}
	free(copy);
	return 0;
}
