/* SPDX-License-Identifier: Apache-2.0 */
/*
 * System calls by name and by number, and the width of their arguments: binary
 * searches of the tables.
 */
#include "base/suggest.h"
#include "policy/data/data.h"

#include <stdlib.h>
#include <string.h>

bool
calls_number(const struct calls_arch *arch, const char *name, uint32_t *out)
{
	size_t low = 0, high = arch->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct calls_entry *entry =
		    &arch->by_number[arch->by_name[middle]];
		int order = strcmp(name, entry->name);

		if (order == 0) {
			*out = entry->nr;
			return true;
		}
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return false;
}

static int
compare_number(const void *key, const void *entry)
{
	uint32_t nr = *(const uint32_t *)key;
	uint32_t there = ((const struct calls_entry *)entry)->nr;

	return (nr > there) - (nr < there);
}

const char *
calls_name(const struct calls_arch *arch, uint32_t nr)
{
	const struct calls_entry *entry =
	    bsearch(&nr, arch->by_number, arch->n, sizeof(*entry),
		    compare_number);

	return entry != NULL ? entry->name : NULL;
}

static int
compare_known(const void *key, const void *entry)
{
	return strcmp(key, *(const char *const *)entry);
}

bool
calls_is_name(const char *name)
{
	return bsearch(name, data_known, data_known_n, sizeof(data_known[0]),
		       compare_known) != NULL;
}

const char *
calls_nearest(const struct calls_arch *arch, const char *name)
{
	struct suggest s;

	suggest_init(&s, name);
	for (size_t i = 0; i < arch->n; i++)
		suggest_offer(&s, arch->by_number[i].name);
	return s.best;
}

static int
compare_width(const void *key, const void *entry)
{
	return strcmp(key, ((const struct data_width *)entry)->name);
}

static const struct data_width *
search_width(const char *name, const struct data_width *table, size_t n)
{
	return bsearch(name, table, n, sizeof(*table), compare_width);
}

/* The numbers from 512 on are x32's own entries, with types of their own. */
static const struct data_width *
find_width(const struct calls_arch *arch, const char *name)
{
	const struct data_width *own = NULL;
	uint32_t nr;

	if (arch->bit == 0 && data_is_ilp32(arch))
		own = search_width(name, data_widths_n32, data_widths_n32_n);
	else if (arch->bit != 0 && calls_number(arch, name, &nr) &&
		 (nr & ~arch->bit) >= 512 && (nr & ~arch->bit) < 548)
		own = search_width(name, data_widths_x32, data_widths_x32_n);
	else if (strncmp(arch->name, "s390", 4) == 0)
		own = search_width(name, data_widths_s390, data_widths_s390_n);
	if (own != NULL)
		return own;
	return search_width(name, data_widths, data_widths_n);
}

unsigned
calls_width(const struct calls_arch *arch, const char *name, unsigned arg)
{
	const struct data_width *width;

	if (!arch->is_64)
		return 32;
	width = find_width(arch, name);
	if (width == NULL || arg > 5)
		return 64;
	return (width->narrow >> arg & 1) != 0 ? 32 : 64;
}
