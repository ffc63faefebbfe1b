/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A kernel that refuses, or that never has enough of telling: errors that say
 * so, nothing left, and all is well the next time.  The linker sends
 * epoll_ctl, epoll_wait and pthread_create here.
 */
#include "monitoring.h"
#include "speaking.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#define WITHOUT_END 1000

int __real_epoll_ctl(int epoll, int op, int fd, struct epoll_event *event);
int __real_epoll_wait(int epoll, struct epoll_event *events, int n, int ms);
int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attr,
			  void *(*run)(void *), void *arg);
int __wrap_epoll_ctl(int epoll, int op, int fd, struct epoll_event *event);
int __wrap_epoll_wait(int epoll, struct epoll_event *events, int n, int ms);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr,
			  void *(*run)(void *), void *arg);

static struct {
	int additions; /* to an epoll that succeed before one fails; -1: all */
	bool refuses_threads;
	atomic_bool is_full; /* there is always news, of slot 0 */
	atomic_uint waits;
} kernel;

int
__wrap_epoll_ctl(int epoll, int op, int fd, struct epoll_event *event)
{
	if (op == EPOLL_CTL_ADD && kernel.additions >= 0 &&
	    kernel.additions-- == 0) {
		errno = ENOSPC;
		return -1;
	}
	return __real_epoll_ctl(epoll, op, fd, event);
}

/* Long enough for whoever never returns to be found out, and no longer. */
int
__wrap_epoll_wait(int epoll, struct epoll_event *events, int n, int ms)
{
	if (!atomic_load(&kernel.is_full))
		return __real_epoll_wait(epoll, events, n, ms);
	if (atomic_fetch_add(&kernel.waits, 1) >= WITHOUT_END)
		return 0;
	memset(events, 0, (size_t)n * sizeof(*events));
	return n;
}

int
__wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr,
		      void *(*run)(void *), void *arg)
{
	if (kernel.refuses_threads)
		return EAGAIN;
	return __real_pthread_create(thread, attr, run, arg);
}

static int
fresh_kernel(void **state)
{
	(void)state;
	kernel.additions = -1;
	kernel.refuses_threads = false;
	atomic_store(&kernel.is_full, false);
	atomic_store(&kernel.waits, 0);
	return 0;
}

static void
no_monitor_without_a_timer_in_its_loop(void **state)
{
	struct caisson_monitor *m = NULL;
	struct caisson_error err;

	(void)state;
	kernel.additions = 0;
	assert_int_equal(caisson_monitor_new(NULL, &m, &err), CAISSON_E_SYSTEM);
	assert_int_equal(err.sys_errno, ENOSPC);
	launching_assert_error(&err, CAISSON_E_SYSTEM, CAISSON_STAGE_MONITOR,
			       "monitor: descriptors of the loop: No space "
			       "left on device");
	assert_null(m);
}

/* Its pidfd, and its status. */
static void
a_child_that_cannot_be_polled_stays_its_owners(void **state)
{
	struct caisson_monitor *m = monitoring_new(false, NULL, NULL);
	struct caisson_child *child =
	    launching_start(speaking_spec("caisson", "read ready exit 5"),
			    NULL);
	struct caisson_error err;

	(void)state;
	for (int additions = 0; additions < 2; additions++) {
		kernel.additions = additions;
		assert_int_equal(caisson_monitor_add(m, child, NULL, &err),
				 CAISSON_E_SYSTEM);
		launching_assert_error(&err, CAISSON_E_SYSTEM,
				       CAISSON_STAGE_MONITOR,
				       "monitor: epoll_ctl: No space left on "
				       "device");
		assert_int_equal(monitoring_stats(m).children, 0);
	}
	assert_int_equal(kernel.additions, -1);
	monitoring_assert_none(m);
	assert_int_equal(caisson_monitor_add(m, child, NULL, &err), 0);
	assert_ptr_equal(monitoring_next(m, CAISSON_MONITOR_START).child,
			 child);
	assert_int_equal(monitoring_end(m, child).value, 5);
	caisson_monitor_free(m);
}

