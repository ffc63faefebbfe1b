/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Users and groups, with entries that every Debian has: daemon (1, group 1)
 * and nobody (65534).  Nobody becomes anybody here.
 */
#include "confine/user_lookup.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include <cmocka.h>

#define IF_SET  CAISSON_DROP_SUDO_IF_SET
#define REQUIRE CAISSON_DROP_SUDO_REQUIRE
#define N(list) (sizeof(list) / sizeof((list)[0]))

static uint32_t daemon_uid, daemon_gid, nobody_uid, nobody_gid;

static int
find_users(void **state)
{
	const struct passwd *pw = getpwnam("daemon");

	(void)state;
	if (pw == NULL)
		return -1;
	daemon_uid = pw->pw_uid;
	daemon_gid = pw->pw_gid;
	pw = getpwnam("nobody");
	if (pw == NULL)
		return -1;
	nobody_uid = pw->pw_uid;
	nobody_gid = pw->pw_gid;
	return 0;
}

static void
only_canonical_decimals_are_ids(void **state)
{
	static const char *const bad[] = {
		"",
		"-1",
		"+1",
		" 1",
		"1 ",
		"01",
		"00",
		"0x0",
		"1e3",
		"1.0",
		"4294967295",
		"4294967296",
		"4294967297",
		"-0",
		"1\n",
		"18446744073709551616",
		"18446744073709551617",
		"abc",
		"1,2",
		"\xef\xbc\x91",
		"1111111111111111111111111111111111111111",
	};
	uint32_t id = 77;

	(void)state;
	for (size_t i = 0; i < N(bad); i++)
		assert_false(user_parse_id(bad[i], &id));
	assert_int_equal(id, 77);
	assert_true(user_parse_id("0", &id));
	assert_int_equal(id, 0);
	assert_true(user_parse_id("65535", &id));
	assert_int_equal(id, 65535);
	assert_true(user_parse_id("2147483648", &id));
	assert_int_equal(id, 2147483648u);
	assert_true(user_parse_id("4294967294", &id));
	assert_int_equal(id, 4294967294u);
}

static void
assert_sorted_with(const struct user_ids *ids, uint32_t gid)
{
	bool found = false;

	for (size_t i = 0; i < ids->n_groups; i++) {
		assert_true(i == 0 || ids->groups[i - 1] < ids->groups[i]);
		found = found || ids->groups[i] == gid;
	}
	assert_true(found);
}

static void
a_name_gives_uid_primary_group_and_groups(void **state)
{
	struct user_ids ids = USER_NONE;

	(void)state;
	assert_int_equal(user_by_name("daemon", NULL, &ids, NULL), 0);
	assert_true(ids.set);
	assert_int_equal(ids.uid, daemon_uid);
	assert_int_equal(ids.gid, daemon_gid);
	assert_sorted_with(&ids, daemon_gid);
	user_ids_done(&ids);
	assert_false(ids.set);
	assert_int_equal(ids.uid, USER_INVALID);
	assert_null(ids.groups);
}

static void
a_group_replaces_the_primary_one(void **state)
{
	struct user_ids ids = USER_NONE;

	(void)state;
	assert_int_equal(user_by_name("nobody", "daemon", &ids, NULL), 0);
	assert_int_equal(ids.uid, nobody_uid);
	assert_int_equal(ids.gid, daemon_gid);
	assert_sorted_with(&ids, daemon_gid);
	user_ids_done(&ids);
}

static void
names_that_are_none_are_refused_and_nothing_is_written(void **state)
{
	static const char *const bad[] = { "",       "0",   "1",
					   "1000",   "-1",  "+",
					   "+@x",    "-x",  "caisson-nobody",
					   "01",     "a b", "daemon\n",
					   "daemon:" };
	struct caisson_error err;

	(void)state;
	for (size_t i = 0; i < N(bad); i++) {
		struct user_ids ids = USER_NONE;

		assert_int_equal(user_by_name(bad[i], NULL, &ids, &err),
				 CAISSON_E_IDENTITY);
		assert_int_equal(err.stage, CAISSON_STAGE_IDENTITY);
		assert_int_equal(err.sys_errno, 0);
		assert_int_equal(user_by_name("daemon", bad[i], &ids, &err),
				 CAISSON_E_IDENTITY);
		assert_false(ids.set);
		assert_int_equal(ids.uid, USER_INVALID);
		assert_null(ids.groups);
	}
	assert_int_equal(user_by_name("1000", NULL, NULL, &err),
			 CAISSON_E_IDENTITY);
	assert_string_equal(err.msg,
			    "identity: \"1000\" is a number, not the name of "
			    "a user: give numeric ids as uid and gid");
}

