/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How much of an argument's register the kernel looks at: each call is made as
 * it succeeds, with a value that must answer otherwise (so the argument counts
 * here), and with a bit of the upper half set.  The answers to that are those
 * that calls_width() gives.  Changes nothing: each call is made in a child.
 */
#include "policy/calls.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <linux/kcmp.h>
#include <linux/keyctl.h>
#include <linux/mempolicy.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define HIGH (1L << 40)

/* Stand for what is known only when it runs. */
#define SELF   0x53454c46 /* the id of the process */
#define PAGE   0x50414745 /* a page of its own */
#define ZERO   200 /* /dev/zero, for reading and writing */
#define EXE    201 /* a file, for reading */
#define STREAM 202 /* one of two sockets */
#define NOT_FD 999

#define ANONYMOUS   (MAP_PRIVATE | MAP_ANONYMOUS)
#define PTR(object) ((intptr_t) & (object))

static char buffer[512];
static struct iovec vector = { buffer, 1 };
static int pair[2], futex_word;
static const char null_path[] = "/dev/null", memory_name[] = "widths";
static unsigned action = 0x7fff0000; /* SECCOMP_RET_ALLOW */
static socklen_t option_size = sizeof(int);
static unsigned long context;

struct width_case {
	const char *name;
	long nr;
	unsigned arg;
	long other; /* of the same width, and another answer */
	long args[6];
};

static const struct width_case width_cases[] = {
	{ "ioctl", SYS_ioctl, 0, NOT_FD, { STREAM, FIONREAD, PTR(buffer) } },
	{ "ioctl", SYS_ioctl, 1, 0x7777, { STREAM, FIONREAD, PTR(buffer) } },
	{ "fcntl", SYS_fcntl, 0, NOT_FD, { ZERO, F_GETFD } },
	{ "fcntl", SYS_fcntl, 1, 0x7777, { ZERO, F_GETFD } },
	{ "socket", SYS_socket, 0, 99, { AF_UNIX, SOCK_STREAM, 0 } },
	{ "socket", SYS_socket, 1, 99, { AF_UNIX, SOCK_STREAM, 0 } },
	{ "socket", SYS_socket, 2, 99, { AF_UNIX, SOCK_STREAM, 0 } },
	{ "socketpair",
	  SYS_socketpair,
	  0,
	  99,
	  { AF_UNIX, SOCK_STREAM, 0, PTR(pair) } },
	{ "getsockopt",
	  SYS_getsockopt,
	  1,
	  999,
	  { STREAM, SOL_SOCKET, SO_TYPE, PTR(buffer), PTR(option_size) } },
	{ "prctl", SYS_prctl, 0, 9999, { PR_GET_DUMPABLE } },
	{ "prctl", SYS_prctl, 1, 77, { PR_SET_DUMPABLE, 1 } },
	{ "getpriority", SYS_getpriority, 0, 99, { PRIO_PROCESS, 0 } },
	{ "getpriority", SYS_getpriority, 1, 0x3fffffff, { PRIO_PROCESS, 0 } },
	{ "madvise", SYS_madvise, 2, 999, { PAGE, 4096, MADV_DONTNEED } },
	{ "mmap",
	  SYS_mmap,
	  2,
	  PROT_WRITE,
	  { 0, 4096, PROT_READ, MAP_SHARED, EXE, 0 } },
	{ "mmap", SYS_mmap, 3, 0, { 0, 4096, PROT_READ, ANONYMOUS, -1, 0 } },
	{ "mmap",
	  SYS_mmap,
	  4,
	  NOT_FD,
	  { 0, 4096, PROT_READ, MAP_PRIVATE, EXE, 0 } },
	{ "mprotect", SYS_mprotect, 2, 0x800, { PAGE, 4096, PROT_READ } },
	{ "mremap", SYS_mremap, 3, 0x800, { PAGE, 4096, 4096, 0 } },
	{ "mbind", SYS_mbind, 2, 99, { PAGE, 4096, MPOL_DEFAULT } },
	{ "get_mempolicy", SYS_get_mempolicy, 4, 0x800, { 0 } },
	{ "unshare", SYS_unshare, 0, 1, { CLONE_FILES } },
	{ "clone", SYS_clone, 0, CLONE_THREAD, { SIGCHLD } },
	{ "readv", SYS_readv, 0, NOT_FD, { ZERO, PTR(vector), 1 } },
	{ "readv", SYS_readv, 2, 9999, { ZERO, PTR(vector), 1 } },
	{ "preadv", SYS_preadv, 2, 9999, { ZERO, PTR(vector), 1 } },
	{ "process_vm_readv",
	  SYS_process_vm_readv,
	  2,
	  9999,
	  { SELF, PTR(vector), 1, PTR(vector), 1 } },
	{ "process_vm_readv",
	  SYS_process_vm_readv,
	  4,
	  9999,
	  { SELF, PTR(vector), 1, PTR(vector), 1 } },
	{ "process_vm_readv",
	  SYS_process_vm_readv,
	  5,
	  1,
	  { SELF, PTR(vector), 1, PTR(vector), 1 } },
	{ "kcmp", SYS_kcmp, 3, NOT_FD, { SELF, SELF, KCMP_FILE, ZERO, ZERO } },
	{ "keyctl", SYS_keyctl, 0, 999, { KEYCTL_GET_KEYRING_ID, -3, 0 } },
	{ "kill", SYS_kill, 0, 0x3fffffff, { SELF, 0 } },
	{ "kill", SYS_kill, 1, 999, { SELF, 0 } },
	{ "tgkill", SYS_tgkill, 2, 999, { SELF, SELF, 0 } },
	{ "ptrace", SYS_ptrace, 0, 0x7777, { PTRACE_TRACEME } },
	{ "futex", SYS_futex, 1, 99, { PTR(futex_word), FUTEX_WAKE, 1 } },
	{ "getrandom", SYS_getrandom, 2, 0x800, { PTR(buffer), 1, 0 } },
	{ "dup3", SYS_dup3, 2, 1, { ZERO, NOT_FD, O_CLOEXEC } },
	{ "openat", SYS_openat, 2, O_DIRECTORY, { AT_FDCWD, PTR(null_path) } },
	{ "memfd_create", SYS_memfd_create, 1, 0x4000, { PTR(memory_name) } },
	{ "lseek", SYS_lseek, 2, 99, { EXE, 0, SEEK_SET } },
	{ "prlimit64", SYS_prlimit64, 1, 99, { 0, 7, 0, PTR(buffer) } },
	{ "clock_gettime", SYS_clock_gettime, 0, 999, { 0, PTR(buffer) } },
	{ "pipe2", SYS_pipe2, 1, 1, { PTR(pair), O_CLOEXEC } },
	{ "seccomp", SYS_seccomp, 0, 99, { 2, 0, PTR(action) } },
	{ "getrusage", SYS_getrusage, 0, 99, { RUSAGE_SELF, PTR(buffer) } },
	{ "io_setup", SYS_io_setup, 0, 0, { 1, PTR(context) } },
};

