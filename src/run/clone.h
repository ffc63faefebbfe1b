/* SPDX-License-Identifier: Apache-2.0 */
/* Creating a process in the caller's memory. */
#ifndef RUN_CLONE_H
#define RUN_CLONE_H

#include <stddef.h>
#include <stdint.h>

struct clone_stack {
	char *bottom;
	size_t size;
};

/*
 * The thread sleeps until fn(arg) has exec'ed or ended.  flags: besides VM,
 * VFORK and PIDFD.  Exit signal 0.  The pid, with *pidfd, or a negative errno.
 * All signals are blocked by the caller.
 */
long clone_shared(uint64_t flags, const struct clone_stack *stack,
		  int (*fn)(void *), void *arg, int *pidfd);

#endif
