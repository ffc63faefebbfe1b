/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Constants and error numbers by name: the values are those of the headers, as
 * this file sees them itself.
 */
#include "policy/calls.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <asm/ioctls.h>
#include <cmocka.h>
#include <errno.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/fs.h>
#include <linux/futex.h>
#include <linux/keyctl.h>
#include <linux/prctl.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/socket.h>

#define C(name)                         \
	{                               \
#name, (uint64_t)(name) \
	}

static const struct {
	const char *name;
	uint64_t value;
} constants[] = {
	C(AF_INET),
	C(AF_VSOCK),
	C(PF_PACKET),
	C(SOCK_RAW),
	C(SOCK_CLOEXEC),
	C(SOL_SOCKET),
	C(SO_PEERCRED),
	C(MSG_CMSG_CLOEXEC),
	C(CLONE_NEWNS),
	C(CLONE_NEWUSER),
	C(CLONE_CLEAR_SIGHAND),
	C(PR_SET_DUMPABLE),
	C(PR_CAP_AMBIENT),
	C(PROT_EXEC),
	C(MAP_FIXED_NOREPLACE),
	C(MADV_DONTNEED),
	C(MREMAP_FIXED),
	C(TIOCSTI),
	C(TIOCLINUX),
	C(FIONREAD),
	C(FS_IOC_GETFLAGS),
	C(FICLONE),
	C(FUTEX_LOCK_PI),
	C(KEYCTL_JOIN_SESSION_KEYRING),
	C(SECCOMP_SET_MODE_FILTER),
	C(SECCOMP_RET_ALLOW),
	C(CAP_SYS_ADMIN),
	C(AUDIT_ARCH_X86_64),
	/* enumerators */
	C(PER_LINUX32),
	C(ADDR_NO_RANDOMIZE),
};

static const struct calls_arch *
arch(const char *name)
{
	return calls_arch_by_name(name);
}

static void
values_are_those_of_the_headers(void **state)
{
	uint64_t got;
	bool differs;

	(void)state;
	for (size_t i = 0; i < sizeof(constants) / sizeof(constants[0]); i++) {
		got = UINT64_MAX - 12345;
		if (!calls_constant(calls_arch_host(), constants[i].name, &got,
				    &differs) ||
		    got != constants[i].value || differs)
			fail_msg("%s is %#llx, not %#llx", constants[i].name,
				 (unsigned long long)got,
				 (unsigned long long)constants[i].value);
	}
}

static void
negative_values_fill_the_register(void **state)
{
	uint64_t got = 0;
	bool differs;

	(void)state;
	assert_true(
	    calls_constant(calls_arch_host(), "AT_FDCWD", &got, &differs));
	assert_true(got == UINT64_MAX - 99);
}

static void
a_kernel_header_goes_before_libc(void **state)
{
	uint64_t got = 0;
	bool differs;

	(void)state;
	assert_true(
	    calls_constant(calls_arch_host(), "O_LARGEFILE", &got, &differs));
	assert_true(got != 0);
}

static void
unknown_names(void **state)
{
	static const char *const none[] = { "",       "AF_INETS", "af_inet",
					    "EPERM",  "NULL",     "INT_MAX",
					    "SIG_DFL" };
	uint64_t got = 7;
	bool differs = true;

	(void)state;
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		assert_false(
		    calls_constant(calls_arch_host(), none[i], &got, &differs));
		assert_false(differs);
		assert_int_equal(got, 7);
	}
	assert_string_equal(calls_nearest_constant("CLONE_NEWUSR"),
			    "CLONE_NEWUSER");
	assert_null(calls_nearest_constant("QQQQQQQQQQQQQQQQ"));
}

static bool
is_other(const char *where, const char *name)
{
	uint64_t got = 0;
	bool differs = false;
	bool found = calls_constant(arch(where), name, &got, &differs);

	assert_true(found != differs);
	return differs;
}

static void
constants_of_other_architectures(void **state)
{
	(void)state;
	if (strcmp(calls_arch_host()->name, "x86_64") != 0) {
		print_message("stated for x86_64 only\n");
		skip();
	}
	assert_true(is_other("aarch64", "O_DIRECTORY"));
	assert_true(is_other("arm", "O_LARGEFILE"));
	assert_true(is_other("ppc64le", "TIOCSTI"));
	assert_true(is_other("mips", "SOCK_STREAM"));
	assert_true(is_other("mips64", "FS_IOC_GETFLAGS"));
	assert_true(is_other("x86", "FS_IOC_GETFLAGS"));
	assert_true(is_other("x32", "FS_IOC_GETFLAGS"));
	assert_true(is_other("aarch64", "MAP_32BIT"));
	assert_true(is_other("ppc64le", "TIOCGPTN"));
	assert_false(is_other("aarch64", "FS_IOC_GETFLAGS"));
	assert_false(is_other("x86", "FS_IOC_FIEMAP") &&
		     is_other("x86", "TIOCSTI"));
	assert_false(is_other("aarch64", "O_CREAT"));
	assert_false(is_other("aarch64", "TIOCSTI"));
	assert_false(is_other("riscv64", "O_DIRECTORY"));
	assert_false(is_other("s390x", "SOCK_STREAM"));
	assert_false(is_other("mips", "CLONE_NEWUSER"));
	assert_false(is_other("x86", "O_DIRECTORY"));
	assert_false(is_other("x86", "TIOCGPTN"));
}

static void
error_numbers(void **state)
{
	int got = -1;

	(void)state;
	assert_true(calls_errno("EPERM", &got));
	assert_int_equal(got, EPERM);
	assert_true(calls_errno("EWOULDBLOCK", &got));
	assert_int_equal(got, EAGAIN);
	assert_true(calls_errno("ENOTSUP", &got));
	assert_int_equal(got, EOPNOTSUPP);
	assert_true(calls_errno("EHWPOISON", &got));
	assert_int_equal(got, EHWPOISON);
	assert_false(calls_errno("EPER", &got));
	assert_false(calls_errno("AF_INET", &got));
	assert_string_equal(calls_errno_name(ENOSYS), "ENOSYS");
	assert_string_equal(calls_errno_name(EAGAIN), "EAGAIN");
	assert_string_equal(calls_errno_name(EDEADLK), "EDEADLK");
	assert_string_equal(calls_errno_name(EOPNOTSUPP), "EOPNOTSUPP");
	assert_null(calls_errno_name(0));
	assert_null(calls_errno_name(4095));
	assert_null(calls_errno_name(-1));
}

static void
every_error_number_has_one_name(void **state)
{
	unsigned n = 0;
	int back;

	(void)state;
	for (int e = 1; e < 4096; e++) {
		const char *name = calls_errno_name(e);

		if (name == NULL)
			continue;
		n++;
		assert_true(calls_errno(name, &back));
		assert_int_equal(back, e);
	}
	assert_true(n >= 131);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_those_of_the_headers),
		cmocka_unit_test(negative_values_fill_the_register),
		cmocka_unit_test(a_kernel_header_goes_before_libc),
		cmocka_unit_test(unknown_names),
		cmocka_unit_test(constants_of_other_architectures),
		cmocka_unit_test(error_numbers),
		cmocka_unit_test(every_error_number_has_one_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
