/* SPDX-License-Identifier: Apache-2.0 */
/* Where a character of UTF-8 ends (RFC 3629).  Looks at bytes, nothing else. */
#include "base/utf8.h"

#include <stdbool.h>

/* Does s[1] to s[n] continue a character of n + 1 bytes? */
static bool
continues(const unsigned char *s, size_t left, size_t n)
{
	if (left <= n)
		return false;
	for (size_t i = 1; i <= n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return false;
	return true;
}

size_t
utf8_length(const unsigned char *s, size_t left)
{
	if (s[0] < 0x80)
		return 1;
	if (s[0] >= 0xc2 && s[0] <= 0xdf)
		return continues(s, left, 1) ? 2 : 0;
	if (s[0] >= 0xe0 && s[0] <= 0xef && continues(s, left, 2)) {
		bool is_long = s[0] == 0xe0 && s[1] < 0xa0;
		bool is_surrogate = s[0] == 0xed && s[1] > 0x9f;

		return is_long || is_surrogate ? 0 : 3;
	}
	if (s[0] >= 0xf0 && s[0] <= 0xf4 && continues(s, left, 3)) {
		bool is_long = s[0] == 0xf0 && s[1] < 0x90;
		bool is_beyond = s[0] == 0xf4 && s[1] > 0x8f;

		return is_long || is_beyond ? 0 : 4;
	}
	return 0;
}
