/* SPDX-License-Identifier: Apache-2.0 */
/* Launching with a child that has been told to break. */
#ifndef VARIANTS_BROKEN_H
#define VARIANTS_BROKEN_H

#include "oracle.h"

/* "'env':{'CAISSON_VARIANT':'RECIPE'},MEMBERS" */
const char *broken_members(const char *recipe, const char *members);

/*
 * Launch the reporter with this recipe and look at its state: how many of its
 * members differ from what the spec promises (a report that does not arrive
 * counts), or a negative code with *err.
 */
int broken_differences(const char *recipe, const char *members,
		       const char *except, struct caisson_error *err);

#endif
