/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Capabilities applied in place, in forks, and read from outside in what the
 * kernel prints.  Needs root.
 */
#include "confine/cred.h"

#include <cap-ng.h>
#include <errno.h>
#include <linux/capability.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define BIT(cap) (UINT64_C(1) << (cap))
#define FAILED   0xee /* what a child says when a step of the test failed */

static struct cred_caller root;

static uint64_t
status_set(pid_t pid, const char *key)
{
	unsigned long long set = 0;
	char path[40], line[256];
	bool found = false;
	FILE *f;

	(void)snprintf(path, sizeof(path), "/proc/%d/status", pid);
	f = fopen(path, "re");
	assert_non_null(f);
	while (fgets(line, sizeof(line), f) != NULL)
		if (strncmp(line, key, strlen(key)) == 0)
			found = sscanf(line + strlen(key), ": %llx", &set) == 1;
	(void)fclose(f);
	assert_true(found);
	return set;
}

static void
assert_sets(pid_t pid, uint64_t wanted)
{
	assert_true(status_set(pid, "CapBnd") == wanted);
	assert_true(status_set(pid, "CapPrm") == wanted);
	assert_true(status_set(pid, "CapEff") == wanted);
	assert_true(status_set(pid, "CapInh") == wanted);
	assert_true(status_set(pid, "CapAmb") == wanted);
}

/* In a child: what fn says goes up the pipe, then it waits for its end. */
static void __attribute__((noreturn))
child(int fd, int (*fn)(const void *arg), const void *arg)
{
	unsigned char said;

	/* After a failed assertion nobody else ends it. */
	if (prctl(PR_SET_PDEATHSIG, (long)SIGKILL, 0L, 0L, 0L) != 0)
		_exit(1);
	said = (unsigned char)fn(arg);
	if (write(fd, &said, 1) != 1)
		_exit(1);
	for (;;)
		(void)pause();
}

/* By fork, or by the system call alone, which libcap-ng does not notice. */
static pid_t
begin(int (*fn)(const void *arg), const void *arg, bool raw, int *said)
{
	unsigned char byte;
	int fds[2];
	pid_t pid;

	assert_int_equal(pipe(fds), 0);
	pid = raw ? (pid_t)syscall(SYS_clone, (long)SIGCHLD, 0L, 0L, 0L, 0L)
		  : fork();
	assert_true(pid >= 0);
	if (pid == 0)
		child(fds[1], fn, arg);
	(void)close(fds[1]);
	assert_int_equal(read(fds[0], &byte, 1), 1);
	(void)close(fds[0]);
	*said = byte;
	return pid;
}

static void
end(pid_t pid)
{
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static int
apply(const void *arg)
{
	const char *const *name = arg;
	struct cred_sets sets;

	if (cred_sets_compute(name, *name != NULL, &sets, NULL) != 0 ||
	    cred_apply_bounding(&sets, NULL) != 0 ||
	    cred_apply_sets(&sets, NULL) != 0)
		return FAILED;
	return 0;
}

static void
each_single_capability_and_none_are_all_that_is_left(void **state)
{
	(void)state;
	assert_true(root.last_cap >= CAP_BPF);
	for (uint32_t cap = 0; cap <= root.last_cap + 1; cap++) {
		const char *name =
		    cap <= root.last_cap ? cred_cap_name(cap) : NULL;
		int said;
		pid_t pid = begin(apply, &name, cap % 2 != 0, &said);

		/* What root itself has not cannot be given. */
		if (name != NULL && (root.sets.bounding & BIT(cap)) == 0) {
			assert_int_equal(said, FAILED);
		} else {
			assert_int_equal(said, 0);
			assert_sets(pid, name != NULL ? BIT(cap) : 0);
		}
		end(pid);
	}
}

static int
stay(const void *arg)
{
	(void)arg;
	return 0;
}

static void
without_that_a_child_has_what_root_has(void **state)
{
	int said;
	pid_t pid = begin(stay, NULL, false, &said);

	(void)state;
	assert_true(status_set(pid, "CapBnd") == root.sets.bounding);
	assert_true(status_set(pid, "CapPrm") == root.sets.permitted);
	assert_true(status_set(pid, "CapEff") == root.sets.effective);
	end(pid);
}

/* Inheritable and ambient sets of the caller do not survive. */
static int
apply_none_after_ambient(const void *arg)
{
	const uint64_t set = BIT(CAP_NET_RAW) | BIT(CAP_KILL);
	struct cred_sets full = root.sets;
	const char *none = NULL;

	(void)arg;
	full.inheritable = full.ambient = set;
	if (cred_apply_sets(&full, NULL) != 0)
		return FAILED;
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, CAP_KILL, 0, 0) != 1)
		return FAILED;
	return apply(&none);
}

static void
inheritable_and_ambient_sets_do_not_survive(void **state)
{
	int said;
	pid_t pid = begin(apply_none_after_ambient, NULL, false, &said);

	(void)state;
	assert_int_equal(said, 0);
	assert_sets(pid, 0);
	end(pid);
}

static int
reduce_without_setpcap(const void *arg)
{
	struct cred_sets sets = root.sets, none = { 0, 0, 0, 0, 0 };
	struct caisson_error err;

	(void)arg;
	sets.permitted &= ~BIT(CAP_SETPCAP);
	sets.effective &= ~BIT(CAP_SETPCAP);
	sets.inheritable = sets.ambient = 0;
	if (cred_apply_sets(&sets, NULL) != 0)
		return FAILED;
	if (cred_apply_bounding(&none, &err) != CAISSON_E_PRIVILEGE ||
	    err.stage != CAISSON_STAGE_BOUNDING)
		return FAILED;
	/* What needs no change needs no privilege. */
	return cred_apply_bounding(&sets, NULL) == 0 ? 0 : FAILED;
}

