/* SPDX-License-Identifier: Apache-2.0 */
/* A derived pair of filters, and in how many places it answers wrongly. */
#ifndef SIM_DERIVE_PAIR_H
#define SIM_DERIVE_PAIR_H

#include "policy/bpf.h"
#include "policy/calls.h"
#include "policy/filter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define HAND_OVER 1024

/* As policies, and as what the kernel would load. */
struct pair {
	const struct policy *policy;
	struct policy *notify, *rest;
	struct filter filters[2];
};

void pair_make(struct pair *p, const struct policy *policy);
void pair_done(struct pair *p);

/* What the kernel makes of two answers; and of the two filters' for a call. */
uint32_t pair_together(uint32_t first, uint32_t second);
uint32_t pair_answer(const struct pair *p, const struct seccomp_data *d);

/* How many calls of a grid get another answer than they should: of all, and
 * of those that the launch itself makes. */
size_t pair_wrong_answers(const struct pair *p);
size_t pair_wrong_at_launch(const struct pair *p);

/* Registers worth trying, and dice that always fall alike. */
extern const uint64_t pair_values[];
extern const size_t pair_n_values;
void pair_seed(uint64_t seed);
uint64_t pair_dice(uint64_t n);

#endif
