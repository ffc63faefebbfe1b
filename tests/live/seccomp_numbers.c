/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers: every system call number under every shipped profile is answered as
 * the policy says; other architectures' calls end the process.  For x86_64.
 */
#include "seccomp_support.h"

#include "policy/calls.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <fcntl.h>

#define NUMBERS  1024
#define SIGSYSED (SIGNALED + SIGSYS)

/* Calls that end, block or multiply whoever makes them, that are slow, or that
 * make something that stays. */
static bool
is_not_tried(long nr)
{
	static const long list[] = {
		SYS_exit,   SYS_exit_group, SYS_pause,
		SYS_fork,   SYS_vfork,      SYS_rt_sigreturn,
		SYS_sync,   SYS_vhangup,    SYS_restart_syscall,
		SYS_msgget,
	};

	for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++)
		if (list[i] == nr)
			return true;
	return false;
}

/* All of these fail, if they are carried out, on what they are given. */
static const long wrong[6] = { -1, -1, -1, -1, -1, -1 };

struct sweep {
	int answers[NUMBERS]; /* errno; -1: not tried */
};

/* In one process: what is refused changes nothing. */
static int
try_refused(void *arg)
{
	struct sweep *sweep = arg;

	for (long nr = 0; nr < NUMBERS; nr++) {
		struct call call = { .nr = nr };

		if (sweep->answers[nr] != 0)
			continue;
		memcpy(call.args, wrong, sizeof(wrong));
		sweep->answers[nr] = act_call(&call);
	}
	return 0;
}

static unsigned
check_refused(const struct sandbox *sandbox, const char *name)
{
	struct sweep *sweep = mmap(NULL, sizeof(*sweep), PROT_READ | PROT_WRITE,
				   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	unsigned n = 0;

	assert_true(sweep != MAP_FAILED);
	for (long nr = 0; nr < NUMBERS; nr++)
		if (sandbox_decide(sandbox, nr, wrong) == SECCOMP_RET_ALLOW)
			sweep->answers[nr] = -1;
	assert_int_equal(outcome(try_refused, sweep, sandbox), 0);
	for (long nr = 0; nr < NUMBERS; nr++) {
		uint32_t want = sandbox_decide(sandbox, nr, wrong);

		if (sweep->answers[nr] == -1)
			continue;
		n++;
		if (want != (SECCOMP_RET_ERRNO | (uint32_t)sweep->answers[nr]))
			fail_msg("%s: call %ld: errno %d, 0x%08x wanted", name,
				 nr, sweep->answers[nr], want);
	}
	assert_int_equal(munmap(sweep, sizeof(*sweep)), 0);
	return n;
}

/* The filter comes with no_new_privs, which landlock_restrict_self asks for. */
static int
act_call_nnp(void *call)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1L, 0L, 0L, 0L) != 0)
		return -1;
	return act_call(call);
}

/* What is allowed says the same as without a filter. */
static unsigned
check_allowed(const struct sandbox *sandbox, const char *name)
{
	unsigned n = 0;

	for (long nr = 0; nr < NUMBERS; nr++) {
		struct call call = { .nr = nr };
		int before, after;

		memcpy(call.args, wrong, sizeof(wrong));
		if (sandbox_decide(sandbox, nr, wrong) != SECCOMP_RET_ALLOW ||
		    is_not_tried(nr))
			continue;
		before = outcome(act_call_nnp, &call, NULL);
		after = outcome(act_call, &call, sandbox);
		if (before != after)
			fail_msg("%s: call %ld: %d without, %d with", name, nr,
				 before, after);
		n++;
	}
	return n;
}

static void
h06_every_number_is_answered_as_the_policy_says(void **state)
{
	const char *name;

	(void)state;
	for (size_t i = 0; (name = sandbox_name(i)) != NULL; i++) {
		struct sandbox sandbox = sandbox_profile(name);
		unsigned refused = check_refused(&sandbox, name);
		unsigned allowed = check_allowed(&sandbox, name);

		print_message("%s: %u refused, %u allowed\n", name, refused,
			      allowed);
		assert_true(refused > 600 && allowed > 100);
		assert_true(refused + allowed > NUMBERS - 12);
		sandbox_done(&sandbox);
	}
}

static void
h06_numbers_beyond_the_table_do_not_exist(void **state)
{
	static const long numbers[] = { 512,    1000,       1024,
					0xffff, 0x3fffffff, 0xffffffff,
					-1,     HIGH,       HIGH | 1000 };
	const char *name;

	(void)state;
	for (size_t i = 0; (name = sandbox_name(i)) != NULL; i++) {
		struct sandbox sandbox = sandbox_profile(name);

		for (size_t k = 0; k < sizeof(numbers) / sizeof(long); k++) {
			struct call call = { .nr = numbers[k] };

			/* The kernel takes the number as 32 bits. */
			if ((int)numbers[k] == 0)
				continue;
			assert_int_equal(outcome(act_call, &call, NULL),
					 ENOSYS);
			assert_int_equal(outcome(act_call, &call, &sandbox),
					 ENOSYS);
		}
		sandbox_done(&sandbox);
	}
}

