/* SPDX-License-Identifier: Apache-2.0 */
/* Maps in hexadecimal, for both of their versions. */
#ifndef HANDSHAKE_VOM_TESTING_H
#define HANDSHAKE_VOM_TESTING_H

#include "testing.h"

#define V23    "8151060501030203e152"
#define VEYRON "ff8106160103010300ff82"

static const char *const protocols[] = { "v23", "veyron" };
static const char *const prefixes[] = { V23, VEYRON };

/* From hexadecimal digits and blanks; *len bytes, to be freed. */
static inline uint8_t *
from_hex(const char *hex, size_t *len)
{
	uint8_t *out = malloc(strlen(hex) / 2 + 1);
	char digits[3] = "";

	assert_non_null(out);
	*len = 0;
	while (*hex != '\0') {
		if (*hex == ' ') {
			hex++;
			continue;
		}
		memcpy(digits, hex, 2);
		out[(*len)++] = (uint8_t)strtoul(digits, NULL, 16);
		hex += 2;
	}
	return out;
}

static inline int
decode_hex(const char *protocol, const char *hex, struct caisson_config **out)
{
	size_t len;
	uint8_t *data = from_hex(hex, &len);
	int r =
	    caisson_config_decode(protocol, (struct caisson_bytes){ data, len },
				  out, &error);

	free(data);
	return r;
}

#endif
