/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A plan in a memfd: copied whole when it is sealed, and refused when somebody
 * could still change it, when it is too large, empty, or something else.
 */
#include "plan/memfd.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#define ALL (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

static uint8_t data[1 << 20];

static int
made(size_t size, int seals)
{
	int fd = memfd_create("plan", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	uint8_t byte;

	assert_true(fd >= 0);
	for (size_t i = 0; i < size; i++) {
		byte = (uint8_t)(i * 7);
		assert_int_equal(pwrite(fd, &byte, 1, (off_t)i), 1);
	}
	assert_int_equal(fcntl(fd, F_ADD_SEALS, seals), 0);
	return fd;
}

static long
copied(int fd, size_t room)
{
	long r = plan_memfd_copy(fd, data, room);

	assert_int_equal(close(fd), 0);
	return r;
}

static void
all_of_it_is_copied(void **state)
{
	static const size_t sizes[] = { 1, 2, 4095, 4096, 4097, 70000 };

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		memset(data, 0xee, sizeof(data));
		assert_int_equal(copied(made(sizes[i], ALL), sizes[i]),
				 sizes[i]);
		for (size_t k = 0; k < sizes[i]; k++)
			assert_int_equal(data[k], (uint8_t)(k * 7));
		assert_int_equal(data[sizes[i]], 0xee);
	}
}

static void
every_seal_is_needed(void **state)
{
	static const int seals[] = { F_SEAL_SEAL, F_SEAL_SHRINK, F_SEAL_GROW,
				     F_SEAL_WRITE };

	(void)state;
	for (size_t i = 0; i < sizeof(seals) / sizeof(seals[0]); i++)
		assert_int_equal(copied(made(9, ALL & ~seals[i]), 9), -EPERM);
	assert_int_equal(copied(made(9, 0), 9), -EPERM);
	/* An old mapping could still write. */
	assert_int_equal(
	    copied(made(9, (ALL & ~F_SEAL_WRITE) | F_SEAL_FUTURE_WRITE), 9),
	    -EPERM);
	assert_int_equal(copied(made(9, ALL | F_SEAL_FUTURE_WRITE), 9), 9);
}

static void
it_has_a_size(void **state)
{
	int fd;

	(void)state;
	assert_int_equal(copied(made(0, ALL), 9), -ENODATA);
	assert_int_equal(copied(made(10, ALL), 9), -EFBIG);
	assert_int_equal(copied(made(10, ALL), 10), 10);
	/* More than any number of bytes that could be there. */
	fd = memfd_create("plan", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)1 << 40), 0);
	assert_int_equal(fcntl(fd, F_ADD_SEALS, ALL), 0);
	assert_int_equal(copied(fd, sizeof(data)), -EFBIG);
}

static void
what_is_no_memfd_is_refused(void **state)
{
	int fds[2];

	(void)state;
	assert_int_equal(plan_memfd_copy(-1, data, 9), -EBADF);
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	assert_int_equal(copied(fds[0], 9), -EINVAL);
	assert_int_equal(copied(fds[1], 9), -EINVAL);
	assert_int_equal(copied(open("/dev/zero", O_RDONLY | O_CLOEXEC), 9),
			 -EINVAL);
	assert_int_equal(copied(open("/proc/self/maps", O_RDONLY | O_CLOEXEC),
				9),
			 -EINVAL);
}

static void
one_that_cannot_be_read_is_refused(void **state)
{
	int fd = made(9, 0), other;
	char path[64];

	(void)state;
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	other = open(path, O_WRONLY | O_CLOEXEC);
	assert_true(other >= 0);
	assert_int_equal(fcntl(fd, F_ADD_SEALS, ALL), 0);
	assert_int_equal(copied(other, 9), -EBADF);
	assert_int_equal(copied(fd, 9), 9);
}

static void
the_position_does_not_matter(void **state)
{
	int fd = made(100, ALL);

	(void)state;
	assert_int_equal(lseek(fd, 60, SEEK_SET), 60);
	assert_int_equal(plan_memfd_copy(fd, data, 100), 100);
	assert_int_equal(data[0], 0);
	assert_int_equal(data[99], (uint8_t)(99 * 7));
	assert_int_equal(lseek(fd, 0, SEEK_CUR), 60);
	assert_int_equal(close(fd), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_of_it_is_copied),
		cmocka_unit_test(every_seal_is_needed),
		cmocka_unit_test(it_has_a_size),
		cmocka_unit_test(what_is_no_memfd_is_refused),
		cmocka_unit_test(one_that_cannot_be_read_is_refused),
		cmocka_unit_test(the_position_does_not_matter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
