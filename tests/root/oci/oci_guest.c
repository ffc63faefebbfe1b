/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What runs in the container: makes calls that do no harm, most of them with
 * arguments that no kernel accepts, prints what each answers, and waits to be
 * killed.  Two filters that are equal give the same lines.
 */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define HIGH (1L << 32)

struct probe {
	const char *name;
	long nr, args[4];
};

/* Pointers are bad ones, descriptors -1. */
static const struct probe probes[] = {
	{ "personality(~0)", SYS_personality, { 0xffffffff } },
	{ "personality(0)", SYS_personality, { 0 } },
	{ "personality(1)", SYS_personality, { 1 } },
	{ "personality(8 and high bits)", SYS_personality, { 8 | HIGH } },
	{ "socket(unix)", SYS_socket, { AF_UNIX, SOCK_STREAM, 0 } },
	{ "socket(inet)", SYS_socket, { AF_INET, SOCK_STREAM, 0 } },
	{ "socket(netlink, route)", SYS_socket, { AF_NETLINK, SOCK_RAW, 0 } },
	{ "socket(netlink, audit)", SYS_socket, { AF_NETLINK, SOCK_RAW, 9 } },
	{ "socket(netlink, audit and high bits)",
	  SYS_socket,
	  { AF_NETLINK, SOCK_RAW, 9 | HIGH } },
	{ "socket(-1, , 9)", SYS_socket, { -1, SOCK_RAW, 9 } },
	{ "unshare(0)", SYS_unshare, { 0 } },
	{ "unshare(user)", SYS_unshare, { CLONE_NEWUSER | CLONE_SIGHAND } },
	{ "setns(-1)", SYS_setns, { -1, 0 } },
	{ "clone(bad flags)", SYS_clone, { CLONE_SIGHAND } },
	{ "clone(bad flags, namespace)",
	  SYS_clone,
	  { CLONE_SIGHAND | CLONE_NEWUSER } },
	{ "clone3(NULL, 0)", 435, { 0, 0 } },
	{ "keyctl(bad)", SYS_keyctl, { 0x7777 } },
	{ "add_key(NULL)", SYS_add_key, { 0, 0, 0, 0 } },
	{ "request_key(NULL)", SYS_request_key, { 0, 0, 0, 0 } },
	{ "mount(NULL)", SYS_mount, { 0, 8, 8, 0 } },
	{ "umount2(NULL)", SYS_umount2, { 8, 0 } },
	{ "pivot_root(NULL)", SYS_pivot_root, { 8, 8 } },
	{ "chroot(NULL)", SYS_chroot, { 8 } },
	{ "ptrace(bad)", SYS_ptrace, { 0x7777, -1 } },
	{ "kcmp(bad)", SYS_kcmp, { -1, -1, 77 } },
	{ "process_vm_readv(bad)", SYS_process_vm_readv, { -1, 0, 0, 0 } },
	{ "bpf(bad)", SYS_bpf, { 7777, 0, 0 } },
	{ "perf_event_open(NULL)", SYS_perf_event_open, { 8, -1, -1, -1 } },
	{ "userfaultfd(bad)", SYS_userfaultfd, { -1 } },
	{ "io_uring_setup(NULL)", 425, { 0, 8 } },
	{ "open_by_handle_at(-1)", SYS_open_by_handle_at, { -1, 8, 0 } },
	{ "name_to_handle_at(-1)", SYS_name_to_handle_at, { -1, 8, 8, 8 } },
	{ "init_module(NULL)", SYS_init_module, { 8, 0, 8 } },
	{ "delete_module(NULL)", SYS_delete_module, { 8, 0 } },
	{ "kexec_load(bad)", SYS_kexec_load, { 0, 99, 8, ~0L } },
	{ "swapon(NULL)", SYS_swapon, { 8, 0 } },
	{ "acct(bad)", SYS_acct, { 8 } },
	{ "ioperm(bad)", SYS_ioperm, { 0xfffff, 1, 1 } },
	{ "settimeofday(bad)", SYS_settimeofday, { 8, 8 } },
	{ "vmsplice(-1)", SYS_vmsplice, { -1, 0, 0, 0 } },
	{ "get_mempolicy(bad)", SYS_get_mempolicy, { 8, 8, 0, 0 } },
	{ "getcpu(NULL)", SYS_getcpu, { 0, 0, 0 } },
	{ "syslog(bad)", SYS_syslog, { 77, 0, 0 } },
	{ "a number without a call", 700, { 0 } },
	{ "the number -1", -1, { 0 } },
};

/* Some answers are numbers that differ from run to run. */
static void
print(const char *name, long answer)
{
	if (answer < 0)
		(void)printf("%s: %s\n", name, strerrorname_np(errno));
	else
		(void)printf("%s: done\n", name);
}

/* One that may kill: in a process of its own. */
static void
probe_x32(void)
{
	int status = 0;
	pid_t child = fork();

	if (child == 0) {
		errno = 0;
		_exit(syscall(0x40000000 | SYS_getppid) < 0 ? errno : 0);
	}
	if (child < 0 || waitpid(child, &status, 0) != child)
		(void)printf("a number of x32: no child\n");
	else if (WIFSIGNALED(status))
		(void)printf("a number of x32: signal %d\n", WTERMSIG(status));
	else
		(void)printf("a number of x32: %d\n", WEXITSTATUS(status));
}

int
main(void)
{
	print("getpid", syscall(SYS_getpid));
	(void)fflush(stdout);
	probe_x32();
	for (size_t i = 0; i < sizeof(probes) / sizeof(probes[0]); i++) {
		const struct probe *p = &probes[i];
		long answer;

		errno = 0;
		answer = syscall(p->nr, p->args[0], p->args[1], p->args[2],
				 p->args[3], 0L, 0L);
		print(p->name, answer);
		if (answer >= 3 && p->nr == SYS_socket)
			(void)close((int)answer);
	}
	(void)printf("end\n");
	(void)fflush(stdout);
	for (;;)
		(void)pause();
}
