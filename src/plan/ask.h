/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a plan asks of the grants.  The launcher decides about this, and caisson
 * grants why tells of it: the same code, so the same answer.
 */
#ifndef PLAN_ASK_H
#define PLAN_ASK_H

#include "grant/rule.h"
#include "plan/frame.h"
#include "plan/plan.h"

/* Who asks, as it was before it had any privilege. */
struct plan_asker {
	uint32_t uid;
	const uint32_t *gids; /* its own, and all groups */
	size_t n_gids;
	uint64_t hard[GRANT_RLIMITS]; /* limits */
	int nice, oom_score_adj;
};

/* *out points into the plan and to the asker's groups. */
void plan_ask(const struct plan *plan, const struct plan_asker *who,
	      const struct frame_launch *beside, struct grant_request *out);

#endif
