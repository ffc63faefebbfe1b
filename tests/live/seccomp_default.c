/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The profile "default" under a real kernel: what is said of each call before
 * the filter and after it, in forks.  For x86_64.
 */
#include "confine/profile.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define HIGH   (1L << 32)
#define SIGNAL 1000 /* plus its number: how a process ended */

/* 0: as it should be; else an errno. */
typedef int act(void);

static void
load_default(void)
{
	const struct profile_request request = { .name = "default",
						 .hand_over = -1 };
	struct profile_set set;
	struct sock_fprog prog;

	if (profile_open(&request, &set, NULL) != 0)
		_exit(254);
	prog.len = set.filter.len;
	/* The kernel's structure is not const, and it does not write. */
	prog.filter = (struct sock_filter *)(uintptr_t)set.filter.insns;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1L, 0L, 0L, 0L) != 0 ||
	    syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog) != 0)
		_exit(255);
}

static int
outcome(act *fn, bool filtered)
{
	const struct rlimit none = { 0, 0 };
	int status = 0;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		(void)setrlimit(RLIMIT_CORE, &none);
		if (filtered)
			load_default();
		_exit(fn());
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFSIGNALED(status))
		return SIGNAL + WTERMSIG(status);
	assert_true(WIFEXITED(status));
	assert_true(WEXITSTATUS(status) < 254);
	return WEXITSTATUS(status);
}

static int
result(long r)
{
	return r < 0 ? errno : 0;
}

/* On a pipe, so that without a filter it is no terminal. */
static int
pipe_ioctl(long command)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) != 0)
		return errno;
	return result(syscall(SYS_ioctl, fds[0], command, 0L));
}

static int
tiocsti(void)
{
	return pipe_ioctl(TIOCSTI);
}

static int
tiocsti_high(void)
{
	return pipe_ioctl(TIOCSTI | HIGH);
}

static int
tiocsti_all_high(void)
{
	return pipe_ioctl((long)(TIOCSTI | 0xffffffff00000000UL));
}

static int
tioclinux(void)
{
	return pipe_ioctl(TIOCLINUX);
}

static int
tioclinux_high(void)
{
	return pipe_ioctl(TIOCLINUX | HIGH << 7);
}

static int
tcgets(void)
{
	return pipe_ioctl(TCGETS);
}

static int
clone3_empty(void)
{
	return result(syscall(SYS_clone3, NULL, 0L));
}

static int
unshare_files(void)
{
	return result(unshare(CLONE_FILES));
}

static int
unshare_user(void)
{
	return result(unshare(CLONE_NEWUSER));
}

static int
clone_user(void)
{
	long pid = syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0L, 0L, 0L, 0L);

	if (pid == 0)
		_exit(0);
	return result(pid);
}

static int
io_uring(void)
{
	return result(syscall(SYS_io_uring_setup, 0L, NULL));
}

static int
alg_socket(void)
{
	return result(syscall(SYS_socket, 38L | HIGH, SOCK_SEQPACKET, 0L));
}

static int
vsock_socket(void)
{
	return result(syscall(SYS_socket, 40L | HIGH, SOCK_STREAM, 0L));
}

static int
unknown_number(void)
{
	return result(syscall(1000L));
}

static int
implies_exec(void)
{
	return result(personality(READ_IMPLIES_EXEC));
}

static int
key_of_process(void)
{
	return result(syscall(SYS_keyctl, 0L, -3L, 1L));
}

static int
int80_getpid(void)
{
	long r;

	__asm__ volatile("int $0x80"
			 : "=a"(r)
			 : "a"(20L)
			 : "memory", "r8", "r9", "r10", "r11");
	return r == getpid() ? 0 : ENOSYS;
}

static int
x32_getpid(void)
{
	return result(syscall(0x40000000L | SYS_getpid));
}

static void *
set_flag(void *arg)
{
	*(int *)arg = 1;
	return NULL;
}

