/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a pipe does not hold: it comes in a sealed memfd, or not at all.  Limits
 * of the launcher and refusals of the kernel are no trap.
 */
#include "speaking.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SEALS (F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL)

/* Opened again by us, from the program's table. */
static int
reopen(const struct caisson_child *child, int fd, int flags)
{
	return open(harness_text("/proc/%d/fd/%d", caisson_child_pid(child),
				 fd),
		    flags | O_CLOEXEC);
}

static struct caisson_child *
start(const char *protocol, const char *script, size_t size)
{
	void *bytes = calloc(1, size + 1);
	struct caisson_secret *secret = speaking_secret(bytes, size);
	struct caisson_launch_options options = *speaking_options(0, secret);
	struct caisson_child *child;

	options.handshake_limit = CAISSON_HANDSHAKE_BYTES_MAX;
	child = launching_start(speaking_spec(protocol, script), &options);
	caisson_secret_free(secret);
	free(bytes);
	return child;
}

static void
what_no_pipe_holds_comes_in_a_sealed_memfd(void **state)
{
	struct caisson_child *child =
	    start("caisson", "read end await 0 ready exit 6", 5000000);
	char target[64] = "";
	int fd = -1;

	(void)state;
	assert_true(
	    readlink(harness_text("/proc/%d/fd/3", caisson_child_pid(child)),
		     target, sizeof(target) - 1) > 0);
	assert_string_equal(target, "/memfd:caisson (deleted)");
	fd = reopen(child, 3, O_RDWR);
	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_GET_SEALS) & SEALS, SEALS);
	assert_int_equal(pwrite(fd, "x", 1, 0), -1);
	assert_int_equal(errno, EPERM);
	assert_int_equal(ftruncate(fd, 0), -1);
	assert_int_equal(errno, EPERM);
	(void)close(fd);
	(void)close(caisson_child_take_fd(child, 0));
	speaking_wait_ready(child);
	assert_int_equal(launching_finish(child).value, 6);
}

static void
under_a_limit_on_files(void *arg)
{
	const struct rlimit limit = { 65536, 65536 };
	struct caisson_secret *secret = speaking_secret(arg, 2000000);
	struct caisson_launch_options options = *speaking_options(0, secret);
	struct caisson_error err;

	options.handshake_limit = 2000000;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	/* and not by SIGXFSZ, which would be ours */
	launching_refused(speaking_spec("caisson", "ready"), &options, &err);
	launching_assert_error(&err, CAISSON_E_SYSTEM, CAISSON_STAGE_PAYLOAD,
			       "payload: the caller's RLIMIT_FSIZE: File too "
			       "large");
	caisson_secret_free(secret);
	/* it does not hold for pipes */
	assert_int_equal(launching_finish(start("caisson",
						"single end ready exit 6",
						300000))
			     .value,
			 6);
}

static void
the_launchers_limit_on_files_is_an_error(void **state)
{
	void *bytes = calloc(1, 2000000);

	(void)state;
	assert_non_null(bytes);
	harness_in_fork(under_a_limit_on_files, bytes);
	free(bytes);
}

/*
 * From now on this error for a call whose second argument is so; 0: it is said
 * to have worked.
 */
static void
load(uint32_t nr, struct sock_filter second, uint32_t error)
{
	struct sock_filter insns[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, nr, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 24),
		second,
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = { sizeof(insns) / sizeof(insns[0]), insns };

	assert_int_equal(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	assert_int_equal(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog), 0);
}

static void
pretend(uint32_t nr, uint32_t bits, uint32_t error)
{
	struct sock_filter any =
	    BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, bits, 0, 1);

	load(nr, any, error);
}

static void
pretend_fcntl(uint32_t command, uint32_t error)
{
	struct sock_filter equal =
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, command, 0, 1);

	load(SYS_fcntl, equal, error);
}

static void
on_an_older_kernel(void *arg)
{
	(void)arg;
	pretend(SYS_memfd_create, 8, EINVAL); /* MFD_NOEXEC_SEAL */
	assert_int_equal(launching_finish(
			     start("v23", "read end ready exit 6", 2000000))
			     .value,
			 6);
}

static void
without_memfds(void *arg)
{
	struct caisson_secret *secret = speaking_secret(arg, 2000000);
	struct caisson_launch_options options = *speaking_options(0, secret);
	struct caisson_error err;

	pretend(SYS_memfd_create, UINT32_MAX, ENOSYS);
	options.handshake_limit = 2000000;
	launching_refused(speaking_spec("caisson", "ready"), &options, &err);
	launching_assert_error(&err, CAISSON_E_SYSTEM, CAISSON_STAGE_PAYLOAD,
			       "payload: memfd_create: Function not "
			       "implemented");
	caisson_secret_free(secret);
}

static void
older_kernels_have_other_memfds_or_none(void **state)
{
	void *bytes = calloc(1, 2000000);

	(void)state;
	assert_non_null(bytes);
	harness_in_fork(on_an_older_kernel, NULL);
	harness_in_fork(without_memfds, bytes);
	free(bytes);
}

/* Where the kernel says no to a larger pipe, or does not do what it says. */
static void
without_larger_pipes(void *arg)
{
	pretend_fcntl(F_SETPIPE_SZ, *(const uint32_t *)arg);
	assert_int_equal(launching_finish(
			     start("veyron", "single end ready exit 6", 300000))
			     .value,
			 6);
	assert_int_equal(launching_finish(
			     start("v23", "single end ready exit 6", 100))
			     .value,
			 6);
}

static void
a_pipe_that_stays_small_is_not_used(void **state)
{
	uint32_t errors[] = { EPERM, 0 };

	(void)state;
	harness_in_fork(without_larger_pipes, &errors[0]);
	harness_in_fork(without_larger_pipes, &errors[1]);
}

struct seal {
	uint32_t error;
	int code;
	const char *msg;
	struct caisson_secret *secret;
};

static void
without_seals(void *arg)
{
	const struct seal *s = arg;
	struct caisson_launch_options options = *speaking_options(0, s->secret);
	struct caisson_error err;

	pretend_fcntl(F_ADD_SEALS, s->error);
	options.handshake_limit = 2000000;
	launching_refused(speaking_spec("caisson", "ready"), &options, &err);
	launching_assert_error(&err, s->code, CAISSON_STAGE_PAYLOAD, s->msg);
}

static void
a_memfd_that_is_not_sealed_is_not_handed_over(void **state)
{
	static const char bytes[2000000];
	struct caisson_secret *secret = speaking_secret(bytes, sizeof(bytes));
	struct seal seals[] = {
		{ EPERM, CAISSON_E_SYSTEM,
		  "payload: sealing the memfd: Operation not permitted",
		  secret },
		{ 0, CAISSON_E_MISMATCH, "payload: the memfd is not sealed",
		  secret },
	};

	(void)state;
	harness_in_fork(without_seals, &seals[0]);
	harness_in_fork(without_seals, &seals[1]);
	caisson_secret_free(secret);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_no_pipe_holds_comes_in_a_sealed_memfd),
		cmocka_unit_test(the_launchers_limit_on_files_is_an_error),
		cmocka_unit_test(older_kernels_have_other_memfds_or_none),
		cmocka_unit_test(a_pipe_that_stays_small_is_not_used),
		cmocka_unit_test(a_memfd_that_is_not_sealed_is_not_handed_over),
	};

	return harness_main("handshake_memfd", argc, argv, tests,
			    sizeof(tests) / sizeof(tests[0]));
}
