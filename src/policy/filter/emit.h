/* SPDX-License-Identifier: Apache-2.0 */
/* The graph of tests to instructions. */
#ifndef POLICY_FILTER_EMIT_H
#define POLICY_FILTER_EMIT_H

#include "policy/filter.h"
#include "policy/filter/node.h"

/*
 * Everything below root.  More than FILTER_MAX is not refused here, but a
 * graph of far more is: -1 with graph->error.
 */
int emit(struct graph *graph, uint32_t root, struct filter *out);

#endif
