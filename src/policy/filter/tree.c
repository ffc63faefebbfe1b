/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The search tree by dynamic programming over runs of neighbouring ranges.  A
 * run is a chain (single values compared one by one, everything else is the
 * same) or is split in two by one comparison.  Ties go to the chain, then to
 * the split furthest left, so that equal input gives an equal tree.
 */
#include "policy/filter/tree.h"

#include <stdbool.h>
#include <stdlib.h>

#define CHAIN_MAX 12u /* single values in a row */

/* The best for each run from i to j: cells[i * n + j]. */
struct cell {
	uint64_t cost;
	uint16_t split; /* where the right half begins; 0: a chain */
};

struct tree {
	struct graph *graph;
	const struct segments *of;
	size_t from, n; /* the part that is looked at */
	uint64_t price; /* of an instruction */
	uint64_t *sums; /* of weights, from `from` on */
	struct cell *cells;
};

int
segments_add(struct segments *segments, const struct segment *segment)
{
	struct segment *v = segments->v;

	if (segments->n > 0 && v[segments->n - 1].leaf == segment->leaf) {
		v[segments->n - 1].weight += segment->weight;
		return 0;
	}
	if (segments->n == segments->room) {
		size_t room = segments->room == 0 ? 64 : segments->room * 2;

		v = reallocarray(v, room, sizeof(*v));
		if (v == NULL)
			return -1;
		segments->v = v;
		segments->room = room;
	}
	v[segments->n++] = *segment;
	return 0;
}

void
segments_done(struct segments *segments)
{
	free(segments->v);
	segments->v = NULL;
	segments->n = segments->room = 0;
}

static bool
is_single(const struct segments *of, size_t i)
{
	uint32_t last = i + 1 < of->n ? of->v[i + 1].first - 1 : of->last;

	return of->v[i].first == last;
}

/*
 * What most of a run leads to: the one that a range of several values has, or
 * that the most single values have.  NODE_NONE: there are two of the former.
 */
static uint32_t
base_of(const struct segments *of, size_t from, size_t to)
{
	uint32_t base = NODE_NONE;
	size_t most = 0;

	for (size_t i = from; i <= to; i++) {
		if (is_single(of, i))
			continue;
		if (base != NODE_NONE && base != of->v[i].leaf)
			return NODE_NONE;
		base = of->v[i].leaf;
	}
	if (base != NODE_NONE)
		return base;
	for (size_t i = from; i <= to; i++) {
		size_t n = 0;

		for (size_t j = from; j <= to; j++)
			n += of->v[j].leaf == of->v[i].leaf;
		if (n > most) {
			most = n;
			base = of->v[i].leaf;
		}
	}
	return base;
}

/* A chain's single values, the most frequent first.  false: too many. */
struct chain {
	uint32_t base;
	size_t n;
	size_t v[CHAIN_MAX];
};

static bool
chain_of(const struct segments *of, size_t from, size_t to, struct chain *out)
{
	if (to - from > 2 * CHAIN_MAX)
		return false;
	out->base = base_of(of, from, to);
	out->n = 0;
	for (size_t i = from; i <= to; i++) {
		size_t at = out->n;

		if (of->v[i].leaf == out->base)
			continue;
		if (out->base == NODE_NONE || out->n == CHAIN_MAX)
			return false;
		for (; at > 0 && of->v[out->v[at - 1]].weight < of->v[i].weight;
		     at--)
			out->v[at] = out->v[at - 1];
		out->v[at] = i;
		out->n++;
	}
	return out->base != NODE_NONE;
}

static uint64_t
weight_of(const struct tree *tree, size_t i, size_t j)
{
	return tree->sums[j + 1] - tree->sums[i];
}

static struct cell *
cell_of(const struct tree *tree, size_t i, size_t j)
{
	return &tree->cells[i * tree->n + j];
}

static struct cell
best_chain(const struct tree *tree, size_t i, size_t j)
{
	const struct segments *of = tree->of;
	struct cell cell = { .cost = UINT64_MAX };
	uint64_t left = weight_of(tree, i, j);
	struct chain chain;

	if (!chain_of(of, tree->from + i, tree->from + j, &chain))
		return cell;
	cell.cost = 0;
	for (size_t k = 0; k < chain.n; k++) {
		cell.cost += tree->price + left;
		left -= of->v[chain.v[k]].weight;
	}
	return cell;
}

