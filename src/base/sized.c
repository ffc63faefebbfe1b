/* SPDX-License-Identifier: Apache-2.0 */
/* Structs that begin with their size.  Copies and compares, nothing else. */
#include "base/sized.h"

#include "base/err.h"

#include <string.h>

int
sized_is_newer(const char *whose, struct caisson_error *err)
{
	return err_set(err, CAISSON_E_UNSUPPORTED, CAISSON_STAGE_NONE, 0,
		       "%s options are of a newer version", whose);
}

int
sized_read(const void *in, void *out, size_t size, const char *whose,
	   struct caisson_error *err)
{
	const unsigned char *bytes = in;
	uint32_t given = 0;

	memset(out, 0, size);
	if (in == NULL)
		return 0;
	memcpy(&given, in, sizeof(given));
	if (given < sizeof(given))
		return err_usage(err, "options.size is not set");
	for (size_t i = size; i < given; i++)
		if (bytes[i] != 0)
			return sized_is_newer(whose, err);
	memcpy(out, in, given < size ? given : size);
	return 0;
}

void
sized_give(const void *from, size_t size, void *out)
{
	uint32_t room = 0;

	memcpy(&room, out, sizeof(room));
	if (room > size) {
		memset(out, 0, room);
		room = (uint32_t)size;
	}
	memcpy(out, from, room);
	if (room >= sizeof(room))
		memcpy(out, &room, sizeof(room));
}
