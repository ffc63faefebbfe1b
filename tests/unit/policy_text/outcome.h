/* SPDX-License-Identifier: Apache-2.0 */
/* What became of a policy text, as text: for tests to compare. */
#ifndef POLICY_TEXT_OUTCOME_H
#define POLICY_TEXT_OUTCOME_H

#include "policy/policy.h"
#include "policy/text.h"

/*
 * The policy, a line each for an architecture and for a rule: number, name,
 * clauses in order with their lines.  Heap; ends the program without memory.
 */
char *outcome_of_policy(const struct policy *policy);
/* "error CODE LINE COLUMN" and the message. */
char *outcome_of_error(const struct caisson_error *err);
/* All of them as they are shown. */
char *outcome_of_notes(const struct notes *notes);

#endif