static void
the_bounding_set_needs_setpcap_unless_it_is_so_already(void **state)
{
	int said;
	pid_t pid = begin(reduce_without_setpcap, NULL, false, &said);

	(void)state;
	assert_int_equal(said, 0);
	assert_true(status_set(pid, "CapBnd") == root.sets.bounding);
	end(pid);
}

static int
ask_for_more(const void *arg)
{
	struct cred_sets less = root.sets, more = root.sets;
	struct caisson_error err;

	(void)arg;
	less.bounding &= ~BIT(CAP_CHOWN);
	if (cred_apply_bounding(&less, NULL) != 0)
		return FAILED;
	/* One less as well, or there is nothing for libcap-ng to do. */
	more.bounding &= ~BIT(CAP_KILL);
	if (cred_apply_bounding(&more, &err) != CAISSON_E_MISMATCH ||
	    err.stage != CAISSON_STAGE_BOUNDING)
		return FAILED;
	less.permitted = less.effective = BIT(CAP_KILL);
	less.inheritable = less.ambient = 0;
	if (cred_apply_sets(&less, NULL) != 0)
		return FAILED;
	less.permitted |= BIT(CAP_CHOWN);
	if (cred_apply_sets(&less, &err) != CAISSON_E_SYSTEM ||
	    err.stage != CAISSON_STAGE_CAPSET || err.sys_errno != EPERM)
		return FAILED;
	return 0;
}

static void
what_cannot_be_had_is_an_error(void **state)
{
	int said;
	pid_t pid = begin(ask_for_more, NULL, false, &said);

	(void)state;
	assert_int_equal(said, 0);
	assert_true(status_set(pid, "CapPrm") == BIT(CAP_KILL));
	end(pid);
}

static int
ask_for_unknown(const void *arg)
{
	struct cred_sets sets = root.sets;
	struct caisson_error err;

	(void)arg;
	sets.permitted |= UINT64_C(1) << 63;
	if (cred_apply_sets(&sets, &err) != CAISSON_E_UNSUPPORTED)
		return FAILED;
	sets.bounding = UINT64_C(1) << 63;
	return cred_apply_bounding(&sets, &err) == CAISSON_E_UNSUPPORTED
		   ? 0
		   : FAILED;
}

static void
a_capability_that_libcap_ng_cannot_handle_is_an_error(void **state)
{
	int said;
	pid_t pid = begin(ask_for_unknown, NULL, false, &said);

	(void)state;
	assert_int_equal(said, 0);
	assert_true(status_set(pid, "CapBnd") == root.sets.bounding);
	end(pid);
}

/* libcap-ng reads /proc: without it, success must be true all the same. */
static int
apply_without_proc(const void *arg)
{
	const char *none = NULL;

	(void)arg;
	if (unshare(CLONE_NEWNS) != 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
	    mount("none", "/proc", "tmpfs", 0, NULL) != 0)
		return 77;
	return apply(&none);
}

static void
success_without_proc_is_true(void **state)
{
	int said;
	pid_t pid = begin(apply_without_proc, NULL, false, &said);

	(void)state;
	if (said == 0)
		assert_sets(pid, 0);
	end(pid);
	if (said == 77) {
		print_message("no mounts here\n");
		skip();
	}
	print_message("without /proc: %s\n", said == 0 ? "applied" : "refused");
}

static int
keep_state(const void *arg)
{
	struct cred_sets none = { 0, 0, 0, 0, 0 };

	(void)arg;
	capng_clear(CAPNG_SELECT_ALL);
	(void)capng_update(CAPNG_ADD, CAPNG_PERMITTED, CAP_CHOWN);
	if (cred_apply_bounding(&none, NULL) != 0 ||
	    cred_apply_sets(&none, NULL) != 0)
		return FAILED;
	return capng_have_capability(CAPNG_PERMITTED, CAP_CHOWN) == 1 &&
		       capng_have_capability(CAPNG_PERMITTED, CAP_KILL) == 0 &&
		       prctl(PR_GET_KEEPCAPS, 0L, 0L, 0L, 0L) == 0 &&
		       prctl(PR_GET_SECUREBITS, 0L, 0L, 0L, 0L) ==
			   (int)root.securebits
		   ? 0
		   : FAILED;
}

static void
the_state_of_libcap_ng_and_the_securebits_stay(void **state)
{
	int said;
	pid_t pid = begin(keep_state, NULL, false, &said);

	(void)state;
	assert_int_equal(said, 0);
	assert_sets(pid, 0);
	end(pid);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    each_single_capability_and_none_are_all_that_is_left),
		cmocka_unit_test(without_that_a_child_has_what_root_has),
		cmocka_unit_test(inheritable_and_ambient_sets_do_not_survive),
		cmocka_unit_test(
		    the_bounding_set_needs_setpcap_unless_it_is_so_already),
		cmocka_unit_test(what_cannot_be_had_is_an_error),
		cmocka_unit_test(
		    a_capability_that_libcap_ng_cannot_handle_is_an_error),
		cmocka_unit_test(success_without_proc_is_true),
		cmocka_unit_test(
		    the_state_of_libcap_ng_and_the_securebits_stay),
	};
	const uint64_t needed =
	    BIT(CAP_SETPCAP) | BIT(CAP_KILL) | BIT(CAP_CHOWN);

	if (cred_read_caller(&root, NULL) != 0)
		return 1;
	cred_caller_done(&root);
	if (root.sets.effective != root.sets.bounding ||
	    root.sets.permitted != root.sets.bounding ||
	    (root.sets.bounding & needed) != needed) {
		(void)printf("this process is not root\n");
		return 77;
	}
	/* Its state now names this process, in raw clones too. */
	capng_clear(CAPNG_SELECT_ALL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
