/* SPDX-License-Identifier: Apache-2.0 */
/* The benchmark of seccomp filters: contenders, and what is measured. */
#ifndef BENCH_RACE_H
#define BENCH_RACE_H

#include "bench.h"

#include "policy/filter.h"

enum {
	CALL_GETPID,
	CALL_READ,
	CALL_PERSONALITY,
	CALL_DENIED,
	N_CALLS
};
enum {
	NO_FILTER,
	SECCOMP_TREE,
	SECCOMP_LINEAR,
	CAISSON,
	N_CONTENDERS
};

extern const char *const seccomp_calls[N_CALLS];
extern const char *const seccomp_contenders[N_CONTENDERS];

struct contender {
	struct filter filter; /* NO_FILTER: none */
	double mean_path;
	struct bench_series load_ns;
	struct bench_series call_ps[N_CALLS]; /* picoseconds */
	struct bench_series added_ps[N_CALLS]; /* more than without, + BASE */
};

/* Differences may be negative, series are not. */
#define ADDED_BASE 1000000000u

struct race {
	const char *policy;
	struct contender contenders[N_CONTENDERS];
};

/*
 * The policy of a shipped profile, or of an OCI file for x86_64 alone and no
 * capability, and its filters.  direct: libseccomp gets the rules as a runtime
 * gives them, else in the way that is exact for every policy.  -1: said why.
 */
int race_init(struct race *race, const char *name, const char *file);
void race_done(struct race *race);

/* One round of each, the contenders one after the other.  -1: said why. */
int race_load_round(struct race *race);
int race_call_round(struct race *race);

void race_print(const struct race *race);
/* A JSON object's text, without a newline. */
void race_print_json(const struct race *race);

#endif
