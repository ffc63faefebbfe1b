/* SPDX-License-Identifier: Apache-2.0 */
/* The calls at which the answer to one system call may turn. */
#ifndef POLICY_PROOF_RULE_H
#define POLICY_PROOF_RULE_H

#include "policy/proof/call.h"

/*
 * Asks about a call (its number and architecture are in data) with arguments
 * at the boundaries of the rule.  1: agreed on all; 0: not, and calls->found is
 * one of them; -1: no memory.
 */
int rule_check(struct proof_calls *calls, const struct policy_rule *rule,
	       struct seccomp_data *data);

/* The same where no argument should matter. */
bool rule_check_plain(struct proof_calls *calls, struct seccomp_data *data);

/* The same for calls on each path of the filter, of the first few thousand. */
int paths_check(struct proof_calls *calls);

#endif
