/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers cut into cells: within one, no filter of those that were added can
 * tell two numbers apart.
 */
#ifndef POLICY_PROOF_CELLS_H
#define POLICY_PROOF_CELLS_H

#include "policy/bpf/walk.h"
#include "policy/filter.h"

/* Where cells begin: sorted, the first is 0. */
struct cells {
	uint32_t *v; /* heap */
	size_t n, max;
	uint8_t word; /* of struct seccomp_data: 0 for nr, 1 for arch */
	struct walk_budget *budget; /* borrowed */
};

enum cells_result {
	CELLS_OK = 0,
	CELLS_UNKNOWN = BPF_WALK_UNKNOWN, /* filters that bpf_walk cannot walk,
			       or that tell numbers apart by their low bits */
	CELLS_NO_MEMORY = BPF_WALK_NO_MEMORY,
	CELLS_TOO_MUCH = BPF_WALK_TOO_MUCH,
};

enum cells_result
cells_init(struct cells *cells, uint8_t word, struct walk_budget *budget);
void cells_done(struct cells *cells); /* again is ok */
enum cells_result cells_cut(struct cells *cells, uint32_t at);
enum cells_result cells_add(struct cells *cells, const struct filter *filter);
/* The last number of a cell. */
uint32_t cells_last(const struct cells *cells, size_t cell);

#endif
