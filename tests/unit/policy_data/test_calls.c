/* SPDX-License-Identifier: Apache-2.0 */
/*
 * System calls by name and number on every architecture, and the widths of
 * their arguments, against what the kernel's headers and definitions say.
 */
#include "policy/calls.h"
#include "policy/data/data.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <linux/audit.h>

static const struct calls_arch *
arch(const char *name)
{
	const struct calls_arch *found = calls_arch_by_name(name);

	assert_non_null(found);
	return found;
}

static void
expect(const char *where, const char *name, uint32_t nr)
{
	uint32_t got = 0;

	if (!calls_number(arch(where), name, &got) || got != nr)
		fail_msg("%s of %s is %#x, not %#x", name, where, got, nr);
	assert_string_equal(calls_name(arch(where), nr), name);
}

static void
known_numbers(void **state)
{
	(void)state;
	expect("x86_64", "read", 0);
	expect("x86_64", "openat", 257);
	expect("x86_64", "uretprobe", 335);
	expect("x86_64", "clone3", 435);
	expect("x86_64", "mseal", 462);
	expect("x86", "restart_syscall", 0);
	expect("x86", "socketcall", 102);
	expect("x86", "ipc", 117);
	expect("x86", "socket", 359);
	expect("x86", "msgctl", 402);
	expect("x32", "read", 0x40000000);
	expect("x32", "ioctl", 0x40000202);
	expect("x32", "mseal", 0x400001ce);
	expect("aarch64", "openat", 56);
	expect("aarch64", "clone3", 435);
	expect("aarch64", "file_setattr", 469);
	expect("arm", "open", 5);
	expect("arm", "set_tls", 0xf0005);
	expect("riscv64", "riscv_hwprobe", 258);
	expect("s390x", "openat", 288);
	expect("mips", "mseal", 4462);
	expect("mips64", "mseal", 5462);
	expect("mipsel64n32", "mseal", 6462);
}

static void
missing(const char *where, const char *name)
{
	uint32_t got = 77;

	assert_false(calls_number(arch(where), name, &got));
	assert_int_equal(got, 77);
}

static void
calls_that_are_not_there(void **state)
{
	(void)state;
	missing("aarch64", "open");
	missing("aarch64", "fork");
	missing("aarch64", "uretprobe");
	missing("x86_64", "socketcall");
	missing("x86_64", "riscv_hwprobe");
	missing("x86_64", "reads");
	missing("x86_64", "");
	assert_null(calls_name(arch("x86_64"), 400));
	assert_null(calls_name(arch("x86_64"), 4096));
	assert_null(calls_name(arch("x86_64"), 0x40000000));
	assert_null(calls_name(arch("x86_64"), CALLS_NONE));
	assert_null(calls_name(arch("x32"), 0));
	assert_true(calls_is_name("socketcall"));
	assert_true(calls_is_name("riscv_hwprobe"));
	assert_false(calls_is_name("reads"));
	assert_false(calls_is_name("@aio"));
}

static void
check_tables(const struct calls_arch *a)
{
	uint32_t got;

	for (size_t i = 0; i < a->n; i++) {
		const struct calls_entry *e = &a->by_number[i];

		assert_true(calls_number(a, e->name, &got) && got == e->nr);
		assert_ptr_equal(calls_name(a, e->nr), e->name);
		assert_true(calls_is_name(e->name));
		assert_int_equal(e->nr & CALLS_X32_BIT, a->bit);
		assert_true(i == 0 || e->nr > a->by_number[i - 1].nr);
		assert_true(i == 0 ||
			    strcmp(a->by_number[a->by_name[i]].name,
				   a->by_number[a->by_name[i - 1]].name) > 0);
	}
	assert_int_equal(a->end, (a->by_number[a->n - 1].nr & ~a->bit) + 1);
}

static void
every_table_is_whole(void **state)
{
	size_t n = 0;

	(void)state;
	for (; calls_arch_at(n) != NULL; n++) {
		check_tables(calls_arch_at(n));
		assert_true(calls_arch_at(n)->n > 300);
	}
	assert_true(n >= 19);
}

static void
architectures_by_their_names(void **state)
{
	static const char *const same[][2] = {
		{ "SCMP_ARCH_X86_64", "x86_64" },
		{ "x86-64", "x86_64" },
		{ "amd64", "x86_64" },
		{ "i686", "x86" },
		{ "SCMP_ARCH_AARCH64", "aarch64" },
		{ "arm64", "aarch64" },
		{ "armv7l", "arm" },
		{ "SCMP_ARCH_X32", "x32" },
		{ "ppc64-le", "ppc64le" },
		{ "mips64-le", "mipsel64" },
	};
	static const char *const none[] = {
		"",    "X86_64", "scmp_arch_x86", "SCMP_ARCH_", "SCMP_ARCH_x86",
		"z80", "x86_64 "
	};

	(void)state;
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++)
		assert_ptr_equal(arch(same[i][0]), arch(same[i][1]));
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		assert_null(calls_arch_by_name(none[i]));
	assert_ptr_equal(arch("native"), calls_arch_host());
}

