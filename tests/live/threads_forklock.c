/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fork lock: exclusive holders exclude launches, launches do not exclude
 * each other, a forked child can use it, and the helpers' descriptors are
 * close-on-exec.
 */
#include "launching.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static atomic_int launched;

static void
sleep_ms(long ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

	(void)nanosleep(&t, NULL);
}

static void *
launch_once(void *arg)
{
	struct caisson_child *child = NULL;
	struct caisson_error err;

	if (caisson_launch(arg, NULL, &child, &err) == 0)
		atomic_fetch_add(&launched, 1);
	caisson_child_free(child);
	return NULL;
}

static struct caisson_spec *
sleeper(void)
{
	struct caisson_spec *spec = launching_spec(NULL, "sleep", "20", NULL);
	struct caisson_error err;

	assert_int_equal(caisson_spec_freeze(spec, &err), 0);
	return spec;
}

static void
an_exclusive_holder_excludes_launches(void **state)
{
	struct caisson_spec *spec = sleeper();
	pthread_t thread;

	(void)state;
	atomic_store(&launched, 0);
	caisson_fork_lock_exclusive();
	assert_int_equal(pthread_create(&thread, NULL, launch_once, spec), 0);
	sleep_ms(200);
	assert_int_equal(atomic_load(&launched), 0);
	caisson_fork_unlock_exclusive();
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(atomic_load(&launched), 1);
	caisson_spec_free(spec);
}

static void
a_shared_holder_does_not(void **state)
{
	struct caisson_spec *spec = sleeper();
	pthread_t thread;

	(void)state;
	atomic_store(&launched, 0);
	caisson_fork_lock_shared();
	assert_int_equal(pthread_create(&thread, NULL, launch_once, spec), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(atomic_load(&launched), 1);
	caisson_fork_unlock_shared();
	caisson_spec_free(spec);
}

static void
after_fork(void *arg)
{
	caisson_fork_unlock_exclusive();
	caisson_fork_lock_shared();
	caisson_fork_unlock_shared();
	(void)launch_once(arg);
	assert_int_equal(atomic_load(&launched), 1);
}

static void
the_child_of_an_exclusive_holder_can_launch(void **state)
{
	struct caisson_spec *spec = sleeper();

	(void)state;
	atomic_store(&launched, 0);
	caisson_fork_lock_exclusive();
	harness_in_fork(after_fork, spec);
	caisson_fork_unlock_exclusive();
	caisson_spec_free(spec);
}

static void *
hold_shared(void *arg)
{
	atomic_bool *held = arg;

	caisson_fork_lock_shared();
	atomic_store(held, true);
	while (atomic_load(held))
		sleep_ms(1);
	caisson_fork_unlock_shared();
	return NULL;
}

static void
use_all(void *arg)
{
	caisson_fork_lock_exclusive();
	caisson_fork_unlock_exclusive();
	(void)launch_once(arg);
	assert_int_equal(atomic_load(&launched), 1);
}

static void
what_other_threads_held_does_not_hang_a_forked_child(void **state)
{
	struct caisson_spec *spec = sleeper();
	atomic_bool held = false;
	pthread_t thread;

	(void)state;
	atomic_store(&launched, 0);
	assert_int_equal(pthread_create(&thread, NULL, hold_shared, &held), 0);
	while (!atomic_load(&held))
		sleep_ms(1);
	harness_in_fork(use_all, spec);
	atomic_store(&held, false);
	assert_int_equal(pthread_join(thread, NULL), 0);
	caisson_spec_free(spec);
}

static void
assert_cloexec(int fd)
{
	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	assert_int_equal(close(fd), 0);
}

static void
the_helpers_give_close_on_exec_descriptors(void **state)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	int fd[2], server = caisson_socket(AF_UNIX, SOCK_STREAM, 0), client;
	socklen_t len = sizeof(name.sun_family);

	(void)state;
	assert_int_equal(caisson_pipe(fd), 0);
	assert_cloexec(fd[0]);
	assert_cloexec(fd[1]);
	assert_int_equal(caisson_socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fd), 0);
	assert_cloexec(fd[0]);
	assert_cloexec(fd[1]);
	assert_cloexec(caisson_dup(0));
	/* autobind: an abstract name that nobody else has */
	assert_int_equal(bind(server, (struct sockaddr *)&name, len), 0);
	assert_int_equal(listen(server, 1), 0);
	len = sizeof(name);
	assert_int_equal(getsockname(server, (struct sockaddr *)&name, &len),
			 0);
	client = caisson_socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(connect(client, (struct sockaddr *)&name, len), 0);
	assert_cloexec(caisson_accept(server));
	assert_cloexec(client);
	assert_cloexec(server);
	assert_int_equal(caisson_dup(-1), -1);
	assert_int_equal(errno, EBADF);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_exclusive_holder_excludes_launches),
		cmocka_unit_test(a_shared_holder_does_not),
		cmocka_unit_test(the_child_of_an_exclusive_holder_can_launch),
		cmocka_unit_test(
		    what_other_threads_held_does_not_hang_a_forked_child),
		cmocka_unit_test(the_helpers_give_close_on_exec_descriptors),
	};

	return harness_main("threads_forklock", argc, argv, tests,
			    sizeof(tests) / sizeof(tests[0]));
}
