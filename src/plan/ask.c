/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A plan as a request to the grants: its numbers are those that the program
 * would have, whether the plan sets them or not.  Nothing is decided here.
 */
#include "plan/ask.h"

#include <string.h>
#include <sys/resource.h>

/* What is not set is as the caller has it. */
static void
ask_numbers(const struct plan *plan, const struct plan_asker *who,
	    uint64_t *asked, uint64_t *own)
{
	own[GRANT_NICE] = GRANT_NICE_NUMBER(who->nice);
	own[GRANT_OOM_SCORE_ADJ] = GRANT_OOM_NUMBER(who->oom_score_adj);
	memcpy(own + GRANT_RLIMIT, who->hard, sizeof(who->hard));
	memcpy(asked, own, GRANT_FIELDS * sizeof(*own));
	if (plan->set_nice)
		asked[GRANT_NICE] = GRANT_NICE_NUMBER(plan->nice);
	if (plan->set_oom_score_adj)
		asked[GRANT_OOM_SCORE_ADJ] =
		    GRANT_OOM_NUMBER(plan->oom_score_adj);
	for (size_t i = 0; i < plan->n_rlimits; i++)
		asked[GRANT_RLIMIT + plan->rlimits[i].resource %
					 GRANT_RLIMITS] = plan->rlimits[i].hard;
	if (plan->set_nofile)
		asked[GRANT_RLIMIT + RLIMIT_NOFILE] = plan->nofile.hard;
	for (size_t i = 0; i < plan->n_fds; i++)
		asked[GRANT_EXTRA_FDS] += plan->fds[i].target > 2;
	asked[GRANT_CAPABILITIES] = plan->sets.permitted;
}

void
plan_ask(const struct plan *plan, const struct plan_asker *who,
	 const struct frame_launch *beside, struct grant_request *out)
{
	const bool detach = beside->detach != 0;
	/* 0 as an id is root's, and is meant only where a rule says so */
	const bool root = plan->uid == 0 || plan->gid == 0 ||
			  (plan->n_groups > 0 && plan->groups[0] == 0);
	/* without one, or by giving it up, there is none to be granted */
	const bool terminal =
	    plan->tty == CAISSON_TTY_CONTROL ||
	    (!plan->new_session && plan->tty != CAISSON_TTY_DETACH);

	*out = (struct grant_request){
		.caller_uid = who->uid,
		.caller_gids = who->gids,
		.n_caller_gids = who->n_gids,
		.uid = plan->uid,
		.gid = plan->gid,
		.groups = plan->groups,
		.n_groups = plan->n_groups,
		.path = plan->path,
		.chroot = plan->chroot,
		.env = (const char *const *)plan->envp,
		.filtered = plan->filter.insns != NULL,
	};
	while (plan->envp[out->n_env] != NULL)
		out->n_env++;
	ask_numbers(plan, who, out->asked, out->own);
	out->asked[GRANT_FLAGS] = (root ? GRANT_ROOT : 0u) |
				  (terminal ? GRANT_TERMINAL : 0u) |
				  (detach ? GRANT_DETACH : 0u);
	/* what outlives the launcher keeps to no timeout, and no number */
	out->own[GRANT_TIMEOUT] = out->own[GRANT_LAUNCHES] = UINT64_MAX;
	out->asked[GRANT_LAUNCHES] = detach ? UINT64_MAX : 0;
	out->asked[GRANT_TIMEOUT] =
	    detach || beside->timeout_ms == 0
		? UINT64_MAX
		: beside->timeout_ms + beside->kill_grace_ms;
}