static void
a_launch_that_cannot_be_watched_leaves_nothing(void **state)
{
	struct caisson_monitor *m = monitoring_new(false, NULL, NULL);
	struct caisson_spec *spec =
	    launching_spec(NULL, "sleep", "60000", NULL);
	struct caisson_child *child = NULL;
	struct caisson_error err;

	(void)state;
	assert_int_equal(caisson_spec_freeze(spec, &err), 0);
	kernel.additions = 0;
	assert_int_equal(caisson_monitor_launch(m, spec, NULL, &child, &err),
			 CAISSON_E_SYSTEM);
	assert_int_equal(err.sys_errno, ENOSPC);
	assert_null(child);
	caisson_spec_free(spec);
	caisson_monitor_free(m);
	harness_assert_childless();
}

static void
a_process_that_cannot_be_polled_is_not_watched(void **state)
{
	struct caisson_process_id self = { .pid = getpid() };
	struct caisson_monitor *m = monitoring_new(false, NULL, NULL);
	struct caisson_watch *w = NULL;
	struct caisson_error err;
	int pidfd = -1;

	(void)state;
	assert_int_equal(caisson_process_open(&self, &pidfd, &err), 0);
	kernel.additions = 0;
	assert_int_equal(caisson_monitor_watch(m, pidfd, NULL, &w, &err),
			 CAISSON_E_SYSTEM);
	assert_int_equal(err.sys_errno, ENOSPC);
	assert_null(w);
	assert_int_equal(monitoring_stats(m).watches, 0);
	assert_int_equal(caisson_monitor_watch(m, pidfd, NULL, &w, &err), 0);
	caisson_watch_free(w);
	(void)close(pidfd);
	caisson_monitor_free(m);
}

static void
no_thread_for_the_loop_is_an_error(void **state)
{
	struct caisson_monitor_options options = { .size = sizeof(options),
						   .thread = 1 };
	struct caisson_monitor *m = NULL;
	struct caisson_error err;

	(void)state;
	kernel.refuses_threads = true;
	assert_int_equal(caisson_monitor_new(&options, &m, &err),
			 CAISSON_E_SYSTEM);
	launching_assert_error(&err, CAISSON_E_SYSTEM, CAISSON_STAGE_MONITOR,
			       "monitor: a thread for the loop: Resource "
			       "temporarily unavailable");
	assert_null(m);
}

static void
no_thread_to_launch_from_is_an_error(void **state)
{
	struct caisson_monitor *m = monitoring_new(false, NULL, NULL);
	struct caisson_spec *spec = monitoring_pauser();
	struct caisson_child *child = NULL;
	struct caisson_error err;

	(void)state;
	assert_int_equal(caisson_spec_freeze(spec, &err), 0);
	kernel.refuses_threads = true;
	assert_int_equal(caisson_monitor_launch(m, spec, NULL, &child, &err),
			 CAISSON_E_SYSTEM);
	launching_assert_error(&err, CAISSON_E_SYSTEM, CAISSON_STAGE_MONITOR,
			       "monitor: a thread to launch from: Resource "
			       "temporarily unavailable");
	assert_null(child);
	kernel.refuses_threads = false;
	assert_int_equal(caisson_monitor_launch(m, spec, NULL, &child, &err),
			 0);
	caisson_spec_free(spec);
	caisson_child_free(child);
	caisson_monitor_free(m);
	harness_assert_childless();
}

/* No descriptor is left for a process that is there. */
static void
no_descriptor_in_fork(void *arg)
{
	struct caisson_process_id self = { .pid = getpid() };
	struct rlimit old, none = { 3, 3 };
	struct caisson_error err;
	int pidfd = -1, r;

	(void)arg;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	none.rlim_max = old.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	r = caisson_process_open(&self, &pidfd, &err);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
	assert_int_equal(r, CAISSON_E_SYSTEM);
	assert_int_equal(err.sys_errno, EMFILE);
	assert_int_equal(pidfd, -1);
	assert_int_equal(caisson_process_open(&self, &pidfd, &err), 0);
	(void)close(pidfd);
}

