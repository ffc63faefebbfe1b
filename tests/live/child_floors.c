/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Floors: filters that must hold whatever the launch's own filter says.  All
 * of them are loaded, before it, or nothing runs.
 */
#include "launching.h"
#include "refusal.h"
#include "replanned.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/syscall.h>

/* The call does nothing and answers this errno; 0: it claims success. */
#define REFUSES(call, error)                                           \
	(const struct sock_filter[])                                   \
	{                                                              \
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,                     \
			 (uint32_t)offsetof(struct seccomp_data, nr)), \
		    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (call), 0, 1), \
		    BPF_STMT(BPF_RET | BPF_K,                          \
			     SECCOMP_RET_ERRNO | (uint32_t)(error)),   \
		    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),      \
	}
#define FLOOR(call, error)                             \
	{                                              \
		"a floor", REFUSES((call), (error)), 4 \
	}
#define UNCONFINED "'seccomp':{'profile':'unconfined'}"

static void
set_floors(const struct profile *floors, size_t n)
{
	replanned.floors = floors;
	replanned.n_floors = n;
}

static const char *
own_filter(const char *text)
{
	return harness_text("'seccomp':{'policy':'%s'}",
			    harness_file("own.policy", text, strlen(text),
					 0644));
}

static struct caisson_spec *
program(const char *members)
{
	return launching_spec(members, "regain", "1", "7", NULL);
}

/* Of the three calls, those that are answered with EDOM, and only those. */
static void
assert_refused(const char *members, bool resuid, bool reuid, bool uid)
{
	json_t *said = launching_json(program(members),
				      launching_engine(CAISSON_ENGINE_FORK));

	assert_int_equal(launching_number(said, "setresuid") == -EDOM, resuid);
	assert_int_equal(launching_number(said, "setreuid") == -EDOM, reuid);
	assert_int_equal(launching_number(said, "setuid") == -EDOM, uid);
	json_decref(said);
}

static void
assert_not_launched(uint32_t index, int code)
{
	struct caisson_error err;

	launching_refused(program(UNCONFINED),
			  launching_engine(CAISSON_ENGINE_FORK), &err);
	assert_int_equal(err.code, code);
	assert_int_equal(err.stage, CAISSON_STAGE_SECCOMP);
	assert_int_equal(err.index, index);
}

static void
all_floors_and_the_own_filter_hold(void **state)
{
	const char *own = own_filter("@denylist\nsetuid: return EDOM\n");
	const struct profile floors[] = { FLOOR(SYS_setresuid, EDOM),
					  FLOOR(SYS_setreuid, EDOM) };

	(void)state;
	set_floors(NULL, 0);
	assert_refused(UNCONFINED, false, false, false);
	assert_refused(own, false, false, true);
	set_floors(floors, 1);
	assert_refused(UNCONFINED, true, false, false);
	set_floors(floors, 2);
	assert_refused(UNCONFINED, true, true, false);
	assert_refused(own, true, true, true);
}

/* It is loaded after them: what it does to that is nothing to them. */
static void
the_own_filter_cannot_keep_floors_off(void **state)
{
	const struct profile floors[] = { FLOOR(SYS_setresuid, EDOM),
					  FLOOR(SYS_setreuid, EDOM) };

	(void)state;
	set_floors(floors, 2);
	assert_refused(own_filter("@denylist\n{seccomp, prctl}: return EDOM\n"),
		       true, true, false);
}

static void
pretending_in_fork(void *arg)
{
	(void)arg;
	refusal_add(SYS_seccomp, REFUSAL_ANY, 0);
	assert_not_launched(0, CAISSON_E_MISMATCH);
}

static void
a_floor_that_is_only_said_to_be_loaded_ends_the_launch(void **state)
{
	const struct profile floor = FLOOR(SYS_setresuid, EDOM);

	(void)state;
	set_floors(&floor, 1);
	harness_in_fork(pretending_in_fork, NULL);
	/* else it would have been launched */
	assert_refused(UNCONFINED, true, false, false);
}

static void
a_floor_that_hides_that_the_next_is_not_loaded_ends_the_launch(void **state)
{
	const struct profile hides[] = { FLOOR(SYS_seccomp, 0),
					 FLOOR(SYS_setreuid, EDOM) };
	const struct profile refuses[] = { FLOOR(SYS_seccomp, EDOM),
					   FLOOR(SYS_setreuid, EDOM) };

	(void)state;
	set_floors(hides, 2);
	assert_not_launched(1, CAISSON_E_MISMATCH);
	set_floors(refuses, 2);
	assert_not_launched(1, CAISSON_E_SYSTEM);
	/* after the last there is nothing to load */
	set_floors(refuses, 1);
	assert_refused(UNCONFINED, false, false, false);
}

static void
a_floor_may_refuse_to_be_read_back_but_not_deny_itself(void **state)
{
	const struct profile refuses = FLOOR(SYS_prctl, EDOM);
	const struct profile denies = FLOOR(SYS_prctl, 0);

	(void)state;
	set_floors(&refuses, 1);
	assert_refused(UNCONFINED, false, false, false);
	set_floors(&denies, 1);
	assert_not_launched(0, CAISSON_E_MISMATCH);
}

static void
a_floor_that_the_kernel_does_not_take_ends_the_launch(void **state)
{
	const struct sock_filter endless[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
	};
	const struct profile floors[] = { FLOOR(SYS_setresuid, EDOM),
					  { "no end", endless, 1 } };

	(void)state;
	set_floors(floors, 2);
	assert_not_launched(1, CAISSON_E_SYSTEM);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_floors_and_the_own_filter_hold),
		cmocka_unit_test(the_own_filter_cannot_keep_floors_off),
		cmocka_unit_test(
		    a_floor_that_is_only_said_to_be_loaded_ends_the_launch),
		cmocka_unit_test(
		    a_floor_that_hides_that_the_next_is_not_loaded_ends_the_launch),
		cmocka_unit_test(
		    a_floor_may_refuse_to_be_read_back_but_not_deny_itself),
		cmocka_unit_test(
		    a_floor_that_the_kernel_does_not_take_ends_the_launch),
	};

	return harness_main("child_floors", argc, argv, tests,
			    sizeof(tests) / sizeof(tests[0]));
}
