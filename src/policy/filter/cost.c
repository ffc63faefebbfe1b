/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a part of the graph will cost, to choose between two that mean the
 * same.  An estimate: it decides about speed, never about answers.
 */
#include "policy/filter/node.h"

#include <stdlib.h>

static uint32_t
load_cost(const struct graph *graph, const struct node *node, uint32_t next)
{
	const struct node *to = &graph->v[next];
	uint32_t and = to->mask == UINT32_MAX ? 0 : 1;

	if (to->op == NODE_RETURN)
		return 0;
	if (to->word != node->word || (to->mask & ~node->mask) != 0)
		return 1 + and;
	return to->mask == node->mask ? 0 : and;
}

/* The dearest way into each node below root: what has to stand before it. */
static void
mark(const struct graph *graph, uint32_t root, uint8_t *entry)
{
	for (uint32_t i = root + 1; i-- > 0;) {
		const struct node *node = &graph->v[i];
		const uint32_t next[2] = { node->yes, node->no };

		if (entry[i] == 0 || node->op == NODE_RETURN)
			continue;
		for (int side = 0; side < 2; side++) {
			uint32_t cost = 1 + load_cost(graph, node, next[side]);

			if (entry[next[side]] < cost)
				entry[next[side]] = (uint8_t)cost;
		}
	}
}

static uint64_t
expected_steps(const struct graph *graph, uint32_t i, const uint64_t *steps)
{
	const struct node *node = &graph->v[i];
	uint64_t yes, no;

	if (node->op == NODE_RETURN)
		return 256;
	yes = steps[node->yes] + 256 * load_cost(graph, node, node->yes);
	no = steps[node->no] + 256 * load_cost(graph, node, node->no);
	if (node->op == NODE_EQ)
		return 256 + (yes + 63 * no) / 64;
	return 256 + (yes + no) / 2;
}

int
graph_cost(struct graph *graph, uint32_t root, struct graph_cost *out)
{
	uint8_t *entry = calloc(root + 1, sizeof(*entry));
	uint64_t *steps = calloc(root + 1, sizeof(*steps));
	struct graph_cost cost = { 0, 0 };

	if (entry == NULL || steps == NULL) {
		free(entry);
		free(steps);
		graph->error = GRAPH_NO_MEMORY;
		return -1;
	}
	/* Before the first one stands something else, a load at the least. */
	entry[root] = 2;
	mark(graph, root, entry);
	for (uint32_t i = 0; i <= root; i++) {
		if (entry[i] == 0)
			continue;
		if (graph->v[i].op != NODE_RETURN)
			cost.insns += entry[i];
		steps[i] = expected_steps(graph, i, steps);
	}
	cost.steps = steps[root];
	free(entry);
	free(steps);
	*out = cost;
	return 0;
}
