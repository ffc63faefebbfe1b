/* SPDX-License-Identifier: Apache-2.0 */
/* A plan put into bytes, for the launcher. */
#ifndef PLAN_PUT_H
#define PLAN_PUT_H

#include "plan/layout.h"
#include "plan/plan.h"

/*
 * *out = how many bytes plan_put writes.  A plan that the launcher would never
 * carry out, or that is too large: CAISSON_E_UNSUPPORTED; a path that is not
 * canonical: CAISSON_E_SPEC.
 */
CAISSON_CHECK int
plan_put_size(const struct plan *plan, size_t *out, struct caisson_error *err);

/*
 * Exactly so many bytes, to be sent with the source of each of plan->fds, in
 * their order.  A deadline that is further away than the launcher's furthest
 * becomes that one.
 */
CAISSON_CHECK int plan_put(const struct plan *plan, uint8_t *data, size_t size,
			   struct caisson_error *err);

#endif
