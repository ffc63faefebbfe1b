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
#include <sys/stat.h>

#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

static long
copy(int fd, uint8_t *data, size_t size)
{
	size_t done = 0;

	while (done < size) {
		long r = sys4(SYS_pread64, fd, data + done, size - done, done);

		if (r == -EINTR)
			continue;
		if (r <= 0)
			return r < 0 ? r : -ENODATA;
		done += (size_t)r;
	}
	return (long)done;
}

long
plan_memfd_copy(int fd, uint8_t *data, size_t room)
{
	struct stat st = { .st_size = 0 };
	long seals = sys2(SYS_fcntl, fd, F_GET_SEALS), r;

	if (seals < 0)
		return seals;
	if ((seals & SEALS) != SEALS)
		return -EPERM;
	r = sys2(SYS_fstat, fd, &st);
	if (r < 0)
		return r;
	if (st.st_size <= 0)
		return -ENODATA;
	if ((uint64_t)st.st_size > room)
		return -EFBIG;
	return copy(fd, data, (size_t)st.st_size);
}
