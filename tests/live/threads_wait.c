/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Many threads with one child: each may wait for it, ask about it, end it, and
 * be cancelled meanwhile.  The linker sends poll here, to be counted.
 */
#include "launching.h"
#include "run/handle.h"
#include "speaking.h"

#include <dirent.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#define THREADS 16

int __real_poll(struct pollfd *fds, nfds_t n, int ms);
int __wrap_poll(struct pollfd *fds, nfds_t n, int ms);

static atomic_uint polls;

int
__wrap_poll(struct pollfd *fds, nfds_t n, int ms)
{
	atomic_fetch_add(&polls, 1);
	return __real_poll(fds, n, ms);
}

struct waiter {
	pthread_t thread;
	struct caisson_child *child;
	struct caisson_exit exit;
	int ready, ended;
};

static void *
wait_for_both(void *arg)
{
	struct waiter *w = arg;
	struct caisson_readiness r = { .size = sizeof(r) };

	w->ready = caisson_child_wait_ready(w->child, CAISSON_FOREVER, NULL);
	caisson_child_readiness(w->child, &r);
	if (r.state != CAISSON_START_READY)
		w->ready = CAISSON_E_LIED;
	do {
		w->ended = caisson_child_wait(w->child, 20, &w->exit, NULL);
	} while (w->ended == CAISSON_E_TIMEOUT);
	return NULL;
}

static void
each_thread_that_waits_is_told(void **state)
{
	struct caisson_child *child = launching_start(
	    speaking_spec("caisson", "await 0 ready await 0 exit 7"), NULL);
	struct waiter waiter[THREADS];

	(void)state;
	for (size_t i = 0; i < THREADS; i++) {
		waiter[i].child = child;
		assert_int_equal(pthread_create(&waiter[i].thread, NULL,
						wait_for_both, &waiter[i]),
				 0);
	}
	assert_int_equal(dprintf(caisson_child_fd(child, 0), "x"), 1);
	speaking_wait_ready(child);
	assert_int_equal(dprintf(caisson_child_fd(child, 0), "x"), 1);
	for (size_t i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(waiter[i].thread, NULL), 0);
		assert_int_equal(waiter[i].ready, 0);
		assert_int_equal(waiter[i].ended, 0);
		assert_int_equal(waiter[i].exit.how, CAISSON_HOW_EXITED);
		assert_int_equal(waiter[i].exit.value, 7);
		assert_true(waiter[i].exit.has_usage);
	}
	caisson_child_free(child);
	harness_assert_childless();
}

/* Says whether it could, and goes when told to. */
static void
be_tracer(pid_t pid, const int told[2], const int says[2])
{
	char could = ptrace(PTRACE_SEIZE, pid, 0, 0) == 0 ? 'y' : 'n';

	(void)close(told[1]);
	if (write(says[1], &could, 1) == 1)
		(void)!read(told[0], &could, 1);
	_exit(0);
}

/* Nobody can have its status while another process traces it. */
static void
a_dead_one_that_is_traced_keeps_nobody_busy(void **state)
{
	struct caisson_child *child =
	    launching_start(launching_spec(NULL, "sleep", "60000", NULL), NULL);
	struct caisson_exit e;
	int told[2], says[2];
	pid_t tracer;
	char could;

	(void)state;
	assert_int_equal(caisson_pipe(told), 0);
	assert_int_equal(caisson_pipe(says), 0);
	tracer = fork();
	if (tracer == 0)
		be_tracer(caisson_child_pid(child), told, says);
	assert_int_equal(read(says[0], &could, 1), 1);
	if (could != 'y')
		print_message("skipped: not allowed to trace\n");
	assert_int_equal(caisson_child_kill(child, NULL), 0);
	atomic_store(&polls, 0);
	assert_int_equal(caisson_child_wait(child, 200, &e, NULL),
			 could == 'y' ? CAISSON_E_TIMEOUT : 0);
	/* every few milliseconds, and not all the time: two for each look */
	assert_in_range(atomic_load(&polls), 1, 100);
	(void)close(told[0]);
	(void)close(told[1]);
	assert_int_equal(caisson_child_wait(child, LAUNCHING_PATIENCE_MS, &e,
					    NULL),
			 0);
	assert_int_equal(e.value, SIGKILL);
	assert_int_equal(waitpid(tracer, NULL, 0), tracer);
	caisson_child_free(child);
	(void)close(says[0]);
	(void)close(says[1]);
}

