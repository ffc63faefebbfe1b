/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The launcher's child has not all the steps: a plan that asks for one that is
 * not there ends at its stage, and one that asks for none goes on.
 */
#include "run/child.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static int program = -1;

static struct plan
ordinary(void)
{
	return (struct plan){
		PLAN_NONE,   .path = "/nowhere",  .engine = CAISSON_ENGINE_FORK,
		.pin = true, .program = &program,
	};
}

/* The error of the only stage that is run; 0: none. */
static int
error_at(const struct plan *plan, uint32_t stage)
{
	struct report report = { .stage = 0 };

	if (child_steps(plan, stage, stage, &report) == 0)
		return 0;
	assert_int_equal(report.stage, stage);
	return report.error;
}

static void
what_asks_for_nothing_special_goes_on(void **state)
{
	const struct plan plan = ordinary();

	(void)state;
	assert_int_equal(error_at(&plan, CAISSON_STAGE_DEADLINE), 0);
	assert_int_equal(error_at(&plan, CAISSON_STAGE_UNSHARE_FDS), 0);
	assert_int_equal(error_at(&plan, CAISSON_STAGE_IDENTIFY), ENOENT);
	assert_int_equal(error_at(&plan, CAISSON_STAGE_SIGNALS), 0);
	assert_int_equal(error_at(&plan, CAISSON_STAGE_PTRACE), 0);
	assert_int_equal(error_at(&plan, CAISSON_STAGE_SECCOMP), 0);
	assert_int_equal(error_at(&plan, CAISSON_STAGE_EXEC), EBADF);
}

static void
what_asks_for_a_step_that_is_not_there_ends(void **state)
{
	struct plan plan = ordinary();

	(void)state;
	plan.deadline_ms = 1;
	assert_int_equal(error_at(&plan, CAISSON_STAGE_DEADLINE), EOPNOTSUPP);
	plan = ordinary();
	plan.engine = CAISSON_ENGINE_VFORK;
	assert_int_equal(error_at(&plan, CAISSON_STAGE_UNSHARE_FDS),
			 EOPNOTSUPP);
	plan.engine = CAISSON_ENGINE_REPLACE;
	assert_int_equal(error_at(&plan, CAISSON_STAGE_SIGNALS), EOPNOTSUPP);
	plan = ordinary();
	plan.pin = false;
	assert_int_equal(error_at(&plan, CAISSON_STAGE_IDENTIFY), EOPNOTSUPP);
	plan = ordinary();
	plan.ptrace = true;
	assert_int_equal(error_at(&plan, CAISSON_STAGE_PTRACE), EOPNOTSUPP);
	plan = ordinary();
	plan.denials = true;
	assert_int_equal(error_at(&plan, CAISSON_STAGE_SECCOMP), EOPNOTSUPP);
	assert_int_equal(error_at(&plan, CAISSON_STAGE_EXEC), EOPNOTSUPP);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_asks_for_nothing_special_goes_on),
		cmocka_unit_test(what_asks_for_a_step_that_is_not_there_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
