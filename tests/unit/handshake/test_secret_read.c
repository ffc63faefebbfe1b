/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a secret from a descriptor: sizes, limits, ends, and time. */
#include "testing.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define LONG_MS 60000u /* a safety net: nothing takes so long */

static uint8_t
byte_at(size_t i)
{
	return (uint8_t)(i * 31 + i / 251);
}

struct writer {
	int fd;
	size_t len, piece;
	pthread_t thread;
};

static void *
write_pieces(void *arg)
{
	const struct writer *w = arg;
	uint8_t piece[4096];

	for (size_t at = 0; at < w->len;) {
		size_t n = w->len - at < w->piece ? w->len - at : w->piece;
		ssize_t done;

		for (size_t i = 0; i < n; i++)
			piece[i] = byte_at(at + i);
		done = write(w->fd, piece, n);
		if (done <= 0)
			break;
		at += (size_t)done;
	}
	(void)close(w->fd);
	return NULL;
}

/* The descriptor to read from; another thread writes. */
static int
start_writer(struct writer *w, size_t len, size_t piece)
{
	int fds[2];

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	*w = (struct writer){ .fd = fds[1], .len = len, .piece = piece };
	assert_int_equal(pthread_create(&w->thread, NULL, write_pieces, w), 0);
	return fds[0];
}

static void
check(const struct caisson_secret *s, size_t len)
{
	const uint8_t *data = caisson_secret_data(s);

	assert_int_equal(caisson_secret_len(s), len);
	for (size_t i = 0; i < len; i++)
		if (data[i] != byte_at(i))
			fail_msg("byte %zu of %zu is wrong", i, len);
}

static void
every_size_arrives_exactly(void **state)
{
	static const size_t sizes[] = { 0,     1,     2,      4095,    4096,
					4097,  8191,  8192,   8193,    65535,
					65536, 65537, 100000, 1u << 20 };

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct caisson_secret *s = NULL;
		struct writer w;
		int fd = start_writer(&w, sizes[i], 4096);

		must(caisson_secret_read(fd, 0, LONG_MS, &s, &error));
		(void)pthread_join(w.thread, NULL);
		check(s, sizes[i]);
		caisson_secret_free(s);
		/* It is still open. */
		assert_int_equal(close(fd), 0);
	}
}

static void
it_may_come_byte_by_byte_and_for_ever(void **state)
{
	struct caisson_secret *s = NULL;
	struct writer w;
	int fd = start_writer(&w, 9000, 1);

	(void)state;
	must(caisson_secret_read(fd, 9000, CAISSON_FOREVER, &s, &error));
	(void)pthread_join(w.thread, NULL);
	check(s, 9000);
	caisson_secret_free(s);
	(void)close(fd);
}

/* 0: a secret; otherwise the error's code. */
static int
read_len(size_t len, size_t limit)
{
	struct caisson_secret *s = NULL;
	struct writer w;
	int fd = start_writer(&w, len, 4096);
	int r = caisson_secret_read(fd, limit, LONG_MS, &s, &error);

	(void)close(fd);
	(void)pthread_join(w.thread, NULL);
	assert_int_equal(s != NULL, r == 0);
	if (r == 0)
		check(s, len);
	caisson_secret_free(s);
	return r;
}

static void
one_byte_over_the_limit_is_refused(void **state)
{
	static const size_t limits[] = { 1,     4095,  4096,  4097,
					 65535, 65536, 65537, 1u << 20 };

	(void)state;
	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		assert_int_equal(read_len(limits[i] - 1, limits[i]), 0);
		assert_int_equal(read_len(limits[i], limits[i]), 0);
		must_fail(read_len(limits[i] + 1, limits[i]), CAISSON_E_USAGE,
			  "the secret is longer than");
	}
	/* Where no limit is named, there is one. */
	must_fail(read_len((1u << 20) + 1, 0), CAISSON_E_USAGE,
		  "longer than 1048576 bytes");
}

