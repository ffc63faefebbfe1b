/* SPDX-License-Identifier: Apache-2.0 */
/* What the benchmarks share: statistics, and children that are measured. */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include <linux/filter.h>
#include <stddef.h>
#include <stdint.h>

#define BENCH_ROUNDS_MAX 2000u

struct bench_series {
	uint64_t v[BENCH_ROUNDS_MAX];
	size_t n;
};

struct bench_stats {
	uint64_t p10, median, p90;
};

uint64_t bench_now_ns(void);
void bench_add(struct bench_series *series, uint64_t value);
struct bench_stats bench_stats(const struct bench_series *series);

/*
 * Runs work in a child of its own and waits for it; out is n numbers of its.
 * -1: it did not come to its end.
 */
int bench_child(int (*work)(const void *arg, uint64_t *out), const void *arg,
		uint64_t *out, size_t n);

/* seccomp(2) of this thread; -1 with errno. */
int bench_load(const struct sock_filter *insns, size_t n);

#endif
