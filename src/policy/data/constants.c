/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Constants and error numbers by name: binary searches of tables that were
 * made from the headers of the system.
 */
#include "base/suggest.h"
#include "policy/data/data.h"

#include <stdlib.h>
#include <string.h>

static const struct data_constant *
find(const char *name, const struct data_constant *table, size_t n,
     const char *names)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(name, names + table[middle].name);

		if (order == 0)
			return &table[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

bool
calls_constant(const struct calls_arch *arch, const char *name, uint64_t *out,
	       bool *differs)
{
	const struct data_constant *constant =
	    find(name, data_constants, data_constants_n, data_constants_names);

	*differs = constant != NULL &&
		   data_differs(arch, name, (unsigned)constant->flags);
	if (constant == NULL || *differs)
		return false;
	*out = constant->value;
	return true;
}

const char *
calls_nearest_constant(const char *name)
{
	struct suggest s;

	suggest_init(&s, name);
	for (size_t i = 0; i < data_constants_n; i++)
		suggest_offer(&s,
			      data_constants_names + data_constants[i].name);
	return s.best;
}

bool
calls_errno(const char *name, int *out)
{
	const struct data_constant *constant =
	    find(name, data_errors, data_errors_n, data_errors_names);

	if (constant == NULL)
		return false;
	*out = (int)constant->value;
	return true;
}

const char *
calls_errno_name(int value)
{
	for (size_t i = 0; i < data_errors_n; i++)
		if (data_errors[i].flags == 0 &&
		    (int)data_errors[i].value == value)
			return data_errors_names + data_errors[i].name;
	return NULL;
}
