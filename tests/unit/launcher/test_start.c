/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The launcher's start within a test, so that sanitizers see it, and so that it
 * can have no argument at all, which kernels do not let happen any more.  What
 * it does to a process is done to a child.  As root all of it is gone through,
 * as root's own launcher; as another user it ends where it finds that out.
 */
int launcher_main(int argc, char *argv[]);
#define main launcher_main
#include "launcher/main.c"
#undef main

#include <linux/capability.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdlib.h>
#include <sys/socket.h>

#define REACHED 7 /* the loop's exit status */

void
audit_open(struct launcher *l)
{
	l->log = -1;
}

int
loop_run(struct launcher *l)
{
	if (environ != NULL || l->caller.pid != getppid() ||
	    l->caller.pidfd <= START_SOCKET || l->last_cap < CAP_BPF)
		return 1;
	return REACHED;
}

bool
grants_read(struct launcher *l, struct grant_set *set)
{
	(void)l;
	(void)set;
	return false;
}

/* Its exit status, with this as descriptor 3, or none. */
static int
start(int argc, int fd)
{
	char name[] = "x", argument[] = "--help";
	char *argv[] = { argc > 0 ? name : NULL, argc > 1 ? argument : NULL,
			 NULL };
	siginfo_t info = { 0 };
	pid_t pid = fork();

	if (pid == 0) {
		if (fd < 0)
			(void)close(START_SOCKET);
		else if (dup2(fd, START_SOCKET) != START_SOCKET)
			_exit(100);
		_exit(launcher_main(argc, argv));
	}
	assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED), 0);
	assert_int_equal(info.si_code, CLD_EXITED);
	return info.si_status;
}

/* As root it is this, as another user no privilege is found. */
static int
as_root(int status)
{
	return geteuid() == 0 ? status : START_EXIT + START_CALLER;
}

static void
arguments(void **state)
{
	(void)state;
	assert_int_equal(start(2, -1), START_EXIT + START_ARGUMENTS);
	assert_int_equal(start(1, -1), as_root(START_EXIT + START_DESCRIPTORS));
	assert_int_equal(start(0, -1), as_root(START_EXIT + START_DESCRIPTORS));
}

static void
to_the_end(void **state)
{
	int stream[2], packets[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, stream), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, packets), 0);
	assert_int_equal(start(1, stream[0]),
			 as_root(START_EXIT + START_DESCRIPTORS));
	assert_int_equal(start(1, packets[0]), as_root(REACHED));
	assert_int_equal(start(0, packets[0]), as_root(REACHED));
	for (unsigned i = 0; i < 2; i++) {
		(void)close(stream[i]);
		(void)close(packets[i]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(arguments),
		cmocka_unit_test(to_the_end),
	};

	return cmocka_run_group_tests_name("A01: the start, also with no "
					   "argument at all",
					   tests, NULL, NULL);
}
