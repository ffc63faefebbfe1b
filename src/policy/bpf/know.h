/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What conditions say about one 32-bit word: between which bounds it is, and
 * which of its bits are known.  Less than the truth, never more: a word that
 * the conditions allow is never excluded.
 */
#ifndef POLICY_BPF_KNOW_H
#define POLICY_BPF_KNOW_H

#include "policy/bpf.h"

struct know {
	uint32_t min, max;
	uint32_t ones, zeros; /* bits that are known to be so */
};

#define KNOW_NOTHING ((struct know){ .max = UINT32_MAX })

/* false: no word of which this is known fulfils the condition. */
bool
know_allows(const struct know *know, const struct bpf_condition *condition);
/* The same, and from now on the condition is known; false: know is void. */
bool know_learn(struct know *know, const struct bpf_condition *condition);

/* Does this word fulfil it? */
bool know_holds(uint32_t word, const struct bpf_condition *condition);

/* What holds of a word if the condition does not. */
struct bpf_condition know_negated(const struct bpf_condition *condition);

#endif
