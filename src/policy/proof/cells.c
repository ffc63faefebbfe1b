/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers cut where a filter compares them.  A comparison of a masked number
 * is constant within blocks of the mask's lowest bit, so it cuts at every
 * block; where these would be too many, the filter is not cut at all.
 */
#include "policy/proof/cells.h"

#include <stdlib.h>
#include <string.h>

#define BLOCKS_MAX 65536u
#define CUT_WORK   8 /* to find the place */

enum cells_result
cells_init(struct cells *cells, uint8_t word, struct walk_budget *budget)
{
	*cells = (struct cells){ .word = word, .budget = budget };
	return cells_cut(cells, 0);
}

void
cells_done(struct cells *cells)
{
	free(cells->v);
	cells->v = NULL;
	cells->n = cells->max = 0;
}

/* The first beginning that is not below at. */
static size_t
place_of(const struct cells *cells, uint32_t at)
{
	size_t low = 0, high = cells->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (cells->v[middle] < at)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

enum cells_result
cells_cut(struct cells *cells, uint32_t at)
{
	size_t place;

	if (!walk_spend(cells->budget, CUT_WORK))
		return CELLS_TOO_MUCH;
	place = place_of(cells, at);
	if (place < cells->n && cells->v[place] == at)
		return CELLS_OK;
	if (cells->n == cells->max) {
		size_t max = cells->max * 2 + 64;
		uint32_t *v = reallocarray(cells->v, max, sizeof(*v));

		if (v == NULL)
			return CELLS_NO_MEMORY;
		cells->v = v;
		cells->max = max;
	}
	if (!walk_spend(cells->budget, (cells->n - place) / 64))
		return CELLS_TOO_MUCH;
	memmove(cells->v + place + 1, cells->v + place,
		(cells->n - place) * sizeof(*cells->v));
	cells->v[place] = at;
	cells->n++;
	return CELLS_OK;
}

static enum cells_result
cut_blocks(struct cells *cells, uint32_t mask)
{
	uint32_t block = mask & -mask;
	enum cells_result r = CELLS_OK;

	if (block == 0)
		return CELLS_OK;
	if (UINT32_MAX / block >= BLOCKS_MAX)
		return CELLS_UNKNOWN;
	for (uint32_t at = block; r == CELLS_OK && at != 0; at += block)
		r = cells_cut(cells, at);
	return r;
}

static enum cells_result
cut_condition(struct cells *cells, const struct bpf_condition *condition)
{
	enum cells_result r;

	if (condition->test == BPF_TEST_SET ||
	    condition->test == BPF_TEST_CLEAR)
		return cut_blocks(cells, condition->mask & condition->k);
	if (condition->mask != UINT32_MAX)
		return cut_blocks(cells, condition->mask);
	r = cells_cut(cells, condition->k);
	if (r == CELLS_OK && condition->k < UINT32_MAX)
		r = cells_cut(cells, condition->k + 1);
	return r;
}

static int
cut_path(const struct bpf_path *path, void *arg)
{
	struct cells *cells = arg;
	enum cells_result r = CELLS_OK;

	if (!walk_spend(cells->budget, path->n))
		return CELLS_TOO_MUCH;
	for (size_t i = 0; r == CELLS_OK && i < path->n; i++)
		if (path->conditions[i].word == cells->word)
			r = cut_condition(cells, &path->conditions[i]);
	return r;
}

enum cells_result
cells_add(struct cells *cells, const struct filter *filter)
{
	struct walk_request request = { .insns = filter->insns,
					.n = filter->len,
					.budget = cells->budget };

	/* The same numbers mean the same. */
	return (enum cells_result)walk_given(&request, cut_path, cells);
}

uint32_t
cells_last(const struct cells *cells, size_t cell)
{
	return cell + 1 < cells->n ? cells->v[cell + 1] - 1 : UINT32_MAX;
}
