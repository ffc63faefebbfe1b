/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A program with more privilege than who started it does not believe its
 * environment.  The linker sends getauxval here, which says that it is one;
 * tests/live/inherit does it with a real one, where that is possible.
 */
#include "testing.h"

#include <stdlib.h>
#include <sys/auxv.h>

unsigned long __real_getauxval(unsigned long type);
unsigned long __wrap_getauxval(unsigned long type);

static unsigned asked;

unsigned long
__wrap_getauxval(unsigned long type)
{
	if (type != AT_SECURE)
		return __real_getauxval(type); /* a sanitizer, say */
	asked++;
	return 1;
}

static void
a_privileged_program_does_not_believe_its_environment(void **state)
{
	struct caisson_inherited *in = NULL;
	struct caisson_error err = { 0 };

	(void)state;
	assert_int_equal(setenv("CAISSON_EXEC_VERSION", "1", 1), 0);
	assert_int_equal(setenv("CAISSON_EXEC_FDS", "1:2", 1), 0);
	assert_int_equal(caisson_inherit(NULL, &in, &err), CAISSON_E_NOT_FOUND);
	assert_int_equal(err.stage, CAISSON_STAGE_INHERIT);
	assert_non_null(strstr(err.msg, "set-user-ID"));
	assert_null(in);
	assert_true(asked > 0);
	/* and neither does anybody whom it starts */
	assert_null(getenv("CAISSON_EXEC_VERSION"));
	assert_null(getenv("CAISSON_EXEC_FDS"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_privileged_program_does_not_believe_its_environment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
