/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A plan out of a descriptor of somebody else's.  Only a memfd has seals, and
 * with these four it can be neither written to nor cut, and nobody takes them
 * off again; so it has one size, and reading it blocks for nobody.  It is
 * copied once all the same, and never mapped.  Raw system calls only.
 */
#include "plan/memfd.h"

#include "base/sys.h"

#include <errno.h>
#include <fcntl.h>

#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

long
plan_memfd_copy(int fd, uint8_t *data, size_t room)
{
	long seals = sys2(SYS_fcntl, fd, F_GET_SEALS), r;
	size_t done = 0;
	uint8_t beyond;

	if (seals < 0)
		return seals;
	if ((seals & SEALS) != SEALS)
		return -EPERM;
	do {
		r = done < room
			? sys4(SYS_pread64, fd, data + done, room - done, done)
			: sys4(SYS_pread64, fd, &beyond, 1, done);
		done += r > 0 ? (size_t)r : 0;
	} while (done <= room && (r > 0 || r == -EINTR));
	if (done > room)
		return -EFBIG;
	if (r == 0 && done == 0)
		return -ENODATA;
	return r < 0 ? r : (long)done;
}
