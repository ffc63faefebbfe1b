/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Raw system calls that touch no libc state: the result is the value or the
 * negative errno.  What the child is made of.
 */
#ifndef BASE_SYS_H
#define BASE_SYS_H

#include "base/compat.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <sys/syscall.h>

#define sys0(nr)          sys6((nr), 0, 0, 0, 0, 0, 0)
#define sys1(nr, a)       sys6((nr), (long)(a), 0, 0, 0, 0, 0)
#define sys2(nr, a, b)    sys6((nr), (long)(a), (long)(b), 0, 0, 0, 0)
#define sys3(nr, a, b, c) sys6((nr), (long)(a), (long)(b), (long)(c), 0, 0, 0)
#define sys4(nr, a, b, c, d) \
	sys6((nr), (long)(a), (long)(b), (long)(c), (long)(d), 0, 0)
#define sys5(nr, a, b, c, d, e) \
	sys6((nr), (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), 0)

/* By openat2, like everything that is opened with more care. */
static inline long
sys_open(const char *path, uint64_t flags)
{
	const struct open_how how = { .flags = flags };

	return sys4(SYS_openat2, AT_FDCWD, path, &how, sizeof(how));
}

#endif
