/* SPDX-License-Identifier: Apache-2.0 */
/* What the benchmarks share.  Part of the benchmarks only. */
#include "bench.h"

#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

uint64_t
bench_now_ns(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

void
bench_add(struct bench_series *series, uint64_t value)
{
	if (series->n < BENCH_ROUNDS_MAX)
		series->v[series->n++] = value;
}

static int
compare(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

struct bench_stats
bench_stats(const struct bench_series *series)
{
	static uint64_t v[BENCH_ROUNDS_MAX];
	size_t n = series->n;

	if (n == 0)
		return (struct bench_stats){ 0, 0, 0 };
	memcpy(v, series->v, n * sizeof(*v));
	qsort(v, n, sizeof(*v), compare);
	return (struct bench_stats){ v[n / 10], v[n / 2], v[n - 1 - n / 10] };
}

int
bench_child(int (*work)(const void *arg, uint64_t *out), const void *arg,
	    uint64_t *out, size_t n)
{
	uint64_t *shared = mmap(NULL, n * sizeof(*out), PROT_READ | PROT_WRITE,
				MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int status = -1;
	pid_t pid;

	if (shared == MAP_FAILED)
		return -1;
	memset(shared, 0, n * sizeof(*out)); /* so that no page is missing */
	pid = fork();
	if (pid == 0)
		_exit(work(arg, shared) == 0 ? 0 : 1);
	if (pid > 0 && waitpid(pid, &status, 0) != pid)
		status = -1;
	memcpy(out, shared, n * sizeof(*out));
	(void)munmap(shared, n * sizeof(*out));
	return pid > 0 && status == 0 ? 0 : -1;
}

int
bench_load(const struct sock_filter *insns, size_t n)
{
	const struct sock_fprog prog = {
		.len = (unsigned short)n,
		.filter = (struct sock_filter *)(uintptr_t)insns
	};

	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog) == 0
		   ? 0
		   : -1;
}
