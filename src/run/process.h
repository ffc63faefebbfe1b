/* SPDX-License-Identifier: Apache-2.0 */
/* What can be asked about, and done to, a process that we hold a pidfd of. */
#ifndef RUN_PROCESS_H
#define RUN_PROCESS_H

#include "caisson.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>

enum process_exec {
	PROCESS_NOT_YET = 1, /* has not exec'ed */
	PROCESS_EXECED = 2,
	PROCESS_GONE = 3, /* reaped already */
	PROCESS_UNKNOWN = 4, /* cannot be told now */
};

/* Has our child, cloned with exit signal 0, exec'ed?  traced: by us. */
enum process_exec process_has_execed(int pidfd, int32_t pid, bool traced);

/* poll the pidfd: 1 ended, 0 not within timeout_ms (-1: for ever). */
int process_ended(int pidfd, int timeout_ms);

enum process_reap {
	PROCESS_RUNNING = 0,
	PROCESS_REAPED = 1,
	PROCESS_STOLEN = 2, /* somebody else took the status */
};

struct process_status {
	uint32_t how; /* enum caisson_how */
	int32_t value;
	bool core;
	bool has_usage;
	struct rusage usage;
};

/*
 * Without blocking.  REAPED: *out is filled.  STOLEN: *out is what the kernel
 * still knows, or CAISSON_HOW_LOST.
 */
enum process_reap process_reap(int pidfd, struct process_status *out);

/*
 * process_number.c: the pid that it has in its own pid namespace, as it sees
 * itself; 0: cannot be told.
 */
uint64_t process_inner_number(int pidfd);

enum process_recall {
	PROCESS_RECALL_KNOWN = 1,
	PROCESS_RECALL_LATER = 2, /* when it has been reaped */
	PROCESS_RECALL_NEVER = 3, /* this kernel does not tell */
};

/* The status of a dead process that is not ours to reap.  KNOWN: *out. */
enum process_recall process_recall(int pidfd, struct process_status *out);

/*
 * process_id.c.  The number of the process that pidfd is, 0 if it has none
 * here any more; or a negative errno: it is no pidfd, or a thread's.
 */
int process_of_pidfd(int pidfd, int32_t *out);
/* The error for that. */
int process_no_pidfd(int pidfd, int error, struct caisson_error *err);

/* 0 or a negative errno. */
int process_signal(int pidfd, int signo);
/* To the group that pid leads.  The caller has not reaped pid. */
int process_signal_group(int pidfd, int32_t pid, int signo);

#endif