/* One that standard input had is left, and is not for keeping. */
static void
no_descriptor_for_a_watch_in_fork(void *arg)
{
	struct caisson_monitor *m = monitoring_new(false, NULL, NULL);
	struct caisson_process_id self = { .pid = getpid() };
	struct caisson_watch *w = NULL;
	struct caisson_error err;
	struct rlimit old, few;
	int pidfd = -1, r;

	(void)arg;
	assert_int_equal(caisson_process_open(&self, &pidfd, &err), 0);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	few = old;
	few.rlim_cur = 4;
	(void)close(0);
	assert_true(fcntl(3, F_GETFD) >= 0);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	r = caisson_monitor_watch(m, pidfd, NULL, &w, &err);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
	launching_assert_error(&err, r, CAISSON_STAGE_MONITOR,
			       "monitor: copy of a pidfd: Too many open files");
	assert_int_equal(r, CAISSON_E_SYSTEM);
	assert_null(w);
	(void)close(pidfd);
	caisson_monitor_free(m);
}

static void
no_descriptor_for_a_watch_is_an_error(void **state)
{
	(void)state;
	harness_in_fork(no_descriptor_for_a_watch_in_fork, NULL);
}

static void
no_child_is_in_two_monitors(void **state)
{
	struct caisson_monitor *m = monitoring_new(false, NULL, NULL),
			       *n = monitoring_new(false, NULL, NULL);
	struct caisson_child *child = monitoring_act(m, "exit", "3");
	struct caisson_error err;

	(void)state;
	assert_int_equal(caisson_monitor_add(n, child, NULL, &err),
			 CAISSON_E_USAGE);
	assert_int_equal(monitoring_stats(n).children, 0);
	assert_int_equal(monitoring_end(m, child).value, 3);
	caisson_monitor_free(n);
	caisson_monitor_free(m);
}

static void
no_descriptor_is_not_the_same_as_no_process(void **state)
{
	(void)state;
	harness_in_fork(no_descriptor_in_fork, NULL);
}

/* Whoever asks for what there is now gets away, and the end is told. */
static void
news_without_end_keep_nobody(void **state)
{
	(void)state;
	for (int thread = 0; thread < 2; thread++) {
		struct caisson_monitor *m =
		    monitoring_new(thread != 0, NULL, NULL);
		struct caisson_child *child =
		    monitoring_act(m, "sleep", "60000");
		struct caisson_monitor_event event = { .size = sizeof(event) };

		atomic_store(&kernel.waits, 0);
		atomic_store(&kernel.is_full, true);
		if (thread == 0)
			assert_int_equal(
			    caisson_monitor_dispatch(m, CAISSON_FOREVER, NULL),
			    0);
		assert_int_equal(caisson_child_kill(child, NULL), 0);
		assert_int_equal(caisson_monitor_next(m, LAUNCHING_PATIENCE_MS,
						      &event, NULL),
				 0);
		if (thread == 0)
			assert_in_range(atomic_load(&kernel.waits), 2,
					WITHOUT_END - 1);
		assert_int_equal(event.exit.value, SIGKILL);
		caisson_child_free(child);
		atomic_store(&kernel.is_full, false);
		caisson_monitor_free(m);
	}
}

int
main(int argc, char **argv)
{
#define TEST(f) cmocka_unit_test_setup(f, fresh_kernel)
	const struct CMUnitTest tests[] = {
		TEST(no_monitor_without_a_timer_in_its_loop),
		TEST(a_child_that_cannot_be_polled_stays_its_owners),
		TEST(a_launch_that_cannot_be_watched_leaves_nothing),
		TEST(a_process_that_cannot_be_polled_is_not_watched),
		TEST(no_thread_for_the_loop_is_an_error),
		TEST(no_thread_to_launch_from_is_an_error),
		TEST(no_descriptor_is_not_the_same_as_no_process),
		TEST(no_descriptor_for_a_watch_is_an_error),
		TEST(no_child_is_in_two_monitors),
		TEST(news_without_end_keep_nobody),
	};

	return harness_main("monitor_kernel", argc, argv, tests,
			    sizeof(tests) / sizeof(tests[0]));
}
