/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The property: whatever other threads open, with or without close-on-exec
 * and without any lock, a program has exactly the descriptors of its spec.
 *
 *	fds_race [--launches=N] [--openers=N]
 */
#include "launching.h"

#include "census.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static atomic_bool stop;
static atomic_ulong opened;

static void
close_two(const int fd[2])
{
	(void)close(fd[0]);
	(void)close(fd[1]);
}

/* Every kind of descriptor, born without close-on-exec, often high. */
static void
open_some(unsigned int *seed)
{
	int pair[2] = { -1, -1 }, fd;

	switch (rand_r(seed) % 6) {
	case 0:
		fd = pipe(pair) == 0 ? dup(pair[0]) : -1;
		break;
	case 1:
		fd = socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0
			 ? fcntl(pair[1], F_DUPFD, 500)
			 : -1;
		break;
	case 2:
		fd = open("/dev/null", O_RDWR);
		break;
	case 3:
		fd = memfd_create("foreign", 0);
		break;
	case 4:
		fd = eventfd(0, 0);
		break;
	default:
		fd = epoll_create1(0);
		break;
	}
	if (rand_r(seed) % 4 == 0)
		(void)sched_yield();
	(void)close(fd);
	close_two(pair);
	atomic_fetch_add_explicit(&opened, 1, memory_order_relaxed);
}

static void *
opener(void *arg)
{
	unsigned int seed = *(unsigned int *)arg;

	while (!atomic_load_explicit(&stop, memory_order_relaxed))
		open_some(&seed);
	return NULL;
}

static struct caisson_spec *
census_spec(void)
{
	const char *argv[] = { harness_census(), "7", NULL };
	struct caisson_spec *spec = NULL;
	struct caisson_error err;

	assert_int_equal(caisson_spec_new(&spec, &err), 0);
	assert_int_equal(caisson_spec_set_path(spec, argv[0], &err), 0);
	assert_int_equal(caisson_spec_set_argv(spec, argv, &err), 0);
	assert_int_equal(caisson_spec_fd_null(spec, 0, &err), 0);
	assert_int_equal(caisson_spec_fd_closed(spec, 1, &err), 0);
	assert_int_equal(caisson_spec_fd_null(spec, 2, &err), 0);
	assert_int_equal(caisson_spec_fd_pipe(spec, 7, CAISSON_FROM_CHILD,
					      &err),
			 0);
	assert_int_equal(caisson_spec_freeze(spec, &err), 0);
	return spec;
}

/* The census of one launch must be 0, 2 and 7. */
static void
launch_one(const struct caisson_spec *spec, uint32_t engine)
{
	static const int want[] = { 0, 2, 7 };
	struct census_entry list[CENSUS_MAX];
	struct caisson_child *child = NULL;
	struct caisson_error err;
	ssize_t n;

	if (caisson_launch(spec, launching_engine(engine), &child, &err) != 0)
		fail_msg("%s", err.msg);
	n = read(caisson_child_fd(child, 7), list, sizeof(list));
	assert_int_equal(launching_finish(child).value, 0);
	assert_int_equal(n, 3 * sizeof(list[0]));
	for (size_t k = 0; k < 3; k++) {
		bool found = false;

		for (size_t i = 0; i < 3; i++)
			found = found || list[i].fd == want[k];
		assert_true(found);
	}
}

static void
race(uint32_t engine, unsigned long launches)
{
	unsigned long openers = harness_argument("--openers", 6);
	struct caisson_spec *spec = census_spec();
	pthread_t threads[64];
	unsigned int seeds[64];

	assert_in_range(openers, 1, 64);
	atomic_store(&stop, false);
	for (unsigned long i = 0; i < openers; i++) {
		seeds[i] = (unsigned int)i + 1;
		assert_int_equal(pthread_create(&threads[i], NULL, opener,
						&seeds[i]),
				 0);
	}
	for (unsigned long i = 0; i < launches; i++)
		launch_one(spec, engine);
	atomic_store(&stop, true);
	for (unsigned long i = 0; i < openers; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	caisson_spec_free(spec);
	assert_true(atomic_load(&opened) > launches);
}

static void
no_foreign_descriptor_reaches_a_program(void **state)
{
	unsigned long launches = harness_argument("--launches", 5000);
	json_t *before;

	(void)state;
	harness_first_thread();
	before = harness_snapshot();
	if (harness_is_root()) {
		race(CAISSON_ENGINE_FORK, launches);
	} else {
		race(CAISSON_ENGINE_VFORK, launches / 2);
		race(CAISSON_ENGINE_FORK, launches - launches / 2);
	}
	harness_assert_unchanged(before);
	harness_assert_childless();
}

/* The positive control: fork and exec in the old way does leak. */
static void
the_census_sees_a_descriptor_that_leaks(void **state)
{
	const char *path = harness_census();
	struct census_entry list[CENSUS_MAX];
	int out[2], foreign = open("/dev/null", O_RDONLY);
	ssize_t n;
	bool found = false;
	pid_t pid;

	(void)state;
	assert_int_equal(pipe(out), 0);
	pid = fork();
	if (pid == 0) {
		(void)dup2(out[1], 7);
		(void)execl(path, path, "7", NULL);
		_exit(1);
	}
	n = read(out[0], list, sizeof(list));
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	for (ssize_t i = 0; i < n / (ssize_t)sizeof(list[0]); i++)
		found = found || list[i].fd == foreign;
	assert_true(found);
	close_two(out);
	assert_int_equal(close(foreign), 0);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_census_sees_a_descriptor_that_leaks),
		cmocka_unit_test(no_foreign_descriptor_reaches_a_program),
	};

	return harness_main("fds_race", argc, argv, tests,
			    sizeof(tests) / sizeof(tests[0]));
}
