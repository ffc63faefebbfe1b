/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A filter as reviewers read it: how long it is and how deep on average, then
 * each instruction, with the names of the calls that numbers stand for.
 */
#ifndef SIM_PROFILES_LISTING_H
#define SIM_PROFILES_LISTING_H

#include "policy/calls.h"
#include "policy/filter.h"

/* Heap text; NULL: no memory. */
char *listing_make(const char *name, const struct filter *filter,
		   const struct calls_arch *arch);

#endif