static void
a_source_without_end_is_refused(void **state)
{
	struct caisson_secret *s = NULL;
	int fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);

	(void)state;
	assert_true(fd >= 0);
	must_fail(caisson_secret_read(fd, 0, LONG_MS, &s, &error),
		  CAISSON_E_USAGE, "longer than");
	(void)close(fd);
}

static void
what_does_not_end_is_given_up(void **state)
{
	struct caisson_secret *s = NULL;
	int fds[2];

	(void)state;
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	must_fail(caisson_secret_read(fds[0], 0, 0, &s, &error),
		  CAISSON_E_TIMEOUT, "has not ended in time");
	must_fail(caisson_secret_read(fds[0], 0, 5, &s, &error),
		  CAISSON_E_TIMEOUT, "has not ended in time");
	assert_int_equal(write(fds[1], "half", 4), 4);
	must_fail(caisson_secret_read(fds[0], 0, 5, &s, &error),
		  CAISSON_E_TIMEOUT, "has not ended in time");
	assert_null(s);
	/* What is there already needs no time. */
	assert_int_equal(write(fds[1], "all", 3), 3);
	(void)close(fds[1]);
	must(caisson_secret_read(fds[0], 0, 0, &s, &error));
	assert_true(caisson_secret_equal(s, "all", 3));
	caisson_secret_free(s);
	(void)close(fds[0]);
}

static void
wrong_calls_and_descriptors_are_refused(void **state)
{
	struct caisson_secret *s = NULL;
	int fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	(void)state;
	assert_true(fd >= 0);
	must_fail(caisson_secret_read(-1, 0, 0, &s, &error), CAISSON_E_USAGE,
		  "descriptor -1");
	must_fail(caisson_secret_read(fd, CAISSON_HANDSHAKE_BYTES_MAX + 1, 0,
				      &s, &error),
		  CAISSON_E_USAGE, "limit 67108865");
	must_fail(caisson_secret_read(fd, 0, LONG_MS, &s, &error),
		  CAISSON_E_SYSTEM, "payload: read the secret");
	assert_int_equal(error.sys_errno, EISDIR);
	(void)close(fd);
	must_fail(caisson_secret_read(fd, 0, LONG_MS, &s, &error),
		  CAISSON_E_SYSTEM, "payload: read the secret");
	assert_int_equal(error.sys_errno, EBADF);
	assert_null(s);
}

static void
flags_stay_and_nonblocking_is_waited_for(void **state)
{
	static const int flags[] = { 0, O_NONBLOCK };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct caisson_secret *s = NULL;
		struct writer w;
		int fd = start_writer(&w, 70000, 100), before;

		assert_int_equal(fcntl(fd, F_SETFL, flags[i]), 0);
		before = fcntl(fd, F_GETFL);
		must(caisson_secret_read(fd, 0, LONG_MS, &s, &error));
		(void)pthread_join(w.thread, NULL);
		check(s, 70000);
		assert_int_equal(fcntl(fd, F_GETFL), before);
		assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
		caisson_secret_free(s);
		(void)close(fd);
	}
}

static void
files_and_sockets_are_read_too(void **state)
{
	struct caisson_secret *s = NULL;
	int fds[2], fd = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);

	(void)state;
	must(caisson_secret_read(fd, 0, LONG_MS, &s, &error));
	assert_true(caisson_secret_len(s) > 1);
	caisson_secret_free(s);
	(void)close(fd);
	s = NULL;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0,
				    fds),
			 0);
	assert_int_equal(write(fds[1], "sock", 4), 4);
	assert_int_equal(shutdown(fds[1], SHUT_WR), 0);
	must(caisson_secret_read(fds[0], 0, LONG_MS, &s, &error));
	assert_true(caisson_secret_equal(s, "sock", 4));
	caisson_secret_free(s);
	(void)close(fds[0]);
	(void)close(fds[1]);
}

static atomic_int interruptions;
static atomic_bool is_read;

