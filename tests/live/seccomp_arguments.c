/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Arguments: socket families, ioctl commands, clone's flags, under every
 * shipped profile, with all that one can do to the upper half of a register.
 */
#include "seccomp_support.h"

#include <errno.h>
#include <linux/sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <fcntl.h>

#define N(list) (sizeof(list) / sizeof((list)[0]))

static const long high_halves[] = { 0, HIGH, (long)(1UL << 63),
				    (long)0xffffffff00000000UL };

struct socket_case {
	long nr; /* socket or socketpair */
	long family, type, protocol;
};

static int
act_socket(void *arg)
{
	const struct socket_case *c = arg;
	int fds[2];

	errno = 0;
	return result(syscall(c->nr, c->family, c->type, c->protocol, fds));
}

/* The families that a profile is for; the others are refused with want. */
static const struct {
	const char *profile;
	int want;
	int families[8];
} families[] = {
	{ "strict", EPERM, { -1 } },
	{ "no-network", EAFNOSUPPORT, { AF_UNIX, -1 } },
	{ "build",
	  EAFNOSUPPORT,
	  { AF_UNIX, AF_INET, AF_INET6, AF_NETLINK, -1 } },
	{ "agent",
	  EAFNOSUPPORT,
	  { AF_UNIX, AF_INET, AF_INET6, AF_NETLINK, -1 } },
};

static bool
is_listed(const int *list, long family)
{
	for (; *list >= 0; list++)
		if (*list == (int)family)
			return true;
	return false;
}

/* All types of a family, with flags, under one upper half. */
static void
check_family(const struct sandbox *sandbox, size_t i, long family)
{
	static const long types[] = { SOCK_STREAM,
				      SOCK_DGRAM,
				      SOCK_RAW,
				      SOCK_SEQPACKET,
				      SOCK_DGRAM | SOCK_CLOEXEC,
				      SOCK_STREAM | SOCK_NONBLOCK,
				      SOCK_DGRAM | HIGH };
	bool allowed = is_listed(families[i].families, family);

	/* With a changed upper half, two of them will do. */
	for (size_t t = 0; t < ((family & ~0xffL) == 0 ? N(types) : 2); t++) {
		struct socket_case c = { SYS_socket, family, types[t], 0 };
		int want =
		    allowed ? outcome(act_socket, &c, NULL) : families[i].want;
		int got = outcome(act_socket, &c, sandbox);

		if (got != want)
			fail_msg("%s: family 0x%lx type 0x%lx: %d, not %d",
				 families[i].profile, (unsigned long)family,
				 (unsigned long)types[t], got, want);
	}
}

static void
h07_only_the_families_of_a_profile_can_be_made(void **state)
{
	(void)state;
	for (size_t i = 0; i < N(families); i++) {
		struct sandbox sandbox = sandbox_profile(families[i].profile);

		for (long family = 0; family <= 50; family++)
			for (size_t h = 0; h < N(high_halves); h++)
				check_family(&sandbox, i,
					     family | high_halves[h]);
		sandbox_done(&sandbox);
	}
}

static void
h07_the_default_refuses_ciphers_and_hypervisors(void **state)
{
	struct sandbox sandbox = sandbox_profile("default");

	(void)state;
	for (long family = 0; family <= 50; family++) {
		for (size_t h = 0; h < N(high_halves); h++) {
			struct socket_case c = { SYS_socket,
						 family | high_halves[h],
						 SOCK_STREAM | SOCK_CLOEXEC,
						 0 };
			int want = family == AF_ALG || family == AF_VSOCK
				       ? EPERM
				       : outcome(act_socket, &c, NULL);

			assert_int_equal(outcome(act_socket, &c, &sandbox),
					 want);
		}
	}
	sandbox_done(&sandbox);
}

static void
h07_of_netlink_there_are_only_the_routes(void **state)
{
	static const char *const profiles[] = { "build", "agent" };

	(void)state;
	for (size_t i = 0; i < N(profiles); i++) {
		struct sandbox sandbox = sandbox_profile(profiles[i]);

		for (long protocol = 0; protocol < 32; protocol++) {
			struct socket_case c = { SYS_socket, AF_NETLINK,
						 SOCK_RAW | SOCK_CLOEXEC,
						 protocol | HIGH };
			int want = protocol == 0 ? outcome(act_socket, &c, NULL)
						 : EAFNOSUPPORT;

			assert_int_equal(outcome(act_socket, &c, &sandbox),
					 want);
		}
		sandbox_done(&sandbox);
	}
}

static void
h07_pairs_are_local(void **state)
{
	static const char *const profiles[] = { "build", "agent",
						"no-network" };

	(void)state;
	for (size_t i = 0; i < N(profiles); i++) {
		struct sandbox sandbox = sandbox_profile(profiles[i]);

		for (long family = 0; family <= 50; family++) {
			struct socket_case c = { SYS_socketpair, family,
						 SOCK_STREAM, 0 };

			assert_int_equal(outcome(act_socket, &c, &sandbox),
					 family == AF_UNIX ? 0 : EAFNOSUPPORT);
		}
		sandbox_done(&sandbox);
	}
}

