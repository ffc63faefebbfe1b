/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A search tree over the values of one word: ranges, each with what follows.
 */
#ifndef POLICY_FILTER_TREE_H
#define POLICY_FILTER_TREE_H

#include "policy/filter/node.h"

struct segment {
	uint32_t first; /* up to the next one's */
	uint32_t leaf; /* a node */
	uint64_t weight; /* how often, below 2^32 */
};

struct segments {
	struct segment *v; /* in order; heap */
	size_t n, room;
	uint32_t last; /* the last value of the last one */
	uint8_t word; /* of struct seccomp_data */
	/*
	 * What an instruction costs: as much as one more step for the n-th
	 * part of all the weight.
	 */
	unsigned steps_factor;
};

/* Equal neighbours become one.  -1: no memory. */
int segments_add(struct segments *segments, const struct segment *segment);
void segments_done(struct segments *segments);

/*
 * The tree with the fewest instructions and steps, weighed as steps_factor
 * says; the best there is up to TREE_EXACT ranges, near it with more.  Values
 * outside of the segments may go anywhere.
 */
#define TREE_EXACT 320u
uint32_t tree_build(struct graph *graph, const struct segments *segments);

#endif
