/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The graph of tests: made bottom up, every node once.  Knows nothing of
 * policies and nothing of BPF.
 */
#include "policy/filter/node.h"

#include <stdlib.h>
#include <string.h>

void
graph_init(struct graph *graph)
{
	*graph = (struct graph){ 0 };
}

void
graph_done(struct graph *graph)
{
	free(graph->v);
	free(graph->table);
	graph_init(graph);
}

static uint32_t
fail(struct graph *graph, enum graph_error error)
{
	if (graph->error == GRAPH_OK)
		graph->error = error;
	return NODE_NONE;
}

static uint32_t
hash(const struct node *node)
{
	const uint32_t words[] = { node->op, node->word, node->mask,
				   node->k,  node->yes,  node->no };
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		h = (h ^ words[i]) * 16777619u;
		h ^= h >> 15;
	}
	return h;
}

static int
is_equal(const struct node *a, const struct node *b)
{
	return a->op == b->op && a->word == b->word && a->mask == b->mask &&
	       a->k == b->k && a->yes == b->yes && a->no == b->no;
}

/* Where it stands in the table, or the free place where it belongs. */
static uint32_t *
place_of(const struct graph *graph, const struct node *node)
{
	uint32_t at = hash(node) & (graph->table_size - 1);

	while (graph->table[at] != NODE_NONE &&
	       !is_equal(&graph->v[graph->table[at]], node))
		at = (at + 1) & (graph->table_size - 1);
	return &graph->table[at];
}

static int
grow(struct graph *graph)
{
	uint32_t room = graph->room == 0 ? 256 : graph->room * 2;
	struct node *v = reallocarray(graph->v, room, sizeof(*v));
	uint32_t *table;

	if (v == NULL)
		return -1;
	graph->v = v;
	table = reallocarray(graph->table, room, 2 * sizeof(*table));
	if (table == NULL)
		return -1;
	graph->room = room;
	graph->table = table;
	graph->table_size = room * 2;
	memset(table, 0xff, graph->table_size * sizeof(*table));
	for (uint32_t i = 0; i < graph->n; i++)
		*place_of(graph, &graph->v[i]) = i;
	return 0;
}

static uint32_t
intern(struct graph *graph, const struct node *node)
{
	uint32_t *place;

	if (graph->n == graph->room && grow(graph) < 0)
		return fail(graph, GRAPH_NO_MEMORY);
	place = place_of(graph, node);
	if (*place != NODE_NONE)
		return *place;
	if (graph->n == NODES_MAX)
		return fail(graph, GRAPH_TOO_LARGE);
	graph->v[graph->n] = *node;
	*place = graph->n;
	return graph->n++;
}

uint32_t
graph_return(struct graph *graph, uint32_t action)
{
	const struct node node = { .op = NODE_RETURN,
				   .word = WORD_NONE,
				   .mask = UINT32_MAX,
				   .k = action,
				   .yes = NODE_NONE,
				   .no = NODE_NONE };

	return intern(graph, &node);
}

uint32_t
graph_test(struct graph *graph, const struct node *test)
{
	if (test->yes == NODE_NONE || test->no == NODE_NONE)
		return NODE_NONE;
	if (test->yes == test->no)
		return test->yes;
	return intern(graph, test);
}

uint32_t
graph_eq(struct graph *graph, const struct node *test)
{
	struct node node = *test;

	node.op = NODE_EQ;
	node.mask = UINT32_MAX;
	return graph_test(graph, &node);
}

uint32_t
graph_ge(struct graph *graph, const struct node *test)
{
	struct node node = *test;

	node.op = NODE_GE;
	node.mask = UINT32_MAX;
	if (node.k == 0)
		return node.yes;
	return graph_test(graph, &node);
}

uint32_t
graph_bits(struct graph *graph, const struct node *test)
{
	struct node node = *test;

	if ((node.k & ~node.mask) != 0)
		return node.no;
	if (node.mask == 0)
		return node.yes;
	if (node.mask == UINT32_MAX)
		return graph_eq(graph, test);
	node.op = NODE_EQ;
	if (node.k == 0) {
		node.op = NODE_SET;
		node.k = node.mask;
		node.mask = UINT32_MAX;
		node.yes = test->no;
		node.no = test->yes;
	} else if (node.k == node.mask && (node.k & (node.k - 1)) == 0) {
		node.op = NODE_SET;
		node.mask = UINT32_MAX;
	}
	return graph_test(graph, &node);
}
