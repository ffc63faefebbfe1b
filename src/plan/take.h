/* SPDX-License-Identifier: Apache-2.0 */
/* A plan taken out of bytes that nobody has vouched for. */
#ifndef PLAN_TAKE_H
#define PLAN_TAKE_H

#include "plan/layout.h"
#include "plan/plan.h"

/*
 * What a plan points to, but for its texts.  Each array has room for as much
 * as is ever accepted, so there is no size to compute and none to get wrong.
 */
struct plan_memory {
	char *argv[PLAN_COUNT_MAX + 1], *envp[PLAN_COUNT_MAX + 1];
	uint32_t groups[PLAN_GROUPS_MAX], groups_scratch[PLAN_GROUPS_MAX + 1];
	struct plan_rlimit rlimits[PLAN_RLIMITS_MAX];
	struct plan_fd fds[PLAN_SENT_MAX];
	int sources[PLAN_SENT_MAX];
	struct sock_filter insns[PLAN_FILTER_MAX];
};

struct plan_input {
	const uint8_t *data; /* private: does not change while it is used */
	size_t len;
	const int *fds; /* received with it */
	size_t n_fds;
	uint32_t last_cap; /* of this kernel; 63 at most */
};

/*
 * PLAN_TAKEN, or the first part that is wrong, and then *out has not changed.
 * The plan points into the input and the memory, and needs both as long as it
 * lives.  What the launcher decides by itself is invalid in it: no id is said
 * to change, the old ones are -1, no descriptor is there for reports, the file
 * is none; and the child refuses that plan.
 */
CAISSON_CHECK enum plan_part plan_take(const struct plan_input *in,
				       struct plan_memory *memory,
				       struct plan *out);

#endif
