/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keyrings across a change of uid: no key of the caller reaches the program,
 * and the new keyrings do not use up the target's quota of 200.
 *
 *	keyring [--launches=N]
 */
#include "launching.h"

#include <errno.h>
#include <linux/keyctl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define DESCRIPTION "caisson-test-key"

static long
keyring_with_key(void)
{
	long ring = syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL), key;

	if (ring < 0)
		return -1;
	key = syscall(SYS_add_key, "user", DESCRIPTION, "secret", 6,
		      KEY_SPEC_SESSION_KEYRING);
	/* readable for the possessor and for everybody */
	if (key >= 0 &&
	    syscall(SYS_keyctl, KEYCTL_SETPERM, key, 0x3f3f3f3fu) != 0)
		return -1;
	return key;
}

static json_t *
try_key(const char *credentials, long key)
{
	return launching_json(
	    launching_spec(harness_text("'seccomp':{'profile':'unconfined'}%s",
					credentials),
			   "key", "1", harness_text("%ld", key), DESCRIPTION,
			   NULL),
	    NULL);
}

static const char *
target(uint32_t id)
{
	return harness_text(",'credentials':{'uid':%u,'gid':%u,'groups':[]}",
			    id, id);
}

static void
hide_key(void *arg)
{
	long key = keyring_with_key();
	json_t *r;

	(void)arg;
	assert_true(key > 0);
	/* the control: without a change of uid it is found and read */
	r = try_key("", key);
	assert_int_equal(launching_number(r, "read"), 6);
	assert_int_equal(launching_number(r, "search"), key);
	json_decref(r);
	r = try_key(target(harness_unused_id()), key);
	assert_int_equal(launching_number(r, "search"), -ENOKEY);
	json_decref(r);
}

static void
no_key_of_the_caller_is_found_after_a_change_of_uid(void **state)
{
	(void)state;
	harness_in_fork(hide_key, NULL);
}

static void
private_key(void *arg)
{
	long ring = syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL);
	long key = syscall(SYS_add_key, "user", DESCRIPTION, "secret", 6,
			   KEY_SPEC_SESSION_KEYRING);
	json_t *r;

	(void)arg;
	assert_true(ring > 0 && key > 0);
	r = try_key(target(harness_unused_id()), key);
	assert_int_equal(launching_number(r, "read"), -EACCES);
	assert_int_equal(launching_number(r, "search"), -ENOKEY);
	json_decref(r);
}

static void
nor_is_one_read_by_number(void **state)
{
	(void)state;
	harness_in_fork(private_key, NULL);
}

static void
launch_often(void *arg)
{
	unsigned long launches = harness_argument("--launches", 1000);
	const char *members = harness_text("'stdio':{'stdout':'null'}%s",
					   target(harness_unused_id()));
	struct caisson_child *kept[300] = { NULL };
	struct caisson_error err;
	struct caisson_spec *spec =
	    launching_spec(members, "sleep", "60000", NULL);

	(void)arg;
	assert_true(keyring_with_key() > 0);
	assert_int_equal(caisson_spec_freeze(spec, &err), 0);
	/* many at a time: keyrings of the dead are collected in time */
	for (unsigned long i = 0; i < launches; i++) {
		caisson_child_free(kept[i % 300]);
		kept[i % 300] = NULL;
		if (caisson_launch(spec, NULL, &kept[i % 300], &err) != 0)
			fail_msg("launch %lu: %s", i, err.msg);
	}
	for (int i = 0; i < 300; i++)
		caisson_child_free(kept[i]);
	caisson_spec_free(spec);
	harness_assert_childless();
}

static void
a_thousand_launches_do_not_use_up_the_quota(void **state)
{
	(void)state;
	harness_in_fork(launch_often, NULL);
}

/* The control: joined after the change of uid, they do. */
static void
use_up_quota(void *arg)
{
	uint32_t id = harness_unused_id();
	long r = 0;

	(void)arg;
	harness_become(id, id);
	r = syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL);
	for (int i = 0; r > 0 && i < 1000; i++)
		r = syscall(SYS_add_key, "keyring", harness_text("ring %d", i),
			    NULL, 0, KEY_SPEC_SESSION_KEYRING);
	assert_true(r < 0);
	assert_int_equal(errno, EDQUOT);
}

static void
the_quota_exists(void **state)
{
	(void)state;
	harness_in_fork(use_up_quota, NULL);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    no_key_of_the_caller_is_found_after_a_change_of_uid),
		cmocka_unit_test(nor_is_one_read_by_number),
		cmocka_unit_test(the_quota_exists),
		cmocka_unit_test(a_thousand_launches_do_not_use_up_the_quota),
	};

	if (syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING,
		    1) < 0) {
		printf("skipped: no keyrings here: %s\n", strerror(errno));
		return HARNESS_SKIP;
	}
	return harness_main("keyring", argc, argv, tests,
			    sizeof(tests) / sizeof(tests[0]));
}
