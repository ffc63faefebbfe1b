/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Secrets on a kernel that refuses, and what a secret's memory holds when the
 * kernel gets it back.  The linker sends mmap (by its name for wide offsets),
 * munmap, madvise, mlock, poll and read here.
 */
#include "testing.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <unistd.h>

void *
__real_mmap64(void *at, size_t len, int prot, int flags, int fd, off_t offset);
int __real_munmap(void *at, size_t len);
int __real_madvise(void *at, size_t len, int advice);
int __real_mlock(const void *at, size_t len);
int __real_poll(struct pollfd *fds, nfds_t n, int ms);
ssize_t __real_read(int fd, void *data, size_t len);
void *
__wrap_mmap64(void *at, size_t len, int prot, int flags, int fd, off_t offset);
int __wrap_munmap(void *at, size_t len);
int __wrap_madvise(void *at, size_t len, int advice);
int __wrap_mlock(const void *at, size_t len);
int __wrap_poll(struct pollfd *fds, nfds_t n, int ms);
ssize_t __wrap_read(int fd, void *data, size_t len);

/* What is asked of the kernel next, and how it answers. */
static struct {
	bool refuses_mmap, refuses_mlock;
	int refuses_advice;
	int poll_errno, read_errno; /* once; 0: none */
	bool never_has_anything; /* poll says there is, read says not */
	unsigned locks, mapped, unmapped, dirty, polls;
} kernel;

void *
__wrap_mmap64(void *at, size_t len, int prot, int flags, int fd, off_t offset)
{
	if (kernel.refuses_mmap) {
		errno = ENOMEM;
		return MAP_FAILED;
	}
	kernel.mapped++;
	return __real_mmap64(at, len, prot, flags, fd, offset);
}

int
__wrap_munmap(void *at, size_t len)
{
	const uint8_t *p = at;
	bool is_dirty = false;

	for (size_t i = 0; i < len; i++)
		is_dirty = is_dirty || p[i] != 0;
	kernel.unmapped++;
	kernel.dirty += is_dirty;
	return __real_munmap(at, len);
}

int
__wrap_madvise(void *at, size_t len, int advice)
{
	if (advice == kernel.refuses_advice) {
		errno = EINVAL;
		return -1;
	}
	return __real_madvise(at, len, advice);
}

int
__wrap_mlock(const void *at, size_t len)
{
	kernel.locks++;
	if (kernel.refuses_mlock) {
		errno = EPERM;
		return -1;
	}
	return __real_mlock(at, len);
}

static bool
fails_once(int *value)
{
	if (*value == 0)
		return false;
	errno = *value;
	*value = 0;
	return true;
}

int
__wrap_poll(struct pollfd *fds, nfds_t n, int ms)
{
	kernel.polls++;
	if (kernel.never_has_anything)
		return 1;
	return fails_once(&kernel.poll_errno) ? -1 : __real_poll(fds, n, ms);
}

ssize_t
__wrap_read(int fd, void *data, size_t len)
{
	if (kernel.never_has_anything) {
		errno = EAGAIN;
		return -1;
	}
	return fails_once(&kernel.read_errno) ? -1 : __real_read(fd, data, len);
}

static int
fresh_kernel(void **state)
{
	(void)state;
	memset(&kernel, 0, sizeof(kernel));
	kernel.refuses_advice = -1;
	return 0;
}

static void
the_wrapped_kernel_sees_what_is_left(void **state)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)state;
	assert_true(p != MAP_FAILED);
	memset(p, 'x', 1);
	(void)munmap(p, 4096);
	assert_int_equal(kernel.mapped, 1);
	assert_int_equal(kernel.dirty, 1);
}

static void
no_secret_without_its_protection(void **state)
{
	static const int advices[] = { MADV_DONTDUMP, MADV_WIPEONFORK };
	struct caisson_secret *s = NULL;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		kernel.refuses_advice = advices[i];
		must_fail(caisson_secret_new("x", 1, &s, &error),
			  CAISSON_E_SYSTEM, "payload: madvise");
		assert_int_equal(error.sys_errno, EINVAL);
		assert_null(s);
	}
	assert_int_equal(kernel.mapped, 2);
	assert_int_equal(kernel.unmapped, 2);
	kernel.refuses_mmap = true;
	must_fail(caisson_secret_new("x", 1, &s, &error), CAISSON_E_NO_MEMORY,
		  "payload: out of memory");
	must_fail(caisson_secret_read(0, 0, 0, &s, &error), CAISSON_E_NO_MEMORY,
		  "payload: out of memory");
	assert_null(s);
	assert_int_equal(kernel.mapped, kernel.unmapped);
}

