/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of ids, in one order everywhere, so that they can be compared. */
#include "base/ids.h"

#include <stdlib.h>
#include <string.h>

static int
compare(const void *a, const void *b)
{
	uint32_t x, y;

	memcpy(&x, a, sizeof(x));
	memcpy(&y, b, sizeof(y));
	return (x > y) - (x < y);
}

void
ids_sort(uint32_t *ids, size_t n)
{
	if (n > 0)
		qsort(ids, n, sizeof(*ids), compare);
}