static void
h01_x32_numbers_end_the_process(void **state)
{
	struct sandbox all = sandbox_text("@default return EPERM\n"
					  "@system-service: allow\n"
					  "@default: allow\n");
	const char *name;

	(void)state;
	for (long nr = 0; nr < 600; nr++) {
		struct call call = { .nr = 0x40000000L | nr };

		assert_int_equal(outcome(act_call, &call, &all), SIGSYSED);
	}
	sandbox_done(&all);
	for (size_t i = 0; (name = sandbox_name(i)) != NULL; i++) {
		struct sandbox sandbox = sandbox_profile(name);
		static const long numbers[] = { SYS_read,   SYS_getpid,
						SYS_execve, 512,
						547,        1023,
						0x3fffffff };

		for (size_t k = 0; k < sizeof(numbers) / sizeof(long); k++) {
			struct call call = { .nr = 0x40000000L | numbers[k] };

			assert_int_equal(outcome(act_call, &call, &sandbox),
					 SIGSYSED);
		}
		sandbox_done(&sandbox);
	}
}

static long
int80(long nr)
{
	long r;

	__asm__ volatile("int $0x80"
			 : "=a"(r)
			 : "a"(nr), "b"(0L), "c"(0L), "d"(0L)
			 : "memory", "r8", "r9", "r10", "r11");
	return r;
}

static int
int80_getppid(void *arg)
{
	(void)arg;
	return int80(64) == getppid() ? 0 : ENOSYS;
}

/* i386 has one call for all that sockets do: 102, socketcall. */
static int
int80_socketcall(void *arg)
{
	(void)arg;
	return int80(102) < 0 ? EINVAL : 0;
}

static bool
has_i386(void)
{
	if (outcome(int80_getppid, NULL, NULL) == 0)
		return true;
	print_message("this kernel has no i386 calls\n");
	return false;
}

static void
h02_int_0x80_ends_the_process(void **state)
{
	const char *name;

	(void)state;
	if (!has_i386())
		skip();
	assert_int_equal(outcome(int80_socketcall, NULL, NULL), EINVAL);
	for (size_t i = 0; (name = sandbox_name(i)) != NULL; i++) {
		struct sandbox sandbox = sandbox_profile(name);

		assert_int_equal(outcome(int80_getppid, NULL, &sandbox),
				 SIGSYSED);
		assert_int_equal(outcome(int80_socketcall, NULL, &sandbox),
				 SIGSYSED);
		sandbox_done(&sandbox);
	}
}

/*
 * A program for i386 by hand: exit(7).  The header, one program header, and
 * "mov $1, %eax; mov $7, %ebx; int $0x80".
 */
static const unsigned char elf32[] = {
	0x7f, 'E',  'L',  'F',  1,    1,    1,    0, 0,    0,    0,    0,
	0,    0,    0,    0,    2,    0,    3,    0, 1,    0,    0,    0,
	0x54, 0x80, 0x04, 0x08, 0x34, 0,    0,    0, 0,    0,    0,    0,
	0,    0,    0,    0,    0x34, 0,    0x20, 0, 1,    0,    0,    0,
	0,    0,    0,    0, /* program header */
	1,    0,    0,    0,    0,    0,    0,    0, 0,    0x80, 0x04, 0x08,
	0,    0x80, 0x04, 0x08, 0x60, 0,    0,    0, 0x60, 0,    0,    0,
	5,    0,    0,    0,    0,    0x10, 0,    0, /* code */
	0xb8, 1,    0,    0,    0,    0xbb, 7,    0, 0,    0,    0xcd, 0x80,
};

static int
run_elf32(void *path)
{
	char *argv[] = { path, NULL }, *envp[] = { NULL };

	(void)execve(path, argv, envp);
	return errno;
}

static void
h02_a_program_for_i386_ends_at_its_first_call(void **state)
{
	char path[] = "/tmp/caisson-elf32-XXXXXX";
	struct sandbox kill_none = sandbox_text(
	    "@arch x86_64 x86\n@default return EPERM\n{execve, exit}: allow\n");
	struct sandbox sandbox = sandbox_profile("default");
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, elf32, sizeof(elf32)), sizeof(elf32));
	assert_int_equal(fchmod(fd, 0755), 0);
	assert_int_equal(close(fd), 0);
	if (outcome_exit(run_elf32, path, NULL) != 7) {
		print_message("this kernel runs no programs for i386\n");
		assert_int_equal(unlink(path), 0);
		skip();
	}
	/* A policy that names the architecture lets it run. */
	assert_int_equal(outcome_exit(run_elf32, path, &kill_none), 7);
	assert_int_equal(outcome_exit(run_elf32, path, &sandbox), SIGSYSED);
	assert_int_equal(unlink(path), 0);
	sandbox_done(&sandbox);
	sandbox_done(&kill_none);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    h06_every_number_is_answered_as_the_policy_says),
		cmocka_unit_test(h06_numbers_beyond_the_table_do_not_exist),
		cmocka_unit_test(h01_x32_numbers_end_the_process),
		cmocka_unit_test(h02_int_0x80_ends_the_process),
		cmocka_unit_test(h02_a_program_for_i386_ends_at_its_first_call),
	};

	return sandbox_main(argc, argv, tests,
			    sizeof(tests) / sizeof(tests[0]));
}
