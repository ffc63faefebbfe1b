/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An agent that is killed while it launches, with and without a monitor: no
 * program of it survives that was to die with it.  It is killed at system
 * calls spread evenly over all that it and its child make during a launch,
 * and at random times.
 *
 *	monitor_killed [--points=N] [--seed=N]
 */
#include "monitoring.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define OPTIONS                                                             \
	(PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | \
	 PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL)

struct mode {
	const char *name;
	bool has_monitor, has_wish;
	uint32_t engine;
};

static const struct mode modes[] = {
	{ "plain", false, true, CAISSON_ENGINE_AUTO },
	{ "plain, fork", false, true, CAISSON_ENGINE_FORK },
	{ "monitor", true, true, CAISSON_ENGINE_AUTO },
	{ "monitor, fork", true, true, CAISSON_ENGINE_FORK },
};

#define MODES (sizeof(modes) / sizeof(modes[0]))

static char mark[64];

static struct caisson_spec *
marked(bool has_wish)
{
	const char *argv[] = { "pauser", mark, NULL };
	struct caisson_spec *spec = monitoring_pauser();
	struct caisson_error err;

	assert_int_equal(caisson_spec_set_argv(spec, argv, &err), 0);
	if (!has_wish)
		assert_int_equal(caisson_spec_set_parent_death_signal(spec, 0,
								      &err),
				 0);
	assert_int_equal(caisson_spec_freeze(spec, &err), 0);
	return spec;
}

static void
launch(const struct mode *mode, struct caisson_monitor *m,
       const struct caisson_spec *spec)
{
	struct caisson_monitor_launch how = {
		.size = sizeof(how), .options = launching_engine(mode->engine)
	};
	struct caisson_child *child;
	struct caisson_error err;
	int r = m != NULL ? caisson_monitor_launch(m, spec, &how, &child, &err)
			  : caisson_launch(spec, how.options, &child, &err);

	if (r != 0)
		(void)dprintf(2, "%s: %s\n", mode->name, err.msg);
}

/* stop: once everything is there that a first launch makes. */
static void
be_agent(const struct mode *mode, bool stop)
{
	struct caisson_monitor *m = NULL;
	struct caisson_spec *spec = marked(mode->has_wish);

	(void)prctl(PR_SET_DUMPABLE, 1);
	if (mode->has_monitor) {
		m = monitoring_new(false, NULL, NULL);
		launch(mode, m, spec);
	}
	if (stop)
		(void)raise(SIGSTOP);
	do {
		launch(mode, m, spec);
	} while (!stop);
	(void)raise(SIGKILL);
}

static pid_t
start_agent(const struct mode *mode, bool stop)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0)
		be_agent(mode, stop);
	return pid;
}

/* Each of its threads, from where it is. */
static void
seize(pid_t agent)
{
	DIR *dir = opendir(harness_text("/proc/%d/task", agent));
	struct dirent *entry;

	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL) {
		pid_t tid = (pid_t)strtol(entry->d_name, NULL, 10);

		if (tid == 0)
			continue;
		assert_int_equal(ptrace(PTRACE_SEIZE, tid, 0, OPTIONS), 0);
		assert_int_equal(ptrace(PTRACE_INTERRUPT, tid, 0, 0), 0);
	}
	(void)closedir(dir);
}

/* How it goes on: with the signal that it was to get, if any. */
static void
resume(pid_t pid, int status, bool let_go)
{
	int signo = WSTOPSIG(status), event = status >> 16;

	if (event != 0 || signo == (SIGTRAP | 0x80) || signo == SIGTRAP)
		signo = 0;
	if (let_go || event == PTRACE_EVENT_EXEC)
		(void)ptrace(PTRACE_DETACH, pid, 0, signo);
	else
		(void)ptrace(PTRACE_SYSCALL, pid, 0, signo);
}

/*
 * Until the agent is dead: killed at its k-th stop, or by itself at the end.
 * The number of stops.
 */
static unsigned long
run_traced(pid_t agent, unsigned long k)
{
	unsigned long stops = 0;
	int status;
	pid_t pid;

	assert_int_equal(waitpid(agent, &status, WUNTRACED), agent);
	assert_true(WIFSTOPPED(status));
	seize(agent);
	assert_int_equal(kill(agent, SIGCONT), 0);
	while ((pid = waitpid(-1, &status, __WALL)) > 0) {
		if (!WIFSTOPPED(status)) {
			if (pid == agent)
				break;
			continue;
		}
		if (WSTOPSIG(status) == (SIGTRAP | 0x80) && ++stops == k)
			assert_int_equal(kill(agent, SIGKILL), 0);
		resume(pid, status, k != 0 && stops >= k);
	}
	assert_int_equal(pid, agent);
	assert_true(WIFSIGNALED(status));
	return stops;
}

