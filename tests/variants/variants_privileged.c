/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the child does for the setuid launcher alone, left out: the floors
 * (504), that no symbolic link is followed (451), that what is said to be open
 * is looked at (452).  With each in place it holds; without it that shows.
 */
#include "broken.h"

#include "refusal.h"
#include "replanned.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define UNCONFINED "'seccomp':{'profile':'unconfined'}"

/* The program's exit status, or a negative code with *err. */
static int
launch(const char *recipe, const char *members, struct caisson_error *err)
{
	struct caisson_spec *spec =
	    launching_spec(broken_members(recipe, members), "exit", "4", NULL);
	struct caisson_child *child = NULL;
	int r;

	memset(err, 0, sizeof(*err));
	assert_int_equal(caisson_spec_freeze(spec, err), 0);
	r = caisson_launch(spec, launching_engine(CAISSON_ENGINE_FORK), &child,
			   err);
	caisson_spec_free(spec);
	return r < 0 ? r : launching_finish(child).value;
}

static void
without_its_step_a_floor_does_not_hold(void **state)
{
	const struct sock_filter ends[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 (uint32_t)offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit_group, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct profile floor = { "no end", ends, 4 };
	struct caisson_error err;

	(void)state;
	replanned = (struct replanned){ .floors = &floor, .n_floors = 1 };
	assert_int_equal(launch("", UNCONFINED, &err), SIGSYS);
	assert_int_equal(launch("skip:504", UNCONFINED, &err), 4);
	assert_int_equal(launch("skip:50", UNCONFINED, &err), 4);
}

static void
without_its_step_a_symbolic_link_is_followed(void **state)
{
	const char *link = harness_path("link");
	struct caisson_error err;

	(void)state;
	assert_int_equal(symlink(harness_reporter(), link), 0);
	replanned = (struct replanned){ .pin = true, .path = link };
	assert_true(launch("", "", &err) < 0);
	assert_int_equal(err.stage, CAISSON_STAGE_IDENTIFY);
	assert_int_equal(err.sys_errno, ELOOP);
	assert_int_equal(launch("skip:451", "", &err), 4);
}

/* And does not run by its name instead. */
static void
a_program_that_was_never_opened_does_not_run(void **state)
{
	struct caisson_error err;

	(void)state;
	replanned = (struct replanned){ .pin = true, .scripts = true };
	assert_int_equal(launch("", "", &err), 4);
	assert_true(launch("skip:45", "", &err) < 0);
	assert_int_equal(err.stage, CAISSON_STAGE_EXEC);
	assert_int_equal(err.sys_errno, EBADF);
}

static void
pretend_to_open(void)
{
	refusal_add(SYS_openat2, REFUSAL_ANY, 0);
}

static void
without_its_step_another_program_runs(void **state)
{
	const char *members = "'stdio':{'stdin':{'file':'/usr/bin/true'}}";
	struct caisson_error err;

	(void)state;
	replanned =
	    (struct replanned){ .pin = true, .before = pretend_to_open };
	assert_int_equal(launch("", members, &err), CAISSON_E_MISMATCH);
	assert_int_equal(err.stage, CAISSON_STAGE_IDENTIFY);
	assert_int_equal(launch("skip:452", members, &err), 0);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_its_step_a_floor_does_not_hold),
		cmocka_unit_test(without_its_step_a_symbolic_link_is_followed),
		cmocka_unit_test(a_program_that_was_never_opened_does_not_run),
		cmocka_unit_test(without_its_step_another_program_runs),
	};

	return harness_main("variants_privileged", argc, argv, tests,
			    sizeof(tests) / sizeof(tests[0]));
}