static unsigned int
open_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned int n = 0;

	assert_non_null(dir);
	while (readdir(dir) != NULL)
		n++;
	(void)closedir(dir);
	return n;
}

static bool
is_asleep(const struct caisson_child *c)
{
	bool is;

	handle_lock(c);
	is = c->sleepers != NULL;
	handle_unlock(c);
	return is;
}

static void *
wait_for_ever(void *arg)
{
	(void)!caisson_child_wait(arg, CAISSON_FOREVER, NULL, NULL);
	return NULL;
}

/*
 * ThreadSanitizer loses sight of a thread that is cancelled inside one of the
 * functions that it replaces: it takes no note of what that locks afterwards.
 */
extern void __tsan_init(void) __attribute__((weak));

static void
a_cancelled_sleeper_is_not_woken_any_more(void **state)
{
	struct caisson_child *child;
	unsigned int before;
	pthread_t thread;
	void *result;

	(void)state;
	if (__tsan_init != NULL) {
		print_message("skipped: not under ThreadSanitizer\n");
		skip();
	}
	child =
	    launching_start(launching_spec(NULL, "sleep", "60000", NULL), NULL);
	before = open_descriptors();
	assert_int_equal(pthread_create(&thread, NULL, wait_for_ever, child),
			 0);
	while (!is_asleep(child))
		(void)sched_yield();
	assert_int_equal(pthread_cancel(thread), 0);
	assert_int_equal(pthread_join(thread, &result), 0);
	assert_ptr_equal(result, PTHREAD_CANCELED);
	assert_false(is_asleep(child));
	assert_int_equal(open_descriptors(), before);
	assert_int_equal(caisson_child_stop(child, 0, NULL), 0);
	assert_int_equal(launching_finish(child).how, CAISSON_HOW_SIGNALLED);
}

/* Cancelled from the beginning: at the first occasion. */
static void *
do_everything(void *arg)
{
	struct caisson_denial denial = { .size = sizeof(denial) };

	assert_int_equal(pthread_cancel(pthread_self()), 0);
	(void)!caisson_child_stop(arg, CAISSON_FOREVER, NULL);
	(void)!caisson_child_denial(arg, &denial);
	(void)!caisson_child_wait(arg, 0, NULL, NULL);
	return arg;
}

static void
a_cancelled_thread_leaves_no_lock_behind(void **state)
{
	struct caisson_child *child =
	    launching_start(launching_spec(NULL, "sleep", "60000", NULL), NULL);
	pthread_t thread;
	void *result;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, do_everything, child),
			 0);
	assert_int_equal(pthread_join(thread, &result), 0);
	/* nothing slept, so nobody had to go */
	assert_ptr_equal(result, child);
	assert_int_equal(pthread_mutex_trylock(&child->mutex), 0);
	assert_int_equal(pthread_mutex_unlock(&child->mutex), 0);
	caisson_child_free(child);
	harness_assert_childless();
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_thread_that_waits_is_told),
		cmocka_unit_test(a_dead_one_that_is_traced_keeps_nobody_busy),
		cmocka_unit_test(a_cancelled_sleeper_is_not_woken_any_more),
		cmocka_unit_test(a_cancelled_thread_leaves_no_lock_behind),
	};

	return harness_main("threads_wait", argc, argv, tests,
			    sizeof(tests) / sizeof(tests[0]));
}
