/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "Did you mean": the nearest of some words, by edit distance.  Pure.
 */
#include "base/suggest.h"

#include <stdbool.h>
#include <string.h>

/* Options and verbs are short; longer words are not compared. */
#define WORD_MAX 32u

/* The case of letters is no edit: of the C locale, whatever the caller's. */
static bool
same(char a, char b)
{
	if (a >= 'A' && a <= 'Z')
		a = (char)(a - 'A' + 'a');
	if (b >= 'A' && b <= 'Z')
		b = (char)(b - 'A' + 'a');
	return a == b;
}

static unsigned
smaller(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

unsigned
suggest_distance(const char *a, const char *b)
{
	unsigned d[WORD_MAX + 1][WORD_MAX + 1];
	size_t n = strlen(a), m = strlen(b);

	if (n > WORD_MAX || m > WORD_MAX)
		return WORD_MAX;
	for (size_t i = 0; i <= n; i++)
		d[i][0] = (unsigned)i;
	for (size_t j = 0; j <= m; j++)
		d[0][j] = (unsigned)j;
	for (size_t i = 1; i <= n; i++) {
		for (size_t j = 1; j <= m; j++) {
			unsigned cost = same(a[i - 1], b[j - 1]) ? 0 : 1;
			unsigned best = d[i - 1][j - 1] + cost;

			best = smaller(best, d[i - 1][j] + 1);
			best = smaller(best, d[i][j - 1] + 1);
			if (i > 1 && j > 1 && same(a[i - 1], b[j - 2]) &&
			    same(a[i - 2], b[j - 1]))
				best = smaller(best, d[i - 2][j - 2] + 1);
			d[i][j] = best;
		}
	}
	return d[n][m];
}

void
suggest_init(struct suggest *s, const char *word)
{
	s->word = word;
	s->best = NULL;
	/* One slip in a short word, up to three in a long one. */
	s->distance = strlen(word) < 6 ? 2 : 4;
}

void
suggest_offer(struct suggest *s, const char *candidate)
{
	unsigned distance = suggest_distance(s->word, candidate);

	if (distance >= s->distance)
		return;
	s->distance = distance;
	s->best = candidate;
}
