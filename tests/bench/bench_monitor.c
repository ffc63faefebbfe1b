/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench_monitor [--json] [--quick] PAUSER: many live children under one
 * monitor.  The memory of each, the wake-ups for ends one by one, and how many
 * ends a second are told, beside a loop that does nothing but wait for pidfds
 * and reap, in turns in one run.  Fails when something cannot be run, never
 * because of a figure.
 */
#include "bench.h"

#include "caisson_monitor.h"

#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROUNDS 9u
#define BURST  200u
#define FLOOR  (ROUNDS * BURST)
#define SINGLE 200u
#define MORE   100u /* descriptors for everything else */

struct bench {
	const char *pauser;
	size_t n, killed; /* of the monitor's */
	struct caisson_monitor *monitor;
	struct caisson_child **child;
	int epoll, pidfd[FLOOR];
	pid_t pid[FLOOR];
	uint64_t bytes, grown, wakeups;
	struct bench_series ours, floor;
};

static struct bench bench;

static int
complain(const char *what, const char *why)
{
	(void)fprintf(stderr, "%s: %s\n", what, why);
	return -1;
}

static uint64_t
allocated(void)
{
	struct mallinfo2 info = mallinfo2();

	return info.uordblks + info.hblkhd;
}

static struct caisson_monitor_stats
stats(void)
{
	struct caisson_monitor_stats s = { .size = sizeof(s) };

	caisson_monitor_stats(bench.monitor, &s);
	return s;
}

/* Beside ours there are those of the floor, and its descriptors. */
static size_t
limited(size_t n)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) != 0)
		return n;
	files.rlim_cur = files.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &files);
	return files.rlim_cur < n + FLOOR + MORE ? files.rlim_cur - FLOOR - MORE
						 : n;
}

static struct caisson_spec *
frozen_spec(struct caisson_error *err)
{
	struct caisson_spec *spec = NULL;

	if (caisson_spec_new(&spec, err) == 0 &&
	    caisson_spec_set_path(spec, bench.pauser, err) == 0 &&
	    caisson_spec_set_parent_death_signal(spec, SIGKILL, err) == 0 &&
	    caisson_spec_freeze(spec, err) == 0)
		return spec;
	caisson_spec_free(spec);
	return NULL;
}

static int
start_floor(uint32_t i)
{
	struct epoll_event event = { .events = EPOLLIN, .data.u32 = i };
	char *argv[] = { (char *)(uintptr_t)bench.pauser, NULL };
	char *envp[] = { NULL };

	if (posix_spawn(&bench.pid[i], argv[0], NULL, NULL, argv, envp) != 0)
		return complain("posix_spawn", bench.pauser);
	bench.pidfd[i] = (int)syscall(SYS_pidfd_open, bench.pid[i], 0);
	if (epoll_ctl(bench.epoll, EPOLL_CTL_ADD, bench.pidfd[i], &event) != 0)
		return complain("epoll_ctl", "of a pidfd");
	return 0;
}

/* One of the floor beside each of ours that is to be killed: as old as it. */
static int
start_all(const struct caisson_spec *spec)
{
	struct caisson_error err;

	for (size_t i = 0; i < bench.n; i++) {
		uint64_t before = allocated();

		if (caisson_monitor_launch(bench.monitor, spec, NULL,
					   &bench.child[i], &err) != 0)
			return complain("launch", err.msg);
		bench.grown += allocated() - before;
		if (i >= SINGLE && i < SINGLE + FLOOR &&
		    start_floor((uint32_t)(i - SINGLE)) != 0)
			return -1;
	}
	return 0;
}

static int
start(void)
{
	struct caisson_spec *spec;
	struct caisson_error err;
	int r = caisson_monitor_new(NULL, &bench.monitor, &err);

	bench.epoll = epoll_create1(EPOLL_CLOEXEC);
	bench.child = calloc(bench.n, sizeof(struct caisson_child *));
	spec = r == 0 ? frozen_spec(&err) : NULL;
	if (spec == NULL || bench.child == NULL)
		return complain("monitor", err.msg);
	r = start_all(spec);
	bench.bytes = stats().bytes;
	caisson_spec_free(spec);
	return r;
}

