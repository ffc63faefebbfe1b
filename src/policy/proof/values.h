/* SPDX-License-Identifier: Apache-2.0 */
/* Values of an argument at which an atom, or a filter for it, may turn. */
#ifndef POLICY_PROOF_VALUES_H
#define POLICY_PROOF_VALUES_H

#include "policy/policy.h"

#define VALUES_MAX 160 /* of one atom */

/* How many; not sorted, some of them twice. */
size_t values_of(const struct policy_atom *atom, uint64_t out[VALUES_MAX]);

/*
 * A value for an argument with which all of a clause's atoms on it hold.
 * false: none was found, as is right where they contradict each other.
 */
bool
values_fulfil(const struct policy_clause *clause, uint8_t arg, uint64_t *out);

#endif