static void
a_database_that_cannot_be_asked_is_not_an_absent_user(void **state)
{
	const char *env[] = { "SUDO_UID=1", NULL };
	struct user_ids ids = USER_NONE;
	struct user_entry entry = { (char[]){ "daemon" }, 1, 1 };
	struct rlimit before, none;
	struct caisson_error err[5];
	int r[5];

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = (struct rlimit){ 0, before.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	r[0] = user_by_name("daemon", NULL, &ids, &err[0]);
	r[1] = user_by_name("caisson-nobody", NULL, &ids, &err[1]);
	r[2] = user_by_name("1", NULL, &ids, &err[2]);
	r[3] = user_from_sudo(env, IF_SET, 0, &ids, &err[3]);
	r[4] = user_ids_fill(&entry, 1, &ids, &err[4]);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	for (size_t i = 0; i < N(r); i++) {
		assert_int_equal(r[i], CAISSON_E_IDENTITY);
		assert_int_equal(err[i].sys_errno, i == 2 ? 0 : EMFILE);
	}
	assert_non_null(strstr(err[1].msg, "cannot look up user"));
	assert_non_null(strstr(err[4].msg, "cannot look up the groups"));
	assert_false(ids.set);
	/* The control: the same call, with descriptors. */
	assert_int_equal(user_ids_fill(&entry, 1, &ids, NULL), 0);
	user_ids_done(&ids);
}

/* One environment, one outcome; uid -1: an error whose text has the words. */
struct row {
	const char *env[5];
	uint32_t mode;
	int64_t uid, gid; /* -2: out->set is false */
	const char *words;
};

static const struct row rows[] = {
	{ { NULL }, IF_SET, -2, -2, "" },
	{ { NULL }, REQUIRE, -1, -1, "none of SUDO_UID" },
	{ { "SUDO_USER=daemon" }, IF_SET, -2, -2, "" },
	{ { "XSUDO_UID=1", "SUDO_UIDX=1" }, IF_SET, -2, -2, "" },
	{ { "SUDO_UID=1" }, CAISSON_DROP_SUDO_NO, -2, -2, "" },
	{ { "SUDO_UID=1" }, REQUIRE, 1, 1, "" },
	{ { "SUDO_UID=1", "SUDO_GID=1" }, IF_SET, 1, 1, "" },
	{ { "SUDO_UID=1", "SUDO_GID=7" }, IF_SET, 1, 7, "" },
	{ { "SUDO_UID=65534" }, IF_SET, 65534, 65534, "" },
	{ { "DOAS_USER=daemon" }, REQUIRE, 1, 1, "" },
	{ { "PKEXEC_UID=1" }, REQUIRE, 1, 1, "" },
	{ { "SUDO_UID=1", "DOAS_USER=daemon", "PKEXEC_UID=1" },
	  REQUIRE,
	  1,
	  1,
	  "" },
	{ { "SUDO_UID=0" }, IF_SET, -1, -1, "SUDO_UID names root" },
	{ { "SUDO_UID=0", "SUDO_GID=0" }, IF_SET, -1, -1, "names root" },
	{ { "DOAS_USER=root" }, IF_SET, -1, -1, "DOAS_USER names root" },
	{ { "PKEXEC_UID=0" }, REQUIRE, -1, -1, "PKEXEC_UID names root" },
	{ { "SUDO_UID=-1" }, IF_SET, -1, -1, "\"-1\", not an id" },
	{ { "SUDO_UID=4294967295" }, IF_SET, -1, -1, "not an id" },
	{ { "SUDO_UID=4294967297" }, IF_SET, -1, -1, "not an id" },
	{ { "SUDO_UID=" }, IF_SET, -1, -1, "SUDO_UID is \"\"" },
	{ { "SUDO_UID=01" }, IF_SET, -1, -1, "not an id" },
	{ { "SUDO_UID=1 " }, IF_SET, -1, -1, "not an id" },
	{ { "SUDO_UID=daemon" }, IF_SET, -1, -1, "not an id" },
	{ { "SUDO_UID=1", "SUDO_GID=-1" }, IF_SET, -1, -1, "SUDO_GID" },
	{ { "SUDO_UID=1", "SUDO_GID=" }, IF_SET, -1, -1, "SUDO_GID" },
	{ { "SUDO_UID=1", "SUDO_GID=0" }, IF_SET, -1, -1, "SUDO_GID is 0" },
	{ { "SUDO_GID=1" }, IF_SET, -1, -1, "without SUDO_UID" },
	{ { "SUDO_GID=1", "DOAS_USER=daemon" }, IF_SET, -1, -1, "without" },
	{ { "SUDO_UID=4294967294" }, IF_SET, -1, -1, "no user with uid" },
	{ { "DOAS_USER=caisson-nobody" }, IF_SET, -1, -1, "no user" },
	{ { "DOAS_USER=1" }, IF_SET, -1, -1, "is a number" },
	{ { "DOAS_USER=" }, IF_SET, -1, -1, "is empty" },
	{ { "PKEXEC_UID=x" }, IF_SET, -1, -1, "PKEXEC_UID is" },
	{ { "SUDO_UID=1", "PKEXEC_UID=65534" }, IF_SET, -1, -1, "different" },
	{ { "SUDO_UID=1", "DOAS_USER=nobody" }, IF_SET, -1, -1, "different" },
	{ { "DOAS_USER=nobody", "PKEXEC_UID=1" }, IF_SET, -1, -1, "different" },
	{ { "SUDO_UID=1", "PKEXEC_UID=0" }, IF_SET, -1, -1, "names root" },
	{ { "SUDO_UID=1", "PKEXEC_UID=x" }, IF_SET, -1, -1, "not an id" },
	{ { "SUDO_UID=1", "SUDO_UID=65534" }, IF_SET, -1, -1, "twice" },
	{ { "SUDO_UID=1", "SUDO_UID=1" }, IF_SET, -1, -1, "twice" },
};

static void
check_row(const struct row *row)
{
	struct user_ids ids = USER_NONE;
	struct caisson_error err = { 0 };
	int r = user_from_sudo(row->env, row->mode, 0, &ids, &err);

	if (row->uid == -1) {
		assert_int_equal(r, CAISSON_E_IDENTITY);
		assert_int_equal(err.stage, CAISSON_STAGE_IDENTITY);
		if (strstr(err.msg, row->words) == NULL)
			fail_msg("\"%s\" without \"%s\"", err.msg, row->words);
		assert_false(ids.set);
		assert_int_equal(ids.uid, USER_INVALID);
		return;
	}
	if (r != 0)
		fail_msg("%s", err.msg);
	assert_int_equal(ids.set, row->uid != -2);
	if (ids.set) {
		assert_int_equal(ids.uid, row->uid);
		assert_int_equal(ids.gid, row->gid);
		assert_sorted_with(&ids, ids.gid);
	} else {
		assert_int_equal(ids.uid, USER_INVALID);
		assert_int_equal(ids.gid, USER_INVALID);
	}
	user_ids_done(&ids);
}

static void
the_variables_name_the_user_or_are_an_error(void **state)
{
	(void)state;
	/* The rows are written for the numbers of Debian. */
	if (daemon_uid != 1 || daemon_gid != 1 || nobody_uid != 65534 ||
	    nobody_gid != 65534) {
		print_message("daemon and nobody have other numbers here\n");
		skip();
	}
	for (size_t i = 0; i < N(rows); i++)
		check_row(&rows[i]);
}

static void
the_variables_count_only_when_the_real_uid_is_0(void **state)
{
	const char *env[] = { "SUDO_UID=1", NULL };
	const char *broken[] = { "SUDO_UID=x", "SUDO_UID=0", NULL };
	struct user_ids ids = USER_NONE;
	struct caisson_error err;

	(void)state;
	assert_int_equal(user_from_sudo(env, IF_SET, 1000, &ids, &err), 0);
	assert_false(ids.set);
	assert_int_equal(user_from_sudo(broken, IF_SET, 1000, &ids, &err), 0);
	assert_false(ids.set);
	assert_int_equal(user_from_sudo(env, REQUIRE, 1000, &ids, &err),
			 CAISSON_E_IDENTITY);
	assert_non_null(strstr(err.msg, "the real uid is 1000, not 0"));
	assert_int_equal(user_from_sudo(env, REQUIRE, USER_INVALID, &ids, &err),
			 CAISSON_E_IDENTITY);
	assert_int_equal(user_from_sudo(env, 3, 0, &ids, &err),
			 CAISSON_E_USAGE);
	assert_int_equal(user_from_sudo(NULL, IF_SET, 0, &ids, &err), 0);
	assert_int_equal(user_from_sudo(NULL, REQUIRE, 0, &ids, &err),
			 CAISSON_E_IDENTITY);
	assert_false(ids.set);
}

static void
their_variables_are_known_by_name(void **state)
{
	(void)state;
	assert_true(user_is_sudo_variable("SUDO_UID"));
	assert_true(user_is_sudo_variable("SUDO_COMMAND"));
	assert_true(user_is_sudo_variable("SUDO_"));
	assert_true(user_is_sudo_variable("DOAS_USER"));
	assert_true(user_is_sudo_variable("PKEXEC_UID"));
	assert_false(user_is_sudo_variable("SUDO"));
	assert_false(user_is_sudo_variable("SUDOKU"));
	assert_false(user_is_sudo_variable("DOAS_USERS"));
	assert_false(user_is_sudo_variable("XSUDO_UID"));
	assert_false(user_is_sudo_variable("PATH"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_canonical_decimals_are_ids),
		cmocka_unit_test(a_name_gives_uid_primary_group_and_groups),
		cmocka_unit_test(a_group_replaces_the_primary_one),
		cmocka_unit_test(
		    names_that_are_none_are_refused_and_nothing_is_written),
		cmocka_unit_test(
		    a_database_that_cannot_be_asked_is_not_an_absent_user),
		cmocka_unit_test(the_variables_name_the_user_or_are_an_error),
		cmocka_unit_test(
		    the_variables_count_only_when_the_real_uid_is_0),
		cmocka_unit_test(their_variables_are_known_by_name),
	};

	return cmocka_run_group_tests(tests, find_users, NULL);
}
