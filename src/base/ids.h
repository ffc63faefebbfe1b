/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of user and group ids. */
#ifndef BASE_IDS_H
#define BASE_IDS_H

#include <stddef.h>
#include <stdint.h>

/* Ascending, duplicates kept. */
void ids_sort(uint32_t *ids, size_t n);

#endif
