/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values on the command line.  A value that is not wholly understood is not
 * understood: no trailing characters, no rounding to nothing, no overflow.
 */
#include "cli/values.h"

#include "base/err.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Digits from *p on; *p moves behind them. */
static bool
digits(const char **p, uint64_t *out)
{
	uint64_t value = 0;

	if (!is_digit(**p))
		return false;
	for (; is_digit(**p); (*p)++) {
		uint64_t digit = (uint64_t)(**p - '0');

		if (__builtin_mul_overflow(value, 10u, &value) ||
		    __builtin_add_overflow(value, digit, &value))
			return false;
	}
	*out = value;
	return true;
}

bool
values_unsigned(const char *text, uint64_t max, uint64_t *out)
{
	const char *p = text;
	uint64_t value;

	if (text[0] == '0' && text[1] != '\0')
		return false;
	if (!digits(&p, &value) || *p != '\0' || value > max)
		return false;
	*out = value;
	return true;
}

bool
values_int(const char *text, int *out)
{
	bool negative = text[0] == '-';
	uint64_t value;

	if (!values_unsigned(text + (negative ? 1 : 0), INT_MAX, &value))
		return false;
	*out = negative ? -(int)value : (int)value;
	return true;
}

bool
values_fd(const char *text, int *out)
{
	uint64_t value;

	if (!values_unsigned(text, 1048575, &value))
		return false;
	*out = (int)value;
	return true;
}

static bool
unit_ms(const char *unit, uint64_t *out)
{
	static const struct {
		const char *name;
		uint64_t ms;
	} units[] = {
		{ "", 1000 },      { "ms", 1 },      { "s", 1000 },
		{ "m", 60000 },    { "min", 60000 }, { "h", 3600000 },
		{ "d", 86400000 },
	};

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (strcmp(unit, units[i].name) == 0) {
			*out = units[i].ms;
			return true;
		}
	return false;
}

bool
values_duration_ms(const char *text, uint64_t *out)
{
	const char *p = text;
	uint64_t whole, part = 0, scale = 1, unit, ms;

	if (!digits(&p, &whole))
		return false;
	if (*p == '.') {
		const char *start = ++p;

		if (!digits(&p, &part) || p - start > 9)
			return false;
		for (; start < p; start++)
			scale *= 10;
	}
	if (!unit_ms(p, &unit) || __builtin_mul_overflow(whole, unit, &ms))
		return false;
	/* Rounded up: half a millisecond is not "no timeout". */
	part = (part * unit + scale - 1) / scale;
	return !__builtin_add_overflow(ms, part, out);
}

int
values_absolute(const char *path, char **out, struct caisson_error *err)
{
	char cwd[PATH_MAX];
	char *text;

	if (path[0] == '/') {
		text = strdup(path);
		if (text == NULL)
			return err_no_memory(err, CAISSON_STAGE_NONE);
		*out = text;
		return 0;
	}
	if (getcwd(cwd, sizeof(cwd)) == NULL || cwd[0] != '/')
		return err_set(err, CAISSON_E_SYSTEM, CAISSON_STAGE_NONE, errno,
			       "the working directory cannot be named");
	while (path[0] == '.' && path[1] == '/')
		for (path += 2; path[0] == '/';)
			path++;
	if (asprintf(&text, "%s/%s", cwd[1] == '\0' ? "" : cwd, path) < 0)
		return err_no_memory(err, CAISSON_STAGE_NONE);
	*out = text;
	return 0;
}