static void
interrupted(int signo)
{
	(void)signo;
	atomic_fetch_add(&interruptions, 1);
}

static void *
interrupt(void *arg)
{
	const struct timespec pause = { 0, 200000 };

	while (!atomic_load(&is_read)) {
		(void)pthread_kill(*(const pthread_t *)arg, SIGUSR1);
		(void)nanosleep(&pause, NULL);
	}
	return NULL;
}

static void
signals_do_not_matter(void **state)
{
	struct sigaction act = { .sa_handler = interrupted };
	struct caisson_secret *s = NULL;
	pthread_t self = pthread_self(), thread;
	struct writer w;
	sigset_t usr1;
	int fd;

	(void)state;
	/* The other threads inherit a mask without it. */
	(void)sigemptyset(&usr1);
	(void)sigaddset(&usr1, SIGUSR1);
	(void)pthread_sigmask(SIG_BLOCK, &usr1, NULL);
	fd = start_writer(&w, 20000, 1);
	assert_int_equal(pthread_create(&thread, NULL, interrupt, &self), 0);
	(void)sigaction(SIGUSR1, &act, NULL);
	(void)pthread_sigmask(SIG_UNBLOCK, &usr1, NULL);
	while (atomic_load(&interruptions) == 0)
		(void)usleep(100);
	must(caisson_secret_read(fd, 0, LONG_MS, &s, &error));
	atomic_store(&is_read, true);
	(void)pthread_join(thread, NULL);
	(void)pthread_join(w.thread, NULL);
	check(s, 20000);
	caisson_secret_free(s);
	(void)close(fd);
}

/* Mappings of this process that are wiped when it forks. */
static int
secret_mappings(void)
{
	FILE *file = fopen("/proc/self/smaps", "re");
	char line[512];
	int n = 0;

	assert_non_null(file);
	while (fgets(line, sizeof(line), file) != NULL)
		n += strncmp(line, "VmFlags:", 8) == 0 &&
		     strstr(line, " wf") != NULL;
	(void)fclose(file);
	return n;
}

static void *
read_for_ever(void *fd)
{
	struct caisson_secret *s = NULL;

	(void)!caisson_secret_read(*(const int *)fd, 0, CAISSON_FOREVER, &s,
				   NULL);
	return NULL;
}

/* A thread that is cancelled while it reads leaves nothing of it behind. */
static void
what_a_cancelled_thread_has_read_is_gone(void **state)
{
	int fds[2], left = 1, before = secret_mappings();
	pthread_t thread;
	void *result = NULL;

	(void)state;
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	assert_int_equal(write(fds[1], "half of it", 10), 10);
	assert_int_equal(pthread_create(&thread, NULL, read_for_ever, fds), 0);
	while (left > 0) {
		(void)usleep(1000);
		assert_int_equal(ioctl(fds[0], FIONREAD, &left), 0);
	}
	assert_int_equal(secret_mappings(), before + 1);
	assert_int_equal(pthread_cancel(thread), 0);
	assert_int_equal(pthread_join(thread, &result), 0);
	assert_ptr_equal(result, PTHREAD_CANCELED);
	assert_int_equal(secret_mappings(), before);
	(void)close(fds[0]);
	(void)close(fds[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_size_arrives_exactly),
		cmocka_unit_test(it_may_come_byte_by_byte_and_for_ever),
		cmocka_unit_test(one_byte_over_the_limit_is_refused),
		cmocka_unit_test(a_source_without_end_is_refused),
		cmocka_unit_test(what_does_not_end_is_given_up),
		cmocka_unit_test(wrong_calls_and_descriptors_are_refused),
		cmocka_unit_test(flags_stay_and_nonblocking_is_waited_for),
		cmocka_unit_test(files_and_sockets_are_read_too),
		cmocka_unit_test(signals_do_not_matter),
		cmocka_unit_test(what_a_cancelled_thread_has_read_is_gone),
	};

	/* Who is not read from any more gets an error, not a signal. */
	(void)signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
