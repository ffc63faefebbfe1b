/* SPDX-License-Identifier: Apache-2.0 */
/* "Did you mean": the nearest of some words. */
#ifndef BASE_SUGGEST_H
#define BASE_SUGGEST_H

#include <stddef.h>

/*
 * Edits (insert, delete, replace, swap neighbours) from a to b; capitals and
 * small letters are the same.
 */
unsigned suggest_distance(const char *a, const char *b);

struct suggest {
	const char *word;
	const char *best; /* NULL: nothing is near */
	unsigned distance;
};

void suggest_init(struct suggest *s, const char *word);
void suggest_offer(struct suggest *s, const char *candidate);

#endif
