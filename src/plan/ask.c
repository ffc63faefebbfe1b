/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A plan as a request to the grants: its numbers are those that the program
 * would have, whether the plan sets them or not.  Nothing is decided here.
 */
#include "plan/ask.h"

#include <string.h>
#include <sys/resource.h>

/* 0 as an id is root's, and root is meant only where a rule says so. */
static bool
asks_for_root(const struct plan *plan)
{
	return plan->uid == 0 || plan->gid == 0 ||
	       (plan->n_groups > 0 && plan->groups[0] == 0);
}

/* Without a terminal, or by giving it up, there is none to be granted. */
static bool
asks_for_terminal(const struct plan *plan)
{
	return plan->tty == CAISSON_TTY_CONTROL ||
	       (!plan->new_session && plan->tty != CAISSON_TTY_DETACH);
}

/* What outlives the launcher keeps to none, and to no number at a time. */
static uint64_t
timeout(const struct plan_beside *beside)
{
	if (beside->detach != 0 || beside->timeout_ms == 0 ||
	    beside->kill_grace_ms > UINT64_MAX - beside->timeout_ms)
		return UINT64_MAX;
	return beside->timeout_ms + beside->kill_grace_ms;
}

static void
ask_limits(const struct plan *plan, const struct plan_asker *who,
	   struct grant_request *out)
{
	memcpy(&out->own[GRANT_RLIMIT], who->hard, sizeof(who->hard));
	memcpy(&out->asked[GRANT_RLIMIT], who->hard, sizeof(who->hard));
	for (size_t i = 0; i < plan->n_rlimits; i++)
		out->asked[GRANT_RLIMIT +
			   plan->rlimits[i].resource % GRANT_RLIMITS] =
		    plan->rlimits[i].hard;
	if (plan->set_nofile)
		out->asked[GRANT_RLIMIT + RLIMIT_NOFILE] = plan->nofile.hard;
}

void
plan_ask(const struct plan *plan, const struct plan_asker *who,
	 const struct plan_beside *beside, struct grant_request *out)
{
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
	for (size_t i = 0; i < plan->n_fds; i++)
		out->asked[GRANT_EXTRA_FDS] += plan->fds[i].target > 2;
	out->asked[GRANT_FLAGS] =
	    (asks_for_root(plan) ? GRANT_ROOT : 0u) |
	    (asks_for_terminal(plan) ? GRANT_TERMINAL : 0u) |
	    (beside->detach != 0 ? GRANT_DETACH : 0u);
	out->asked[GRANT_CAPABILITIES] = plan->sets.permitted;
	out->asked[GRANT_TIMEOUT] = timeout(beside);
	out->own[GRANT_NICE] = GRANT_NICE_NUMBER(who->nice);
	out->own[GRANT_OOM_SCORE_ADJ] = GRANT_OOM_NUMBER(who->oom_score_adj);
	out->asked[GRANT_NICE] =
	    GRANT_NICE_NUMBER(plan->set_nice ? plan->nice : who->nice);
	out->asked[GRANT_OOM_SCORE_ADJ] = GRANT_OOM_NUMBER(
	    plan->set_oom_score_adj ? plan->oom_score_adj : who->oom_score_adj);
	out->asked[GRANT_LAUNCHES] = beside->detach != 0 ? UINT64_MAX : 0;
	out->own[GRANT_TIMEOUT] = out->own[GRANT_LAUNCHES] = UINT64_MAX;
	ask_limits(plan, who, out);
}
