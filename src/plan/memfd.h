/* SPDX-License-Identifier: Apache-2.0 */
/* A plan that is too large for a frame: in a memfd that nobody can change. */
#ifndef PLAN_MEMFD_H
#define PLAN_MEMFD_H

#include "caisson.h"

#include <stddef.h>
#include <stdint.h>

/*
 * How many bytes were copied to data, 1 to room; or a negative errno:
 *
 *	-EBADF   no descriptor that can be read
 *	-EINVAL  no memfd
 *	-EPERM   it is not sealed: it could be written to, or cut
 *	-EFBIG   it has more bytes than there is room for
 *	-ENODATA it has none
 */
CAISSON_CHECK long plan_memfd_copy(int fd, uint8_t *data, size_t room);

#endif
