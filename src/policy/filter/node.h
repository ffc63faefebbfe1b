/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A filter before it has an order: a graph of tests of 32-bit words, ending in
 * returns.  Equal nodes exist once, so equal tails are shared; a node's
 * successors are older than itself, so there are no cycles.
 *
 * A function that cannot make a node answers NODE_NONE and says why in
 * graph->error; given NODE_NONE it answers the same, so that only the last
 * one of a row has to be looked at.
 */
#ifndef POLICY_FILTER_NODE_H
#define POLICY_FILTER_NODE_H

#include <stddef.h>
#include <stdint.h>

#define NODE_NONE  UINT32_MAX
#define NODES_MAX  (1u << 18) /* far more than fit in a filter */
#define WORD_NR    0u
#define WORD_ARCH  1u
#define WORD_NONE  UINT8_MAX
#define WORDS_ARGS 12u /* argument n: 2n its lower, 2n + 1 its upper half */

enum node_op {
	NODE_RETURN = 1, /* k */
	NODE_EQ, /* (word & mask) == k */
	NODE_GE, /* word >= k */
	NODE_SET, /* (word & k) != 0 */
};

struct node {
	uint8_t op; /* enum node_op */
	uint8_t word; /* of struct seccomp_data, 0 to 15 */
	uint32_t mask; /* all bits but for NODE_EQ */
	uint32_t k;
	uint32_t yes, no;
};

enum graph_error {
	GRAPH_OK = 0,
	GRAPH_NO_MEMORY,
	GRAPH_TOO_LARGE
};

struct graph {
	struct node *v;
	uint32_t n, room;
	uint32_t *table; /* open hashing, of table_size; NODE_NONE: free */
	uint32_t table_size;
	enum graph_error error;
};

/* An empty graph needs no memory. */
void graph_init(struct graph *graph);
void graph_done(struct graph *graph);

uint32_t graph_return(struct graph *graph, uint32_t action);
/* Both answers the same: no node is made. */
uint32_t graph_test(struct graph *graph, const struct node *test);

/* word == k, word >= k, (word & k) != 0 */
uint32_t graph_eq(struct graph *graph, const struct node *test);
uint32_t graph_ge(struct graph *graph, const struct node *test);
/* (word & mask) == k, by whatever needs the fewest instructions */
uint32_t graph_bits(struct graph *graph, const struct node *test);

/*
 * What emission makes of the nodes below root: instructions, without those
 * that long jumps need, and the expected number of steps, in 1/256, if an
 * equality holds once in 64 times and any other test in every second.
 */
struct graph_cost {
	uint32_t insns;
	uint64_t steps;
};
int graph_cost(struct graph *graph, uint32_t root, struct graph_cost *out);

#endif