/* All of them at once; until the last one is told. */
static int
burst_ours(size_t n)
{
	struct caisson_monitor_event event = { .size = sizeof(event) };
	struct caisson_error err;
	size_t first = bench.killed;

	for (size_t i = first; i < first + n; i++)
		(void)kill(caisson_child_pid(bench.child[i]), SIGKILL);
	bench.killed += n;
	for (size_t i = 0; i < n; i++)
		if (caisson_monitor_next(bench.monitor, 60000, &event, &err) !=
		    0)
			return complain("monitor", err.msg);
	return 0;
}

static int
burst_floor(size_t first)
{
	struct epoll_event events[64];
	size_t seen = 0;

	for (size_t i = first; i < first + BURST; i++)
		(void)kill(bench.pid[i], SIGKILL);
	while (seen < BURST) {
		int n = epoll_wait(bench.epoll, events, 64, 60000);

		if (n <= 0 && errno != EINTR)
			return complain("epoll_wait", "nothing comes");
		for (int i = 0; i < n; i++) {
			int *fd = &bench.pidfd[events[i].data.u32];
			siginfo_t info;

			if (waitid((idtype_t)P_PIDFD, (id_t)*fd, &info,
				   WEXITED) != 0)
				return complain("waitid", "of a pidfd");
			(void)close(*fd);
			seen++;
		}
	}
	return 0;
}

static int
run(void)
{
	uint64_t before = stats().wakeups, start;
	int r = 0;

	for (size_t i = 0; r == 0 && i < SINGLE; i++)
		r = burst_ours(1);
	bench.wakeups = stats().wakeups - before;
	for (size_t i = 0; r == 0 && i < ROUNDS; i++) {
		start = bench_now_ns();
		r = burst_floor(i * BURST);
		bench_add(&bench.floor, bench_now_ns() - start);
		start = bench_now_ns();
		if (r == 0)
			r = burst_ours(BURST);
		bench_add(&bench.ours, bench_now_ns() - start);
	}
	return r;
}

static void
report(bool json)
{
	double ours = (double)bench_stats(&bench.ours).median;
	double floor = (double)bench_stats(&bench.floor).median;

	(void)printf(json ? "{\"children\":%zu,\"bytes_each\":%llu,"
			    "\"allocated_each\":%llu,\"single_ends\":%u,"
			    "\"wakeups\":%llu,\"ends_per_second\":%.0f,"
			    "\"floor_per_second\":%.0f,\"time_to_floor\":%.2f}"
			    "\n"
			  : "live children                 %zu\n"
			    "bytes each, by the monitor    %llu\n"
			    "bytes each, by the allocator  %llu\n"
			    "ends one by one               %u\n"
			    "wake-ups for these            %llu\n"
			    "ends a second                 %.0f\n"
			    "  a loop of pidfds only       %.0f\n"
			    "  time, relative to that      %.2f\n",
		     bench.n, (unsigned long long)(bench.bytes / bench.n),
		     (unsigned long long)(bench.grown / bench.n), SINGLE,
		     (unsigned long long)bench.wakeups, BURST * 1e9 / ours,
		     BURST * 1e9 / floor, ours / floor);
}

int
main(int argc, char **argv)
{
	bool json = false;
	size_t n = 10000;
	int r, at = 1;

	for (; at < argc && strncmp(argv[at], "--", 2) == 0; at++) {
		json = json || strcmp(argv[at], "--json") == 0;
		if (strcmp(argv[at], "--quick") == 0)
			n = SINGLE + FLOOR;
	}
	if (at + 1 != argc)
		return complain("bench_monitor", "[--json] [--quick] PAUSER") +
		       3;
	bench.pauser = argv[at];
	bench.n = limited(n);
	r = bench.n < SINGLE + FLOOR ? complain("limits", "too few descriptors")
				     : start();
	if (r == 0)
		r = run();
	if (r == 0)
		report(json);
	for (size_t i = 0; bench.child != NULL && i < bench.n; i++)
		caisson_child_free(bench.child[i]);
	for (size_t i = 0; i < FLOOR; i++)
		if (r != 0 && bench.pid[i] > 0)
			(void)kill(bench.pid[i], SIGKILL);
	caisson_monitor_free(bench.monitor);
	free(bench.child);
	return r == 0 ? 0 : 1;
}
