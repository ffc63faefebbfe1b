/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Included before anything else into every file of the child in the broken
 * build: the loop over the steps asks this hook at each row.
 */
#ifndef VARIANTS_HOOK_H
#define VARIANTS_HOOK_H

#include <stdint.h>

struct plan;

/* Non-zero: leave the step out. */
int variant_hook(const struct plan *plan, uint32_t stage);

#define CHILD_STEP_HOOK(plan, stage) variant_hook((plan), (stage))

#endif
