/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plans for tests: one that is right, random ones that are right, a second
 * encoder, and a second opinion on what was accepted.  Neither shares code or
 * tables with what is tested.
 */
#ifndef PLAN_SAMPLE_H
#define PLAN_SAMPLE_H

#include "plan/put.h"
#include "plan/take.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SAMPLE_STRINGS  12
#define SAMPLE_TEXT     64
#define SAMPLE_LAST_CAP 40u

struct sample {
	struct plan plan;
	/* what it points to */
	char text[2 * SAMPLE_STRINGS + 3][SAMPLE_TEXT];
	char *argv[SAMPLE_STRINGS + 1], *envp[SAMPLE_STRINGS + 1];
	uint32_t groups[8];
	struct plan_rlimit rlimits[16];
	struct plan_fd fds[PLAN_SENT_MAX];
	struct sock_filter insns[8];
};

/* The bytes of a plan; free(data). */
struct bytes {
	uint8_t *data;
	size_t len;
};

/* What is asked for most of the time, and something of each part. */
void sample_usual(struct sample *s);
/* Another for each state of the generator, which goes on. */
void sample_random(struct sample *s, uint64_t *state);
uint64_t sample_number(uint64_t *state);

/* By the second encoder: whatever the plan says, in that order. */
struct bytes sample_bytes(const struct plan *plan);
/* As the library does it. */
struct bytes sample_put(const struct plan *plan);

/* With as many descriptors as it wants, 1000 and on. */
enum plan_part sample_take(struct bytes in, size_t n_fds, struct plan *out);
/* The same, and the plan stays valid until the next. */
const struct plan *sample_taken(struct bytes in, size_t n_fds);

/* NULL, or what is wrong with a plan that was accepted. */
const char *sample_fault(const struct plan *plan);

#endif
