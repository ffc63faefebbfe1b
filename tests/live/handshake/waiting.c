/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Threads that wait for the same program: what one of them finds, or asks for,
 * the others act upon.
 */
#include "speaking.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

struct waiter {
	pthread_t thread;
	struct caisson_child *child;
	_Atomic pid_t tid;
	bool for_ready;
	int r;
	struct caisson_exit exit;
};

static void *
wait_for_it(void *arg)
{
	struct waiter *w = arg;

	atomic_store(&w->tid, gettid());
	if (w->for_ready)
		w->r =
		    caisson_child_wait_ready(w->child, CAISSON_FOREVER, NULL);
	else
		w->r = caisson_child_wait(w->child, CAISSON_FOREVER, &w->exit,
					  NULL);
	return NULL;
}

/* Asleep in its poll: "S" alone could be anything before. */
static bool
is_in_poll(pid_t tid)
{
	char text[64] = "";
	int fd = open(harness_text("/proc/self/task/%d/syscall", tid),
		      O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (fd >= 0)
		(void)close(fd);
	/* where that cannot be read: long enough */
	if (n <= 0) {
		(void)usleep(20000);
		return true;
	}
	return text[0] >= '0' && text[0] <= '9';
}

static void
begin(struct waiter *w, struct caisson_child *child, bool for_ready)
{
	*w = (struct waiter){ .child = child, .for_ready = for_ready };
	assert_int_equal(pthread_create(&w->thread, NULL, wait_for_it, w), 0);
	while (atomic_load(&w->tid) == 0 || !is_in_poll(atomic_load(&w->tid)))
		(void)usleep(1000);
}

static struct caisson_child *
start(const char *script, uint64_t grace_ms)
{
	struct caisson_spec *spec = speaking_spec("caisson", script);
	struct caisson_error err;

	assert_int_equal(caisson_spec_set_kill_grace_ms(spec, grace_ms, &err),
			 0);
	assert_int_equal(caisson_spec_set_handshake_ready_timeout_ms(spec,
								     3600000,
								     &err),
			 0);
	return launching_start(spec, NULL);
}

static void
wait_ready_and_wait_may_be_two_threads(void **state)
{
	static const struct {
		const char *script;
		int code;
		uint32_t how;
	} rows[] = {
		{ "await 0 ready exit 4", 0, CAISSON_HOW_EXITED },
		{ "await 0 failed x exit 4", CAISSON_E_FAILED,
		  CAISSON_HOW_EXITED },
		{ "await 0 exit 4", CAISSON_E_DIED, CAISSON_HOW_EXITED },
		{ "await 0 ready-as 1 pause", CAISSON_E_LIED,
		  CAISSON_HOW_SIGNALLED },
		{ "await 0 say x\\xff pause", CAISSON_E_PROTOCOL,
		  CAISSON_HOW_SIGNALLED },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct caisson_child *child = start(rows[i].script, 100);
		struct waiter end, ready[2];

		begin(&end, child, false);
		begin(&ready[0], child, true);
		begin(&ready[1], child, true);
		(void)close(caisson_child_take_fd(child, 0));
		assert_int_equal(pthread_join(ready[0].thread, NULL), 0);
		assert_int_equal(pthread_join(ready[1].thread, NULL), 0);
		assert_int_equal(pthread_join(end.thread, NULL), 0);
		assert_int_equal(ready[0].r, rows[i].code);
		assert_int_equal(ready[1].r, rows[i].code);
		assert_int_equal(end.r, 0);
		assert_int_equal(end.exit.how, rows[i].how);
		caisson_child_free(child);
	}
	harness_assert_childless();
}

/*
 * The thread that only waits for the end slept without a deadline; the other
 * reads the status and goes away: the kill is the first one's.
 */
static void
a_failure_that_another_thread_has_read_is_acted_upon(void **state)
{
	(void)state;
	for (int turn = 0; turn < 20; turn++) {
		struct caisson_child *child =
		    start("ignore 15 await 0 failed x pause", 50);
		struct waiter end;

		begin(&end, child, false);
		(void)close(caisson_child_take_fd(child, 0));
		while (speaking_state(child).state == CAISSON_START_WAITING)
			assert_int_not_equal(caisson_child_wait_ready(child, 0,
								      NULL),
					     0);
		assert_int_equal(pthread_join(end.thread, NULL), 0);
		assert_int_equal(end.exit.how, CAISSON_HOW_SIGNALLED);
		assert_int_equal(end.exit.value, SIGKILL);
		caisson_child_free(child);
	}
}

/* Nobody polls the status any more, so nobody keeps it open. */
static void
what_is_late_gets_epipe_though_a_thread_sleeps(void **state)
{
	(void)state;
	for (int turn = 0; turn < 20; turn++) {
		struct caisson_spec *spec =
		    speaking_spec("caisson",
				  "await 0 ready await 8 late 1 exit 4");
		struct caisson_child *child;
		struct caisson_error err;
		struct waiter end;

		assert_int_equal(caisson_spec_fd_pipe(spec, 8, CAISSON_TO_CHILD,
						      &err),
				 0);
		child = launching_start(spec, NULL);
		begin(&end, child, false);
		(void)close(caisson_child_take_fd(child, 0));
		speaking_wait_ready(child);
		/* once the sleeper has looked, and sleeps again */
		(void)usleep(20000);
		while (!is_in_poll(atomic_load(&end.tid)))
			(void)usleep(1000);
		(void)close(caisson_child_take_fd(child, 8));
		assert_string_equal(launching_read_line(child, 1), "EPIPE");
		assert_int_equal(pthread_join(end.thread, NULL), 0);
		assert_int_equal(end.exit.value, 4);
		caisson_child_free(child);
	}
}

static void
a_stop_by_another_thread_is_carried_out(void **state)
{
	struct caisson_child *child =
	    launching_start(launching_spec(NULL, "ignore", "15", "1", NULL),
			    NULL);
	struct waiter end;
	struct caisson_error err;

	(void)state;
	assert_string_equal(launching_read_line(child, 1), "ready");
	begin(&end, child, false);
	assert_int_equal(caisson_child_stop(child, 50, &err), 0);
	assert_int_equal(pthread_join(end.thread, NULL), 0);
	assert_int_equal(end.exit.how, CAISSON_HOW_SIGNALLED);
	assert_int_equal(end.exit.value, SIGKILL);
	caisson_child_free(child);
}

/* No descriptor is left to be woken by: it looks again by itself. */
static void
without_a_descriptor(void *arg)
{
	struct caisson_child *child =
	    start("ignore 15 await 0 failed x pause", 50);
	struct rlimit limit = { 0, 0 };
	struct waiter end;
	int null = open("/dev/null", O_RDWR | O_CLOEXEC), n = 0;

	(void)arg;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = 64;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	while (dup(null) >= 0)
		n++;
	assert_true(n > 0);
	end = (struct waiter){ .child = child };
	assert_int_equal(pthread_create(&end.thread, NULL, wait_for_it, &end),
			 0);
	(void)usleep(50000);
	(void)close(caisson_child_take_fd(child, 0));
	assert_int_equal(pthread_join(end.thread, NULL), 0);
	assert_int_equal(end.r, 0);
	assert_int_equal(end.exit.value, SIGKILL);
	caisson_child_free(child);
}

static void
waiting_needs_no_descriptor(void **state)
{
	(void)state;
	harness_in_fork(without_a_descriptor, NULL);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wait_ready_and_wait_may_be_two_threads),
		cmocka_unit_test(
		    a_failure_that_another_thread_has_read_is_acted_upon),
		cmocka_unit_test(
		    what_is_late_gets_epipe_though_a_thread_sleeps),
		cmocka_unit_test(a_stop_by_another_thread_is_carried_out),
		cmocka_unit_test(waiting_needs_no_descriptor),
	};

	return harness_main("handshake_waiting", argc, argv, tests,
			    sizeof(tests) / sizeof(tests[0]));
}
