/* SPDX-License-Identifier: Apache-2.0 */
/* What holds for a process, as the kernel tells it, in JSON. */
#ifndef CLI_APPLIED_H
#define CLI_APPLIED_H

#include <jansson.h>
#include <stdint.h>

/*
 * A new object of what /proc/PID says; members that could not be read are
 * left out.  NULL: no memory.  The process must not have been waited for.
 */
json_t *applied_read(int32_t pid);

#endif
