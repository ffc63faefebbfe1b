/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One round of each measurement.  Every one is made in a child of its own, so
 * that no filter outlives it.
 */
#include "race.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Batches, of which the fastest counts: another program may take its turn. */
#define BATCHES 25u
#define CALLS   1500u

const char *const seccomp_calls[N_CALLS] = { "getpid", "read",
					     "personality(~0)", "refused" };

static int
confine(const struct contender *contender)
{
	if (contender->filter.insns == NULL)
		return 0;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return -1;
	return bench_load(contender->filter.insns, contender->filter.len);
}

static int
load_work(const void *arg, uint64_t *out)
{
	const struct contender *contender = arg;
	uint64_t start;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return -1;
	start = bench_now_ns();
	if (bench_load(contender->filter.insns, contender->filter.len) != 0)
		return -1;
	*out = bench_now_ns() - start;
	return 0;
}

static void
call(int which, int fd)
{
	char byte;

	switch (which) {
	case CALL_GETPID:
		(void)syscall(SYS_getpid);
		break;
	case CALL_READ:
		(void)!syscall(SYS_read, fd, &byte, 1);
		break;
	case CALL_PERSONALITY:
		(void)syscall(SYS_personality, 0xffffffffUL);
		break;
	default:
		(void)syscall(SYS_lookup_dcookie, 0, NULL, 0);
		break;
	}
}

static uint64_t
fastest_batch(int which, int fd)
{
	uint64_t best = UINT64_MAX;

	for (unsigned batch = 0; batch < BATCHES; batch++) {
		uint64_t start = bench_now_ns(), ns;

		for (unsigned i = 0; i < CALLS; i++)
			call(which, fd);
		ns = bench_now_ns() - start;
		best = ns < best ? ns : best;
	}
	return best * 1000 / CALLS;
}

static int
call_work(const void *arg, uint64_t *out)
{
	int fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);

	if (fd < 0 || confine(arg) != 0)
		return -1;
	for (int which = 0; which < N_CALLS; which++)
		out[which] = fastest_batch(which, fd);
	return 0;
}

int
race_load_round(struct race *race)
{
	for (size_t i = SECCOMP_TREE; i < N_CONTENDERS; i++) {
		struct contender *contender = &race->contenders[i];
		uint64_t ns = 0;

		if (bench_child(load_work, contender, &ns, 1) < 0) {
			(void)fprintf(stderr, "%s: cannot be loaded\n",
				      seccomp_contenders[i]);
			return -1;
		}
		bench_add(&contender->load_ns, ns);
	}
	return 0;
}

int
race_call_round(struct race *race)
{
	uint64_t ps[N_CONTENDERS][N_CALLS] = { { 0 } };

	for (size_t i = 0; i < N_CONTENDERS; i++) {
		struct contender *contender = &race->contenders[i];

		if (bench_child(call_work, contender, ps[i], N_CALLS) < 0) {
			(void)fprintf(stderr, "%s: cannot be measured\n",
				      seccomp_contenders[i]);
			return -1;
		}
		for (size_t k = 0; k < N_CALLS; k++) {
			bench_add(&contender->call_ps[k], ps[i][k]);
			bench_add(&contender->added_ps[k],
				  ADDED_BASE + ps[i][k] - ps[NO_FILTER][k]);
		}
	}
	return 0;
}
