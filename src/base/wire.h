/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers and length-prefixed bytes, as they travel: 8 bytes, big-endian, and
 * so many bytes.  A reader and a writer over memory that is bounded; neither
 * allocates, and what does not fit leaves them as they were.
 */
#ifndef BASE_WIRE_H
#define BASE_WIRE_H

#include "caisson.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WIRE_U64 8u

void wire_put_u64(uint8_t out[WIRE_U64], uint64_t value);
uint64_t wire_get_u64(const uint8_t in[WIRE_U64]);

/*
 * A length as it came: *out = in, if 0 <= in <= limit.  A length is a signed
 * number for some who send it: what is negative there is more than any limit
 * here, which is SIZE_MAX / 2 at most.
 */
CAISSON_CHECK bool
wire_get_length(const uint8_t in[WIRE_U64], size_t limit, size_t *out);

struct wire_reader {
	const uint8_t *data;
	size_t left;
};

/* false: not there, or over the limit; nothing was read. */
CAISSON_CHECK bool wire_read_u64(struct wire_reader *r, uint64_t *out);
CAISSON_CHECK bool wire_read_bytes(struct wire_reader *r, size_t limit,
				   const uint8_t **out, size_t *out_len);

struct wire_writer {
	uint8_t *data;
	size_t left;
};

/* false: no room; nothing was written. */
CAISSON_CHECK bool wire_write_u64(struct wire_writer *w, uint64_t value);
CAISSON_CHECK bool
wire_write_bytes(struct wire_writer *w, const void *data, size_t len);

#endif