static void
architectures_by_what_the_kernel_reports(void **state)
{
	(void)state;
	assert_ptr_equal(calls_arch_of(AUDIT_ARCH_X86_64, 0), arch("x86_64"));
	assert_ptr_equal(calls_arch_of(AUDIT_ARCH_X86_64, 0x40000000),
			 arch("x32"));
	assert_ptr_equal(calls_arch_of(AUDIT_ARCH_X86_64, 0x400003ff),
			 arch("x32"));
	assert_ptr_equal(calls_arch_of(AUDIT_ARCH_X86_64, 0x7fffffff),
			 arch("x32"));
	assert_ptr_equal(calls_arch_of(AUDIT_ARCH_X86_64, 0x80000000),
			 arch("x86_64"));
	assert_ptr_equal(calls_arch_of(AUDIT_ARCH_X86_64, 0xfffffffe),
			 arch("x32"));
	assert_ptr_equal(calls_arch_of(AUDIT_ARCH_X86_64, CALLS_NONE),
			 arch("x86_64"));
	assert_ptr_equal(calls_arch_of(AUDIT_ARCH_I386, 0), arch("x86"));
	assert_ptr_equal(calls_arch_of(AUDIT_ARCH_I386, 0x40000000),
			 arch("x86"));
	assert_ptr_equal(calls_arch_of(AUDIT_ARCH_AARCH64, 0), arch("aarch64"));
	assert_ptr_equal(calls_arch_of(AUDIT_ARCH_S390X, 0), arch("s390x"));
	assert_null(calls_arch_of(0, 0));
	assert_null(calls_arch_of(0x4000003e, 0));
	assert_true(arch("s390x")->big_endian);
	assert_true(arch("s390x")->is_64);
	assert_false(arch("x86_64")->big_endian);
	assert_true(arch("x32")->is_64);
	assert_false(arch("x86")->is_64);
	assert_false(arch("arm")->is_64);
}

/* "32 64 32" of all six. */
static void
widths(const char *where, const char *name, const char *expected)
{
	const struct calls_arch *a = arch(where);
	char got[19] = "";

	for (unsigned i = 0; i < 6; i++)
		memcpy(got + 3 * (size_t)i,
		       calls_width(a, name, i) == 32 ? "32 " : "64 ", 3);
	got[17] = '\0';
	if (strcmp(got, expected) != 0)
		fail_msg("%s of %s: %s, not %s", name, where, got, expected);
}

static void
known_widths(void **state)
{
	(void)state;
	widths("x86_64", "ioctl", "32 32 64 64 64 64");
	widths("x86_64", "clone", "32 64 64 64 64 64");
	widths("s390x", "clone", "64 32 64 64 64 64");
	widths("x86_64", "unshare", "64 64 64 64 64 64");
	widths("x86_64", "socket", "32 32 32 64 64 64");
	widths("x86_64", "personality", "32 64 64 64 64 64");
	widths("x86_64", "prctl", "32 64 64 64 64 64");
	widths("x86_64", "keyctl", "32 64 64 64 64 64");
	widths("x86_64", "fcntl", "32 32 64 64 64 64");
	widths("x86_64", "mmap", "64 64 32 32 32 64");
	widths("aarch64", "mmap", "64 64 32 32 32 64");
	widths("x86_64", "mbind", "64 64 32 64 64 32");
	widths("x86_64", "mount", "64 64 64 32 64 64");
	widths("x86_64", "mprotect", "64 64 64 64 64 64");
	widths("x86_64", "madvise", "64 64 32 64 64 64");
	widths("x86_64", "openat", "32 64 32 32 64 64");
	widths("x86_64", "readv", "32 64 32 64 64 64");
	widths("x32", "readv", "32 64 32 64 64 64");
	widths("x32", "preadv2", "32 64 32 64 32 64");
	widths("x86_64", "futex", "64 32 32 64 64 32");
	widths("x86_64", "setxattrat", "32 64 32 64 64 64");
	widths("aarch64", "ioctl", "32 32 64 64 64 64");
	widths("x32", "socket", "32 32 32 64 64 64");
	widths("x32", "ioctl", "32 32 32 64 64 64");
	widths("mips64n32", "ioctl", "32 32 32 64 64 64");
	widths("x86", "mmap2", "32 32 32 32 32 32");
	widths("arm", "no_such_call", "32 32 32 32 32 32");
	widths("x86_64", "no_such_call", "64 64 64 64 64 64");
	assert_int_equal(calls_width(arch("x86_64"), "socket", 6), 64);
}

static bool
has_widths(const char *name)
{
	for (size_t i = 0; i < data_widths_n; i++)
		if (strcmp(data_widths[i].name, name) == 0)
			return true;
	return false;
}

/* A new name needs its types looked up, not 64 bits by omission. */
static void
every_call_has_its_widths(void **state)
{
	static const char *const archs[] = { "x86_64",  "x32",     "aarch64",
					     "riscv64", "ppc64le", "s390x",
					     "mips64" };

	(void)state;
	assert_false(has_widths("no_such_call"));
	for (size_t i = 0; i < sizeof(archs) / sizeof(archs[0]); i++)
		for (size_t j = 0; j < arch(archs[i])->n; j++)
			if (!has_widths(arch(archs[i])->by_number[j].name))
				fail_msg("%s of %s has no widths",
					 arch(archs[i])->by_number[j].name,
					 archs[i]);
	for (size_t i = 0; i < data_widths_n; i++)
		if (!calls_is_name(data_widths[i].name))
			fail_msg("widths of %s, which nobody has",
				 data_widths[i].name);
}

static void
the_nearest_name(void **state)
{
	const char *near = calls_nearest(arch("x86_64"), "opnat");

	(void)state;
	assert_string_equal(near, "openat");
	assert_null(calls_nearest(arch("x86_64"), "zzzzzzzzzzzz"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_numbers),
		cmocka_unit_test(calls_that_are_not_there),
		cmocka_unit_test(every_table_is_whole),
		cmocka_unit_test(architectures_by_their_names),
		cmocka_unit_test(architectures_by_what_the_kernel_reports),
		cmocka_unit_test(known_widths),
		cmocka_unit_test(every_call_has_its_widths),
		cmocka_unit_test(the_nearest_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
