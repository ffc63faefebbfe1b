/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Refused calls: answered, counted, and told.  The listener of a filter that
 * asks us where its policy refuses, and a table of bounded size.
 */
#ifndef RUN_DENIALS_H
#define RUN_DENIALS_H

#include "caisson.h"
#include "caisson_policy.h"

#include "policy/policy.h"

#include <stdatomic.h>

#define DENIALS_RECORDS 256
#define DENIALS_UNNAMED 64 /* of them at most for numbers without a name */

/* Answered in one go; then signals and the clock are looked at. */
#define DENIALS_ROUND 64

/* A record that was told is told again so much later at the earliest. */
#define DENIALS_AGAIN_MS 1000u

struct denials_record {
	struct seccomp_data first;
	struct policy_origin origin;
	uint32_t action;
	int32_t pid;
	uint64_t count, told; /* told: the count when it was told last */
	uint64_t told_at; /* CLOCK_MONOTONIC, ms */
};

struct denials {
	atomic_int listener; /* -1: not yet, or no more */
	int32_t pid; /* the program's */
	int pidfd; /* borrowed */
	struct policy *policy;
	size_t policy_bytes; /* of memory */
	size_t n;
	bool killed; /* the program, for this call: */
	struct denials_record last;
	/* the last one: all that found no room */
	struct denials_record records[DENIALS_RECORDS + 1];
};

/* Fails if the kernel has no such thing.  The policy comes later. */
CAISSON_CHECK int denials_new(struct denials **out, struct caisson_error *err);
void denials_free(struct denials *d); /* NULL ok */

/* Takes over the listener; pidfd stays the caller's, until denials_close. */
void denials_start(struct denials *d, int listener, int32_t pid, int pidfd);
/* Nobody answers any more: the kernel does, with ENOSYS.  Again is ok. */
void denials_close(struct denials *d);

/* Is this descriptor a listener? */
bool denials_is_listener(int fd);

/* Answers what waits, at most one round; never blocks. */
void denials_serve(struct denials *d);

/* The next record that is to be told; ended: whenever it was told last. */
bool denials_next(struct denials *d, bool ended, struct caisson_denial *out);
/*
 * Is there one?  *next: when the next one is due that is not yet, for whoever
 * tells of new ones when they come (clock_mono_ms; CAISSON_FOREVER: none is).
 */
bool denials_has_news(const struct denials *d, bool ended, uint64_t *next);
/*
 * When one that was told before is to be told again (clock_mono_ms), and
 * CAISSON_FOREVER: none is.  A new one is there when it has been answered.
 */
uint64_t denials_due_at(const struct denials *d);

/* denials_kill.c: what ends the caller of a call that kills. */

/* SIGKILL to the process of the thread that waits with this id. */
CAISSON_CHECK int
denials_kill(struct denials *d, uint64_t id, int32_t tid, bool *program);

#endif