static void
a_secret_that_cannot_be_locked_is_a_secret(void **state)
{
	struct caisson_secret *s = NULL;

	(void)state;
	kernel.refuses_mlock = true;
	must(caisson_secret_new("abc", 3, &s, &error));
	assert_int_equal(kernel.locks, 1);
	assert_true(caisson_secret_equal(s, "abc", 3));
	caisson_secret_free(s);
}

static void
what_the_kernel_gets_back_is_zeros(void **state)
{
	struct caisson_secret *s = NULL;
	uint8_t large[5000];

	(void)state;
	memset(large, 'x', sizeof(large));
	must(caisson_secret_new(large, sizeof(large), &s, &error));
	caisson_secret_free(s);
	assert_int_equal(kernel.unmapped, 1);
	assert_int_equal(kernel.dirty, 0);
}

/* A pipe that holds so many bytes, and then ends. */
static int
full_pipe(size_t len)
{
	uint8_t data[4096];
	int fds[2];

	memset(data, 'x', sizeof(data));
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	for (size_t n; len > 0; len -= n) {
		n = len < sizeof(data) ? len : sizeof(data);
		assert_int_equal(write(fds[1], data, n), n);
	}
	(void)close(fds[1]);
	return fds[0];
}

static void
growing_leaves_no_copy(void **state)
{
	struct caisson_secret *s = NULL;
	int fd = full_pipe(60000);

	(void)state;
	must(caisson_secret_read(fd, 0, 0, &s, &error));
	assert_int_equal(caisson_secret_len(s), 60000);
	assert_true(kernel.mapped > 3);
	assert_int_equal(kernel.unmapped, kernel.mapped - 1);
	caisson_secret_free(s);
	assert_int_equal(kernel.unmapped, kernel.mapped);
	assert_int_equal(kernel.dirty, 0);
	(void)close(fd);
}

/* After an error as well. */
static void
a_failure_leaves_nothing(void **state)
{
	struct caisson_secret *s = NULL;
	int fd = full_pipe(60000);

	(void)state;
	must_fail(caisson_secret_read(fd, 50000, 0, &s, &error),
		  CAISSON_E_USAGE, "longer than 50000 bytes");
	(void)close(fd);
	fd = full_pipe(100);
	kernel.poll_errno = ENOMEM;
	must_fail(caisson_secret_read(fd, 0, 0, &s, &error), CAISSON_E_SYSTEM,
		  "read the secret");
	assert_int_equal(error.sys_errno, ENOMEM);
	kernel.read_errno = EIO;
	must_fail(caisson_secret_read(fd, 0, 0, &s, &error), CAISSON_E_SYSTEM,
		  "read the secret");
	assert_int_equal(error.sys_errno, EIO);
	(void)close(fd);
	assert_null(s);
	assert_int_equal(kernel.unmapped, kernel.mapped);
	assert_int_equal(kernel.dirty, 0);
}

static void
what_only_has_to_be_repeated_is_repeated(void **state)
{
	static const int errnos[] = { EINTR, EAGAIN };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct caisson_secret *s = NULL;
		int fd = full_pipe(100);

		kernel.poll_errno = errnos[i];
		kernel.read_errno = errnos[i];
		must(caisson_secret_read(fd, 0, 60000, &s, &error));
		assert_int_equal(kernel.poll_errno + kernel.read_errno, 0);
		assert_int_equal(caisson_secret_len(s), 100);
		caisson_secret_free(s);
		(void)close(fd);
	}
}

static void
readable_without_bytes_ends_in_time(void **state)
{
	struct caisson_secret *s = NULL;

	(void)state;
	kernel.never_has_anything = true;
	must_fail(caisson_secret_read(0, 0, 3, &s, &error), CAISSON_E_TIMEOUT,
		  "has not ended in time");
	assert_true(kernel.polls > 0);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup(f, fresh_kernel)
	const struct CMUnitTest tests[] = {
		TEST(the_wrapped_kernel_sees_what_is_left),
		TEST(no_secret_without_its_protection),
		TEST(a_secret_that_cannot_be_locked_is_a_secret),
		TEST(what_the_kernel_gets_back_is_zeros),
		TEST(growing_leaves_no_copy),
		TEST(a_failure_leaves_nothing),
		TEST(what_only_has_to_be_repeated_is_repeated),
		TEST(readable_without_bytes_ends_in_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
