/* SPDX-License-Identifier: Apache-2.0 */
/* Whose children there are, as the kernel lists them in /proc. */
#ifndef CLI_CHILDREN_H
#define CLI_CHILDREN_H

#include "caisson.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct pids {
	pid_t *v; /* heap */
	size_t n, room;
};

#define PIDS_NONE          \
	{                  \
		NULL, 0, 0 \
	}

CAISSON_CHECK int pids_add(struct pids *p, pid_t pid);
bool pids_have(const struct pids *p, pid_t pid);
void pids_done(struct pids *p);

/*
 * Children of a process, of all its threads, added to out; -1: cannot be
 * known this way.  Processes that run may be missing: look again.  *still
 * becomes false if a thread may yet do something.
 */
CAISSON_CHECK int children_list(pid_t pid, struct pids *out, bool *still);

/* Our own children; falls back on a scan. */
CAISSON_CHECK int children_own(struct pids *out);

/* Is the kernel built without such lists?  Then only a scan is left. */
bool children_need_scan(void);

struct children_stat {
	pid_t parent, group, session;
	char state; /* as in proc(5) */
	int64_t threads;
	int64_t start; /* clock ticks since the boot */
};

/* False: there is no such process, or it is hidden from us. */
bool children_stat(pid_t pid, struct children_stat *out);

/* Stopped or dead.  Asleep in the kernel ('D') it may be about to fork. */
bool children_is_still(char state);

/* All processes there are, in the order of their numbers. */
CAISSON_CHECK int children_scan(struct pids *out);

#endif
