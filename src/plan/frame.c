/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Frames to bytes and back.  One table says what each type has and in which
 * range, and serves both ways: nothing is sent that would not be taken.  Pure
 * arithmetic on memory of the caller's; what the bytes of a frame are is for
 * others to look at.
 */
#include "plan/frame.h"

#include "base/wire.h"

#include <string.h>

/* Kinds of numbers, the least and the most of each. */
#define EACH_KIND(K)                                 \
	K(NONE, 1, 0)                                \
	K(ANY, 0, UINT64_MAX)                        \
	K(MORE, 1, UINT64_MAX) /* than 0 */          \
	K(BOOL, 0, 1)                                \
	K(BYTE, 0, UINT8_MAX)                        \
	K(WORD, 0, UINT32_MAX)                       \
	K(TIME, 0, (uint64_t)1 << 53)                \
	K(WHOM, FRAME_PROCESS, FRAME_DETACHED)       \
	K(SIGNAL, 1, 64)                             \
	K(PID, 1, INT32_MAX)                         \
	K(NICE, 0, 39)                               \
	K(MASK, 0, 0777)                             \
	K(MODE, 0, 2)                                \
	K(HOW, CAISSON_HOW_EXITED, CAISSON_HOW_LOST) \
	K(FAULT, FRAME_BAD_TYPE, FRAME_BAD_FIT)

#define NAME(name, least, most)  name,
#define RANGE(name, least, most) { least, most },

enum kind {
	EACH_KIND(NAME)
};

static const struct {
	uint64_t least, most;
} kinds[] = { EACH_KIND(RANGE) };

/* Without bytes_max there are none, and not even their length. */
static const struct row {
	size_t bytes_max, fds_max;
	uint8_t numbers[FRAME_NUMBERS_MAX + 1]; /* enum kind, to NONE */
} rows[FRAME_TYPES] = {
	[FRAME_HELLO] = { 0, 0, { MORE, MORE, BOOL } },
	[FRAME_LAUNCH] = { FRAME_INLINE_MAX,
			   FRAME_FDS_MAX,
			   { MORE, BOOL, TIME, TIME, BOOL } },
	[FRAME_SIGNAL] = { 0, 1, { MORE, ANY, WHOM, SIGNAL } },
	[FRAME_WELCOME] = { 0, 0, { MORE, MORE, MORE, MORE, MORE } },
	[FRAME_ACCEPTED] = { FRAME_TEXT_MAX, 0, { MORE, ANY } },
	[FRAME_DENIED] = { FRAME_TEXT_MAX,
			   0,
			   { MORE, ANY, BYTE, ANY, ANY, ANY } },
	[FRAME_STARTED] = { 0, 1, { MORE, PID, WORD, WORD, NICE, MASK, MODE } },
	[FRAME_FAILED] = { 0, 0, { MORE, BYTE, BYTE, WORD, WORD } },
	[FRAME_EXITED] = { 0,
			   0,
			   { MORE, HOW, BYTE, BOOL, BOOL, BOOL, ANY, ANY, ANY,
			     ANY, ANY } },
	[FRAME_REFUSED] = { 0, 0, { FAULT, ANY } },
};

/* What no single number shows. */
static bool
fits(const struct frame *f)
{
	const struct frame_signal *s = &f->signal;
	bool detached = s->whom == FRAME_DETACHED;

	switch (f->type) {
	case FRAME_HELLO:
		return f->hello.lowest <= f->hello.highest;
	case FRAME_LAUNCH:
		return f->launch.memfd == 1 ? f->len == 0 && f->n_fds > 0
					    : f->len > 0;
	case FRAME_SIGNAL:
		return f->n_fds == detached && (s->child == 0) == detached;
	case FRAME_STARTED:
		return f->n_fds == 1;
	default:
		return f->len == 0 || memchr(f->bytes, '\0', f->len) == NULL;
	}
}

static enum frame_fault
check(const struct frame *f)
{
	const uint8_t *kind = rows[f->type].numbers;

	for (size_t i = 0; kind[i] != NONE; i++)
		if (f->number[i] < kinds[kind[i]].least ||
		    f->number[i] > kinds[kind[i]].most)
			return FRAME_BAD_NUMBER;
	if (f->n_fds > rows[f->type].fds_max)
		return FRAME_BAD_FDS;
	return fits(f) ? FRAME_FINE : FRAME_BAD_FIT;
}

enum frame_fault
frame_decode(const uint8_t *data, size_t len, size_t n_fds, bool answers,
	     struct frame *out)
{
	struct wire_reader r = { data, len };
	struct frame f = { .n_fds = n_fds };
	enum frame_fault fault;
	uint64_t type;

	if (!wire_read_u64(&r, &type))
		return FRAME_BAD_LENGTH;
	if (type < (answers ? FRAME_WELCOME : FRAME_HELLO) ||
	    type >= (answers ? FRAME_TYPES : FRAME_WELCOME))
		return FRAME_BAD_TYPE;
	f.type = (uint32_t)type;
	for (size_t i = 0; rows[type].numbers[i] != NONE; i++)
		if (!wire_read_u64(&r, &f.number[i]))
			return FRAME_BAD_LENGTH;
	if ((rows[type].bytes_max > 0 &&
	     !wire_read_bytes(&r, rows[type].bytes_max, &f.bytes, &f.len)) ||
	    r.left > 0)
		return FRAME_BAD_LENGTH;
	fault = check(&f);
	if (fault == FRAME_FINE)
		*out = f;
	return fault;
}

size_t
frame_encode(const struct frame *f, uint8_t *data, size_t room)
{
	struct wire_writer w = { data, room };

	if (f->type < FRAME_HELLO || f->type >= FRAME_TYPES ||
	    f->len > rows[f->type].bytes_max || check(f) != FRAME_FINE ||
	    !wire_write_u64(&w, f->type))
		return 0;
	for (size_t i = 0; rows[f->type].numbers[i] != NONE; i++)
		if (!wire_write_u64(&w, f->number[i]))
			return 0;
	if (rows[f->type].bytes_max > 0 &&
	    !wire_write_bytes(&w, f->bytes, f->len))
		return 0;
	return room - w.left;
}
