/* SPDX-License-Identifier: Apache-2.0 */
/* Names of limits and signals: there and back, and what is no name. */
#include "base/names.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/resource.h>

#include <cmocka.h>

static void
limits_go_there_and_back_in_every_spelling(void **state)
{
	char name[40];

	(void)state;
	for (int i = 0; i < RLIMIT_NLIMITS; i++) {
		assert_non_null(names_rlimit_name(i));
		assert_int_equal(names_rlimit(names_rlimit_name(i)), i);
		(void)snprintf(name, sizeof(name), "RLIMIT_%s",
			       names_rlimit_name(i));
		assert_int_equal(names_rlimit(name), i);
	}
	assert_int_equal(names_rlimit("nofile"), RLIMIT_NOFILE);
	assert_int_equal(names_rlimit("NOFILE"), RLIMIT_NOFILE);
	assert_int_equal(names_rlimit("rlimit_core"), RLIMIT_CORE);
}

static void
what_is_no_limit_has_no_number(void **state)
{
	static const char *const bad[] = { "",         "RLIMIT_",
					   "nofiles",  "nofile ",
					   " nofile",  "7",
					   "RLIMIT_7", "RLIMIT_RLIMIT_CPU" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(names_rlimit(bad[i]), -1);
	assert_null(names_rlimit_name(-1));
	assert_null(names_rlimit_name(RLIMIT_NLIMITS));
}

static void
signals_go_there_and_back_in_every_spelling(void **state)
{
	char name[16];

	(void)state;
	for (int i = 1; i < 32; i++) {
		assert_non_null(names_signal_name(i, name));
		assert_int_equal(names_signal(name), i);
		assert_int_equal(names_signal(name + 3), i);
	}
	assert_int_equal(names_signal("term"), SIGTERM);
	assert_int_equal(names_signal("sigkill"), SIGKILL);
	assert_string_equal(names_signal_name(SIGHUP, name), "SIGHUP");
}

static void
what_is_no_signal_has_no_number(void **state)
{
	static const char *const bad[] = { "",   "SIG",   "SIGSIGTERM", "TERM ",
					   "15", "SIG15", "NONE",       "0" };
	char name[16];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(names_signal(bad[i]), -1);
	assert_null(names_signal_name(0, name));
	assert_null(names_signal_name(-1, name));
	assert_null(names_signal_name(100000, name));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(limits_go_there_and_back_in_every_spelling),
		cmocka_unit_test(what_is_no_limit_has_no_number),
		cmocka_unit_test(signals_go_there_and_back_in_every_spelling),
		cmocka_unit_test(what_is_no_signal_has_no_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