#define N_CASES (sizeof(width_cases) / sizeof(width_cases[0]))

/* 0, or the error of the call, which a child makes with one argument changed. */
static int
answer(const struct width_case *c, long value, void *page)
{
	long a[6], r;
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid > 0) {
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFEXITED(status));
		return WEXITSTATUS(status);
	}
	for (size_t i = 0; i < 6; i++) {
		a[i] = i == c->arg ? value : c->args[i];
		if ((a[i] & ~HIGH) == SELF)
			a[i] = (a[i] & HIGH) | getpid();
		else if (a[i] == PAGE)
			a[i] = (intptr_t)page;
	}
	r = syscall(c->nr, a[0], a[1], a[2], a[3], a[4], a[5]);
	_exit(r == -1 ? errno : 0);
}

static void
the_kernel_looks_at_what_the_table_says(void **state)
{
	const struct calls_arch *host = calls_arch_host();
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, ANONYMOUS, -1, 0);
	size_t decided = 0, wrong = 0;

	(void)state;
	assert_ptr_not_equal(page, MAP_FAILED);
	for (size_t i = 0; i < N_CASES; i++) {
		const struct width_case *c = &width_cases[i];
		long value = c->args[c->arg];
		unsigned width = calls_width(host, c->name, c->arg);
		int plain = answer(c, value, page), high;

		if (plain == ENOSYS) {
			print_message("%s: not in this kernel\n", c->name);
			continue;
		}
		if (plain != 0 || answer(c, c->other, page) == 0)
			fail_msg("%s, argument %u: nothing to compare with",
				 c->name, c->arg);
		high = answer(c, value ^ HIGH, page);
		decided++;
		wrong += (high == 0) != (width == 32);
		if ((high == 0) != (width == 32))
			print_error("%s, argument %u: %u bits, but %d\n",
				    c->name, c->arg, width, high);
	}
	assert_int_equal(wrong, 0);
	assert_true(decided >= 35);
}

/* Whose answer is what it was before: so it is asked again. */
static void
personality_takes_half_a_register(void **state)
{
	long before = syscall(SYS_personality, 0xffffffffL);

	(void)state;
	assert_int_equal(calls_width(calls_arch_host(), "personality", 0), 32);
	assert_int_equal(syscall(SYS_personality, 0x0020000L | HIGH), before);
	assert_int_equal(syscall(SYS_personality, 0xffffffffL), 0x0020000);
	assert_int_equal(syscall(SYS_personality, before), 0x0020000);
}

static int
open_descriptors(void **state)
{
	int sockets[2];

	(void)state;
	return dup2(open("/dev/zero", O_RDWR | O_CLOEXEC), ZERO) == ZERO &&
		       dup2(open("/proc/self/exe", O_RDONLY | O_CLOEXEC),
			    EXE) == EXE &&
		       socketpair(AF_UNIX, SOCK_STREAM, 0, sockets) == 0 &&
		       dup2(sockets[0], STREAM) == STREAM
		   ? 0
		   : -1;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_kernel_looks_at_what_the_table_says),
		cmocka_unit_test(personality_takes_half_a_register),
	};

	return cmocka_run_group_tests(tests, open_descriptors, NULL);
}
