/* SPDX-License-Identifier: Apache-2.0 */
/* Hostile start conditions: see atk.c. */
#ifndef LAUNCHER_ATK_H
#define LAUNCHER_ATK_H

#include <stddef.h>
#include <stdnoreturn.h>

/* What execve will be given. */
struct atk {
	char **argv, **envp;
	unsigned uid, gid;
};

/* One condition; what stands behind "=" is its value, or "". */
struct atk_condition {
	const char *name;
	/*
	 * 0 as root, 1 as the user, 2 objects, 3 tables, signals, timers, 4
	 * limits: in this order, however they are given.
	 */
	int phase;
	void (*set)(struct atk *atk, const char *value);
};

extern const struct atk_condition atk_context[], atk_objects[];

/* It could not be set: says why and ends with 99. */
noreturn void atk_fail(const char *what);
/* -1 fails. */
void atk_check(long result, const char *what);
unsigned long atk_number(const char **text);
void *atk_memory(size_t size);

#endif