static int
thread(void)
{
	pthread_t thread;
	int flag = 0, r = pthread_create(&thread, NULL, set_flag, &flag);

	if (r != 0)
		return r;
	r = pthread_join(thread, NULL);
	return r != 0 ? r : flag != 1;
}

static int
run_true(void)
{
	int status = 0;
	pid_t pid = fork();

	if (pid < 0)
		return errno;
	if (pid == 0) {
		execl("/bin/sh", "sh", "-c", "ls / | grep -q bin", NULL);
		_exit(127);
	}
	if (waitpid(pid, &status, 0) != pid)
		return errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

static int
files_and_memory(void)
{
	int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
	char c;
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (fd < 0 || read(fd, &c, 1) != 1 || p == MAP_FAILED)
		return errno;
	return result(munmap(p, 4096));
}

static int
sockets(void)
{
	int fds[2], n = -1;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0 ||
	    write(fds[0], "x", 1) != 1 || ioctl(fds[1], FIONREAD, &n) != 0)
		return errno;
	return n == 1 ? 0 : EIO;
}

static int
ask_personality(void)
{
	return result(personality(0xffffffff));
}

/* What each says before and after; -1 before: whatever it says. */
static const struct {
	const char *what;
	act *fn;
	int before, after;
} acts[] = {
	{ "TIOCSTI", tiocsti, ENOTTY, EPERM },
	{ "TIOCSTI with a high bit", tiocsti_high, ENOTTY, EPERM },
	{ "TIOCSTI with all high bits", tiocsti_all_high, ENOTTY, EPERM },
	{ "TIOCLINUX", tioclinux, ENOTTY, EPERM },
	{ "TIOCLINUX with a high bit", tioclinux_high, ENOTTY, EPERM },
	{ "another ioctl", tcgets, ENOTTY, ENOTTY },
	{ "clone3", clone3_empty, EINVAL, ENOSYS },
	{ "unshare of files", unshare_files, 0, EPERM },
	{ "unshare of a namespace", unshare_user, -1, EPERM },
	{ "clone with a namespace", clone_user, -1, EPERM },
	{ "io_uring_setup", io_uring, -1, EPERM },
	{ "an AF_ALG socket", alg_socket, -1, EPERM },
	{ "an AF_VSOCK socket", vsock_socket, -1, EPERM },
	{ "an unknown number", unknown_number, ENOSYS, ENOSYS },
	{ "READ_IMPLIES_EXEC", implies_exec, 0, EPERM },
	{ "the process keyring", key_of_process, -1, EPERM },
	{ "an x32 number", x32_getpid, -1, SIGNAL + SIGSYS },
	{ "a thread", thread, 0, 0 },
	{ "a shell and a pipe", run_true, 0, 0 },
	{ "files and memory", files_and_memory, 0, 0 },
	{ "sockets", sockets, 0, 0 },
	{ "the personality", ask_personality, 0, 0 },
};

static void
each_call_is_answered_as_the_profile_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++) {
		int before = outcome(acts[i].fn, false);
		int after = outcome(acts[i].fn, true);

		if (acts[i].before >= 0 && before != acts[i].before)
			fail_msg("before: %s: %d", acts[i].what, before);
		if (after != acts[i].after)
			fail_msg("after: %s: %d", acts[i].what, after);
	}
}

static void
a_call_of_i386_ends_the_process(void **state)
{
	int before = outcome(int80_getpid, false);

	(void)state;
	if (before == SIGNAL + SIGSEGV) {
		print_message("this kernel has no i386 calls\n");
		skip();
	}
	assert_int_equal(before, 0);
	assert_int_equal(outcome(int80_getpid, true), SIGNAL + SIGSYS);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_call_is_answered_as_the_profile_says),
		cmocka_unit_test(a_call_of_i386_ends_the_process),
	};

	/* Under a filter already, "before" is not before anything. */
	if (prctl(PR_GET_SECCOMP, 0L, 0L, 0L, 0L) != 0) {
		print_message("this process has a seccomp filter\n");
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