static void
fill_cell(struct tree *tree, size_t i, size_t j)
{
	struct cell best = best_chain(tree, i, j);
	uint64_t here = tree->price + weight_of(tree, i, j);

	for (size_t k = i + 1; k <= j; k++) {
		uint64_t cost = here + cell_of(tree, i, k - 1)->cost +
				cell_of(tree, k, j)->cost;

		if (cost < best.cost) {
			best.cost = cost;
			best.split = (uint16_t)k;
		}
	}
	*cell_of(tree, i, j) = best;
}

static uint32_t
compare(const struct tree *tree, uint32_t first, uint32_t high, uint32_t low)
{
	const struct node test = {
		.word = tree->of->word, .k = first, .yes = high, .no = low
	};

	return graph_ge(tree->graph, &test);
}

static uint32_t
make_chain(const struct tree *tree, size_t i, size_t j)
{
	const struct segments *of = tree->of;
	struct chain chain;
	uint32_t node;

	if (!chain_of(of, tree->from + i, tree->from + j, &chain))
		return NODE_NONE;
	node = chain.base;
	for (size_t k = chain.n; k-- > 0;) {
		const struct node test = {
			.word = of->word,
			.k = of->v[chain.v[k]].first,
			.yes = of->v[chain.v[k]].leaf,
			.no = node,
		};

		node = graph_eq(tree->graph, &test);
	}
	return node;
}

static uint32_t
make(const struct tree *tree, size_t i, size_t j)
{
	size_t split = cell_of(tree, i, j)->split;
	uint32_t low;

	if (split == 0)
		return make_chain(tree, i, j);
	low = make(tree, i, split - 1);
	return compare(tree, tree->of->v[tree->from + split].first,
		       make(tree, split, j), low);
}

static uint32_t
no_memory(struct graph *graph)
{
	if (graph->error == GRAPH_OK)
		graph->error = GRAPH_NO_MEMORY;
	return NODE_NONE;
}

static uint32_t
build_exact(struct tree *tree)
{
	size_t n = tree->n;
	uint32_t root = NODE_NONE;

	tree->sums = calloc(n + 1, sizeof(*tree->sums));
	tree->cells = calloc(n * n, sizeof(*tree->cells));
	if (tree->sums != NULL && tree->cells != NULL) {
		for (size_t i = 0; i < n; i++)
			tree->sums[i + 1] =
			    tree->sums[i] + tree->of->v[tree->from + i].weight;
		for (size_t len = 0; len < n; len++)
			for (size_t i = 0; i + len < n; i++)
				fill_cell(tree, i, i + len);
		root = make(tree, 0, n - 1);
	} else {
		root = no_memory(tree->graph);
	}
	free(tree->sums);
	free(tree->cells);
	return root;
}

/* Too many for the table: halves, by weight where neither is too small. */
static uint32_t
build_part(const struct tree *tree, size_t from, size_t n)
{
	struct tree part = *tree;
	size_t at = n / 8;
	uint64_t all = 0, left = 0;
	uint32_t low;

	part.from = from;
	part.n = n;
	if (n <= TREE_EXACT)
		return build_exact(&part);
	for (size_t i = 0; i < n; i++)
		all += tree->of->v[from + i].weight;
	for (size_t i = 0; i < at; i++)
		left += tree->of->v[from + i].weight;
	while (at < n - n / 8 && left < all / 2)
		left += tree->of->v[from + at++].weight;
	low = build_part(tree, from, at);
	return compare(tree, tree->of->v[from + at].first,
		       build_part(tree, from + at, n - at), low);
}

uint32_t
tree_build(struct graph *graph, const struct segments *segments)
{
	struct tree tree = { .graph = graph, .of = segments };
	uint64_t all = 0;

	if (segments->n == 0)
		return NODE_NONE;
	for (size_t i = 0; i < segments->n; i++)
		all += segments->v[i].weight;
	tree.price = all / segments->steps_factor + 1;
	return build_part(&tree, 0, segments->n);
}
