/* SPDX-License-Identifier: Apache-2.0 */
/* What mkprofile makes of policy/default.policy. */
#ifndef CONFINE_PROFILE_DATA_H
#define CONFINE_PROFILE_DATA_H

#include "confine/profile.h"

extern const struct profile profile_default;

#endif
