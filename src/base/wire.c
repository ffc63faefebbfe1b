/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers and length-prefixed bytes, as they travel.  Pure arithmetic on
 * memory of the caller's: no allocation, no errors, no system calls.
 */
#include "base/wire.h"

#include <string.h>

void
wire_put_u64(uint8_t out[WIRE_U64], uint64_t value)
{
	for (unsigned i = WIRE_U64; i-- > 0; value >>= 8)
		out[i] = (uint8_t)(value & 0xff);
}

uint64_t
wire_get_u64(const uint8_t in[WIRE_U64])
{
	uint64_t value = 0;

	for (unsigned i = 0; i < WIRE_U64; i++)
		value = value << 8 | in[i];
	return value;
}

bool
wire_read_u64(struct wire_reader *r, uint64_t *out)
{
	if (r->left < WIRE_U64)
		return false;
	*out = wire_get_u64(r->data);
	r->data += WIRE_U64;
	r->left -= WIRE_U64;
	return true;
}

bool
wire_read_bytes(struct wire_reader *r, size_t limit, const uint8_t **out,
		size_t *out_len)
{
	struct wire_reader in = *r;
	uint64_t len;

	if (!wire_read_u64(&in, &len) || len > limit || len > in.left)
		return false;
	*out = in.data;
	*out_len = (size_t)len;
	*r = (struct wire_reader){ in.data + len, in.left - (size_t)len };
	return true;
}

bool
wire_write_u64(struct wire_writer *w, uint64_t value)
{
	if (w->left < WIRE_U64)
		return false;
	wire_put_u64(w->data, value);
	w->data += WIRE_U64;
	w->left -= WIRE_U64;
	return true;
}

bool
wire_write_bytes(struct wire_writer *w, const void *data, size_t len)
{
	if (w->left < WIRE_U64 || w->left - WIRE_U64 < len)
		return false;
	wire_put_u64(w->data, len);
	if (len > 0)
		memcpy(w->data + WIRE_U64, data, len);
	w->data += WIRE_U64 + len;
	w->left -= WIRE_U64 + len;
	return true;
}