struct send_case {
	int fds[2];
	bool is_addressed;
};

/* On a socket that was given: to its peer, or to an address. */
static int
act_send(void *arg)
{
	const struct send_case *c = arg;
	const struct sockaddr address = { .sa_family = AF_UNIX };

	errno = 0;
	return result(syscall(SYS_sendto, (long)c->fds[0], "x", 1L, 0L,
			      c->is_addressed ? &address : NULL,
			      c->is_addressed ? 2L : 0L));
}

static void
h07_a_given_socket_reaches_only_its_peer_under_strict(void **state)
{
	struct sandbox sandbox = sandbox_profile("strict");
	struct send_case c = { { -1, -1 }, false };

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0,
				    c.fds),
			 0);
	assert_int_equal(outcome(act_send, &c, &sandbox), 0);
	c.is_addressed = true;
	assert_true(outcome(act_send, &c, NULL) != EPERM);
	assert_int_equal(outcome(act_send, &c, &sandbox), EPERM);
	assert_int_equal(close(c.fds[0]), 0);
	assert_int_equal(close(c.fds[1]), 0);
	sandbox_done(&sandbox);
}

/* On a pipe, so that without a filter it is no terminal. */
static int
act_ioctl(void *command)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) != 0)
		return errno;
	errno = 0;
	return result(syscall(SYS_ioctl, (long)fds[0], *(long *)command, 0L));
}

static void
no_profile_lets_words_into_a_terminal(void **state)
{
	static const long refused[] = { TIOCSTI, TIOCLINUX };
	const char *name;

	(void)state;
	for (size_t i = 0; (name = sandbox_name(i)) != NULL; i++) {
		struct sandbox sandbox = sandbox_profile(name);
		long get = TCGETS;

		for (size_t k = 2 * 31; k < 2 * 64; k++) {
			long command = refused[k % 2];

			/* 31: no other bit */
			if (k / 2 >= 32)
				command |= (long)(1UL << k / 2);
			assert_int_equal(outcome(act_ioctl, &command, NULL),
					 ENOTTY);
			assert_int_equal(outcome(act_ioctl, &command, &sandbox),
					 EPERM);
		}
		assert_int_equal(outcome(act_ioctl, &get, &sandbox), ENOTTY);
		sandbox_done(&sandbox);
	}
}

/* A child that ends at once; the result is that of the call. */
static int
act_clone(void *flags)
{
	long pid;

	errno = 0;
	pid = syscall(SYS_clone, *(long *)flags | SIGCHLD, 0L, 0L, 0L, 0L);
	if (pid == 0)
		_exit(0);
	return result(pid);
}

static void
h06_no_clone_makes_a_namespace(void **state)
{
	static const long spaces[] = { CLONE_NEWNS,   CLONE_NEWCGROUP,
				       CLONE_NEWUTS,  CLONE_NEWIPC,
				       CLONE_NEWUSER, CLONE_NEWPID,
				       CLONE_NEWNET };
	const char *name;

	(void)state;
	for (size_t i = 0; (name = sandbox_name(i)) != NULL; i++) {
		struct sandbox sandbox = sandbox_profile(name);
		struct call clone3 = { .nr = SYS_clone3 };
		long plain = 0;

		for (size_t k = 0; k < 2 * N(spaces); k++) {
			long flags = spaces[k / 2] |
				     (k % 2 == 1 ? CLONE_NEWUSER | HIGH : 0);

			assert_int_equal(outcome(act_clone, &flags, &sandbox),
					 EPERM);
		}
		assert_int_equal(outcome(act_clone, &plain, &sandbox),
				 strcmp(name, "strict") == 0 ? EPERM : 0);
		assert_int_equal(outcome(act_call, &clone3, NULL), EINVAL);
		assert_int_equal(outcome(act_call, &clone3, &sandbox), ENOSYS);
		sandbox_done(&sandbox);
	}
}

static void
h05_no_profile_has_io_uring(void **state)
{
	const char *name;

	(void)state;
	for (size_t i = 0; (name = sandbox_name(i)) != NULL; i++) {
		struct sandbox sandbox = sandbox_profile(name);

		for (long nr = 425; nr <= 427; nr++) {
			struct call call = { nr, { 0, HIGH, -1, 1, 0, 0 } };

			assert_int_equal(outcome(act_call, &call, &sandbox),
					 EPERM);
		}
		sandbox_done(&sandbox);
	}
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    h07_only_the_families_of_a_profile_can_be_made),
		cmocka_unit_test(
		    h07_the_default_refuses_ciphers_and_hypervisors),
		cmocka_unit_test(h07_of_netlink_there_are_only_the_routes),
		cmocka_unit_test(h07_pairs_are_local),
		cmocka_unit_test(
		    h07_a_given_socket_reaches_only_its_peer_under_strict),
		cmocka_unit_test(no_profile_lets_words_into_a_terminal),
		cmocka_unit_test(h06_no_clone_makes_a_namespace),
		cmocka_unit_test(h05_no_profile_has_io_uring),
	};

	return sandbox_main(argc, argv, tests, N(tests));
}
