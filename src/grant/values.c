/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers, sizes and times in grants.  What is not wholly understood is not
 * understood: no signs, no leading zeros, no rounding, no overflow.
 */
#include "grant/reader.h"

#include <string.h>

/* Digits from *p on, which moves behind them. */
static bool
digits(const char **p, uint64_t *out)
{
	const char *start = *p;
	uint64_t value = 0;

	for (; **p >= '0' && **p <= '9'; ++*p)
		if (__builtin_mul_overflow(value, 10u, &value) ||
		    __builtin_add_overflow(value, (uint64_t)(**p - '0'),
					   &value))
			return false;
	*out = value;
	return *p != start && (start[0] != '0' || *p == start + 1);
}

bool
grant_value_number(const char *text, uint64_t *out)
{
	return digits(&text, out) && *text == '\0';
}

bool
grant_value_signed(const char *text, int *out)
{
	bool negative = text[0] == '-';
	uint64_t value;

	if (!grant_value_number(text + (negative ? 1 : 0), &value) ||
	    value > 1000)
		return false;
	*out = negative ? -(int)value : (int)value;
	return true;
}

struct unit {
	const char *name;
	uint64_t value;
};

static bool
scale(const struct unit *units, const char *name, uint64_t value, uint64_t *out)
{
	for (; units->name != NULL; units++)
		if (strcmp(units->name, name) == 0)
			return !__builtin_mul_overflow(value, units->value,
						       out);
	return false;
}

bool
grant_value_duration(const char *text, uint64_t *out_ms)
{
	static const struct unit units[] = {
		{ "", 1000 },      { "ms", 1 },      { "s", 1000 },
		{ "m", 60000 },    { "min", 60000 }, { "h", 3600000 },
		{ "d", 86400000 }, { NULL, 0 },
	};
	uint64_t value;

	return digits(&text, &value) && scale(units, text, value, out_ms);
}

bool
grant_value_limit(const char *text, bool is_size, uint64_t *out)
{
	static const struct unit units[] = {
		{ "", 1 },
		{ "K", 1u << 10 },
		{ "M", 1u << 20 },
		{ "G", 1u << 30 },
		{ "T", (uint64_t)1 << 40 },
		{ NULL, 0 },
	};
	uint64_t value;

	if (strcmp(text, "unlimited") == 0 || strcmp(text, "infinity") == 0) {
		*out = UINT64_MAX;
		return true;
	}
	if (!digits(&text, &value) || (!is_size && *text != '\0'))
		return false;
	return scale(units, text, value, out) && *out != UINT64_MAX;
}