static bool
has_mark(const char *pid)
{
	char text[512];
	int fd =
	    open(harness_text("/proc/%s/cmdline", pid), O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text));

	if (fd >= 0)
		(void)close(fd);
	return n > 0 && memmem(text, (size_t)n, mark, strlen(mark)) != NULL;
}

/* Programs with the mark that are there; they are not any more then. */
static unsigned int
survivors(void)
{
	DIR *dir = opendir("/proc");
	struct dirent *entry;
	unsigned int n = 0;

	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL) {
		if (isdigit((unsigned char)entry->d_name[0]) == 0 ||
		    !has_mark(entry->d_name))
			continue;
		n++;
		(void)kill((pid_t)strtol(entry->d_name, NULL, 10), SIGKILL);
	}
	(void)closedir(dir);
	return n;
}

/* All that the agent left is ours now, and ends by itself: how many not. */
static unsigned int
bury(void)
{
	struct timespec nap = { 0, 1000000 };
	unsigned int n = 0;
	int status;

	for (unsigned int i = 0; i < LAUNCHING_PATIENCE_MS; i++) {
		pid_t pid = waitpid(-1, &status, WNOHANG | __WALL);

		if (pid < 0)
			return n + survivors();
		if (pid > 0 && WIFSTOPPED(status))
			resume(pid, status, true);
		if (pid == 0)
			(void)nanosleep(&nap, NULL);
	}
	n = survivors();
	while (waitpid(-1, &status, __WALL) > 0)
		continue;
	return n > 0 ? n : 1;
}

static void
sweep(const struct mode *mode, unsigned long points)
{
	unsigned long stops = run_traced(start_agent(mode, true), 0);

	assert_int_equal(bury(), 0);
	assert_true(stops > 50);
	for (unsigned long i = 0; i < points; i++) {
		unsigned long k = 1 + i % stops;

		if (points < stops)
			k = 1 + i * stops / points;
		(void)run_traced(start_agent(mode, true), k);
		if (bury() != 0)
			fail_msg("%s: a program survives a kill at stop %lu",
				 mode->name, k);
	}
	print_message("%s: %lu points among %lu stops\n", mode->name, points,
		      stops);
}

static void
shoot(const struct mode *mode, unsigned long points, unsigned int *seed)
{
	for (unsigned long i = 0; i < points; i++) {
		struct timespec nap = { 0, (long)(rand_r(seed) % 8000) * 1000 };
		pid_t agent = start_agent(mode, false);

		(void)nanosleep(&nap, NULL);
		assert_int_equal(kill(agent, SIGKILL), 0);
		assert_int_equal(waitpid(agent, NULL, 0), agent);
		if (bury() != 0)
			fail_msg("%s: a program survives, killed after %ld ns",
				 mode->name, nap.tv_nsec);
	}
	print_message("%s: %lu random times\n", mode->name, points);
}

static void
all_modes(void *arg)
{
	unsigned long points = harness_argument("--points", 60) / (2 * MODES);
	unsigned int seed = (unsigned int)harness_argument("--seed", 1);

	(void)arg;
	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	for (size_t i = 0; i < MODES; i++) {
		sweep(&modes[i], points + 1);
		shoot(&modes[i], points, &seed);
	}
}

static void
an_agent_that_is_killed_leaves_no_program(void **state)
{
	(void)state;
	harness_in_fork(all_modes, NULL);
}

/* The first look may come while it is still becoming the program. */
static unsigned int
wait_for_survivors(void)
{
	struct timespec nap = { 0, 1000000 };
	unsigned int n = 0;
	int status;

	for (unsigned int i = 0; n == 0 && i < LAUNCHING_PATIENCE_MS; i++) {
		pid_t pid = waitpid(-1, &status, WNOHANG | __WALL);

		if (pid > 0 && WIFSTOPPED(status))
			resume(pid, status, true);
		(void)nanosleep(&nap, NULL);
		n = survivors();
	}
	return n;
}

static void
control(void *arg)
{
	struct mode mode = modes[*(size_t *)arg];

	mode.has_wish = false;
	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	assert_true(run_traced(start_agent(&mode, true), 0) > 50);
	assert_in_range(wait_for_survivors(), 1, 2);
	(void)bury();
}

/* So survivors would be seen. */
static void
without_the_wish_it_does(void **state)
{
	(void)state;
	for (size_t i = 0; i < MODES; i++)
		harness_in_fork(control, &i);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_agent_that_is_killed_leaves_no_program),
		cmocka_unit_test(without_the_wish_it_does),
	};

	(void)snprintf(mark, sizeof(mark), "marked-by-%d", getpid());
	return harness_main("monitor_killed", argc, argv, tests,
			    sizeof(tests) / sizeof(tests[0]));
}
