/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Launchers in need: signals all the time, no descriptors, no files, no locked
 * memory.  Everything arrives, or there is an error and nothing else.
 */
#include "speaking.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

#define LARGEST (1u << 20)

static uint8_t bytes[LARGEST];

static struct caisson_child *
start(const char *protocol, uint32_t engine, size_t size)
{
	struct caisson_secret *s = speaking_secret(bytes, size);
	struct caisson_child *child =
	    launching_start(speaking_spec(protocol,
					  "read end digest 1 ready exit 3"),
			    speaking_options(engine, s));

	caisson_secret_free(s);
	return child;
}

static void
finish(struct caisson_child *child, const char *protocol, size_t size)
{
	assert_string_equal(launching_read_line(child, 1),
			    speaking_digest(speaking_empty_config(protocol),
					    (struct caisson_bytes){ bytes,
								    size }));
	assert_int_equal(launching_finish(child).value, 3);
}

static volatile sig_atomic_t n_signals;

static void
count_signal(int signo)
{
	(void)signo;
	n_signals = n_signals + 1;
}

/* Not restarted: what can be interrupted is. */
static void
set_alarms(bool on)
{
	struct sigaction action = { .sa_handler = count_signal };
	struct itimerval often = { { 0, on ? 100 : 0 }, { 0, on ? 100 : 0 } };

	assert_int_equal(sigaction(SIGALRM, &action, NULL), 0);
	assert_int_equal(setitimer(ITIMER_REAL, &often, NULL), 0);
}

static void
launch_under_signals(void *arg)
{
	static const size_t sizes[] = { 0, 5000, 65536, LARGEST };

	(void)arg;
	for (int p = 0; speaking_protocols[p] != NULL; p++)
		for (const uint32_t *e = speaking_engines(); *e != 0; e++)
			for (size_t i = 0; i < 4; i++) {
				struct caisson_child *child;

				set_alarms(true);
				child =
				    start(speaking_protocols[p], *e, sizes[i]);
				speaking_wait_ready(child);
				set_alarms(false);
				finish(child, speaking_protocols[p], sizes[i]);
			}
	assert_true(n_signals > 10);
}

static void
signals_interrupt_nothing(void **state)
{
	(void)state;
	harness_in_fork(launch_under_signals, NULL);
}

/* The soft limit; what it was before. */
static rlim_t
set_limit(__rlimit_resource_t which, rlim_t soft)
{
	struct rlimit limit;
	rlim_t before;

	assert_int_equal(getrlimit(which, &limit), 0);
	before = limit.rlim_cur;
	limit.rlim_cur = soft;
	assert_int_equal(setrlimit(which, &limit), 0);
	return before;
}

/* As many numbers as the limit says: all but `left` are taken. */
static rlim_t
take_descriptors(int left)
{
	rlim_t before = set_limit(RLIMIT_NOFILE, 64);
	int fd = 0;

	while (fd >= 0)
		fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	assert_int_equal(errno, EMFILE);
	for (int i = 0; i < left; i++)
		(void)close(63 - i);
	return before;
}

static int
count_descriptors(void)
{
	int n = 0;

	for (int fd = 0; fd < 64; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

struct few {
	int left;
	size_t size;
	bool has_worked; /* shared memory: the fork's answer */
};

static void
launch_with_few(void *arg)
{
	struct few *few = arg;
	size_t size = few->size;
	struct caisson_secret *s = speaking_secret(bytes, size);
	struct caisson_spec *spec =
	    speaking_spec("caisson", "read end digest 1 ready exit 3");
	struct caisson_child *child = NULL;
	struct caisson_error err;
	int r, before;
	rlim_t limit;

	assert_int_equal(caisson_spec_freeze(spec, &err), 0);
	limit = take_descriptors(few->left);
	before = count_descriptors();
	r = caisson_launch(spec, speaking_options(0, s), &child, &err);
	if (r == 0)
		caisson_child_free(child);
	else
		assert_int_equal(err.sys_errno, EMFILE);
	harness_assert_childless();
	assert_int_equal(count_descriptors(), before);
	caisson_spec_free(spec);
	caisson_secret_free(s);
	few->has_worked = r == 0;
	/* what sanitizers do at the end needs some */
	(void)set_limit(RLIMIT_NOFILE, limit);
}

static void
without_descriptors_nothing_is_started_and_none_is_lost(void **state)
{
	struct few *few = mmap(NULL, sizeof(*few), PROT_READ | PROT_WRITE,
			       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	static const size_t sizes[] = { 100, LARGEST };

	(void)state;
	assert_true(few != MAP_FAILED);
	for (int i = 0; i < 2; i++) {
		bool has_worked = false;

		few->size = sizes[i];
		for (few->left = 0; few->left < 24; few->left++) {
			harness_in_fork(launch_with_few, few);
			/* none is too few; and more of them is never worse */
			assert_false(few->left == 0 && few->has_worked);
			assert_true(few->has_worked || !has_worked);
			has_worked = few->has_worked;
		}
		assert_true(has_worked);
	}
	(void)munmap(few, sizeof(*few));
}

/* A memfd is a file for this limit; a pipe is not. */
static void
launch_without_files(void *arg)
{
	struct caisson_secret *s;
	struct caisson_spec *spec = speaking_spec("caisson", "read end ready");
	struct caisson_child *child = NULL;
	struct caisson_error err;
	rlim_t limit;
	int r;

	(void)arg;
	(void)signal(SIGXFSZ, SIG_DFL);
	limit = set_limit(RLIMIT_FSIZE, 0);
	finish(start("v23", 0, 60000), "v23", 60000);
	s = speaking_secret(bytes, LARGEST);
	assert_int_equal(caisson_spec_freeze(spec, &err), 0);
	r = caisson_launch(spec, speaking_options(0, s), &child, &err);
	caisson_spec_free(spec);
	caisson_secret_free(s);
	(void)set_limit(RLIMIT_FSIZE, limit); /* messages may go to a file */
	print_message("%s\n", r == 0 ? "sent all the same" : err.msg);
	if (r == 0) {
		speaking_wait_ready(child);
		caisson_child_free(child);
	} else {
		assert_int_equal(r, CAISSON_E_SYSTEM);
		assert_int_equal(err.sys_errno, EFBIG);
	}
	harness_assert_childless();
}

static void
who_may_not_write_files_is_not_killed_for_it(void **state)
{
	(void)state;
	harness_in_fork(launch_without_files, NULL);
}

static void
launch_without_locked_memory(void *arg)
{
	(void)arg;
	(void)set_limit(RLIMIT_MEMLOCK, 0);
	for (int p = 0; speaking_protocols[p] != NULL; p++)
		finish(start(speaking_protocols[p], 0, LARGEST),
		       speaking_protocols[p], LARGEST);
}

static void
who_may_not_lock_memory_can_send_all_the_same(void **state)
{
	(void)state;
	harness_in_fork(launch_without_locked_memory, NULL);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(signals_interrupt_nothing),
		cmocka_unit_test(
		    without_descriptors_nothing_is_started_and_none_is_lost),
		cmocka_unit_test(who_may_not_write_files_is_not_killed_for_it),
		cmocka_unit_test(who_may_not_lock_memory_can_send_all_the_same),
	};

	memset(bytes, 0x5a, sizeof(bytes));
	return harness_main("speakers_limits", argc, argv, tests,
			    sizeof(tests) / sizeof(tests[0]));
}
