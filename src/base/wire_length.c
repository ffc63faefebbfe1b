/* SPDX-License-Identifier: Apache-2.0 */
/* Lengths as programs say them, which are not bounded by what follows them. */
#include "base/wire.h"

bool
wire_get_length(const uint8_t in[WIRE_U64], size_t limit, size_t *out)
{
	uint64_t value = wire_get_u64(in);

	if (limit > SIZE_MAX / 2)
		limit = SIZE_MAX / 2;
	if (value > limit)
		return false;
	*out = (size_t)value;
	return true;
}
