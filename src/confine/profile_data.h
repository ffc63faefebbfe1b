/* SPDX-License-Identifier: Apache-2.0 */
/* What mkprofile makes of the policies in policy/. */
#ifndef CONFINE_PROFILE_DATA_H
#define CONFINE_PROFILE_DATA_H

#include "confine/profile.h"

extern const struct profile profile_builtin[];
extern const size_t profile_builtin_count;

#endif
