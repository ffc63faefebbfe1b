/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changing identity, as root: exactly the ids and groups of the spec, no way
 * back, whatever state the caller was in.
 */
#include "oracle.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* The members of a state that follow from these ids. */
static const char *
ids(uint32_t uid, uint32_t gid, const char *groups)
{
	return harness_text("'ruid':%u,'euid':%u,'suid':%u,'fsuid':%u,"
			    "'rgid':%u,'egid':%u,'sgid':%u,'fsgid':%u,"
			    "'groups':[%s]",
			    uid, uid, uid, uid, gid, gid, gid, gid, groups);
}

static void
check_ids(uint32_t uid, uint32_t gid, const char *groups)
{
	struct launched l = launching_state(
	    harness_text("'credentials':{'uid':%u,'gid':%u,'groups':[%s]}", uid,
			 gid, groups),
	    NULL);

	assert_int_equal(l.engine, CAISSON_ENGINE_FORK);
	oracle_check(&l, harness_text("{%s}", ids(uid, gid, groups)));
	harness_assert_childless();
}

static void
the_program_has_exactly_the_ids_of_the_spec(void **state)
{
	uint32_t id = harness_unused_id();

	(void)state;
	check_ids(id, id, "");
	check_ids(id, id + 1, harness_text("%u", id + 2));
	check_ids(id, id, harness_text("4,5,%u,%u", id, id + 1));
	check_ids(4294967294, 4294967294, "4294967294");
	check_ids(id, 0, "");
	check_ids(0, id, "");
	check_ids(0, 0, "0");
}

static void
thousands_of_groups_are_possible(void **state)
{
	static char list[600000];
	uint32_t id = harness_unused_id();
	struct caisson_spec *spec = launching_spec(NULL, "state", "1", NULL);
	static uint32_t groups[65536];
	struct caisson_error err;
	json_t *report;
	size_t len = 0;

	(void)state;
	for (uint32_t i = 0; i < 65536; i++)
		groups[i] = 200000 + i;
	assert_int_equal(caisson_spec_set_ids(spec, id, id, groups, 65536,
					      &err),
			 0);
	report = launching_json(spec, NULL);
	assert_int_equal(json_array_size(json_object_get(report, "groups")),
			 65536);
	json_decref(report);
	for (uint32_t i = 0; i < 32; i++)
		len += (size_t)snprintf(list + len, sizeof(list) - len, "%s%u",
					i > 0 ? "," : "", groups[i]);
	check_ids(id, id, list);
}

static void
caller_in_many_groups(void *arg)
{
	gid_t many[64];
	uint32_t id = harness_unused_id();

	(void)arg;
	for (gid_t i = 0; i < 64; i++)
		many[i] = 300 + i;
	assert_int_equal(setgroups(64, many), 0);
	check_ids(id, id, "");
	check_ids(id, id, "301,400");
	check_ids(0, 0, "");
}

static void
no_group_of_the_caller_is_left(void **state)
{
	(void)state;
	harness_in_fork(caller_in_many_groups, NULL);
}

static int
all_fail(const json_t *result)
{
	static const char *const ways[] = { "setresuid", "setreuid",
					    "setuid",    "setresgid",
					    "setgid",    "setgroups",
					    "chroot" };
	int failed = 0;

	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		failed += launching_number(result, ways[i]) == -EPERM;
	return failed;
}

static void
there_is_no_way_back(void **state)
{
	uint32_t id = harness_unused_id();
	json_t *result = launching_json(
	    launching_spec(harness_text("'seccomp':{'profile':'unconfined'},"
					"'credentials':{'uid':%u,'gid':%u,"
					"'groups':[]}",
					id, id),
			   "regain", "1", "0", NULL),
	    NULL);

	(void)state;
	assert_int_equal(all_fail(result), 7);
	assert_int_equal(launching_number(result, "fsuid"), id);
	json_decref(result);
}

/* The control: with the real id left behind, the reporter does get back. */
static void
the_way_back_is_found_where_there_is_one(void **state)
{
	const char *path = harness_reporter();
	uint32_t id = harness_unused_id();
	int out[2];
	static char text[1024];
	json_t *result;
	pid_t pid;

	(void)state;
	assert_int_equal(pipe(out), 0);
	pid = fork();
	if (pid == 0) {
		(void)dup2(out[1], 1);
		if (setresuid(0, id, id) == 0)
			(void)execl(path, path, "regain", "1", "0", NULL);
		_exit(1);
	}
	assert_int_equal(close(out[1]), 0);
	assert_true(read(out[0], text, sizeof(text) - 1) > 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	while (read(out[0], text + strlen(text),
		    sizeof(text) - 1 - strlen(text)) > 0)
		continue;
	assert_int_equal(close(out[0]), 0);
	result = json_loads(text, 0, NULL);
	assert_non_null(result);
	assert_int_equal(launching_number(result, "setresuid"), 0);
	json_decref(result);
}

static void
set_capabilities(uint64_t inheritable)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3,
						 0 };
	struct __user_cap_data_struct d[2];

	assert_int_equal(syscall(SYS_capget, &head, d), 0);
	d[0].inheritable = d[0].permitted & (uint32_t)inheritable;
	d[1].inheritable = d[1].permitted & (uint32_t)(inheritable >> 32);
	assert_int_equal(syscall(SYS_capset, &head, d), 0);
}

/* What makes setresuid keep what it should drop. */
static void
spoiled_caller(void *arg)
{
	uint32_t id = harness_unused_id();

	(void)arg;
	set_capabilities(~UINT64_C(0));
	for (unsigned long cap = 0; cap < 41; cap++)
		(void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0);
	check_ids(id, id, "");
	check_ids(0, 0, "");
	assert_int_equal(prctl(PR_SET_KEEPCAPS, 1), 0);
	check_ids(id, id, "");
	assert_int_equal(prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP), 0);
	check_ids(id, id, "");
	check_ids(0, 0, "");
	assert_int_equal(prctl(PR_SET_SECUREBITS, SECBIT_NOROOT |
						      SECBIT_NO_SETUID_FIXUP |
						      SECBIT_KEEP_CAPS),
			 0);
	check_ids(id, id, "");
}

static void
capabilities_that_a_caller_made_sticky_are_gone(void **state)
{
	(void)state;
	harness_in_fork(spoiled_caller, NULL);
}

/* Locked bits cannot be corrected: then there is no launch. */
static void
locked_caller(void *arg)
{
	uint32_t id = harness_unused_id();
	struct caisson_error err;

	(void)arg;
	assert_int_equal(prctl(PR_SET_SECUREBITS,
			       SECBIT_NO_SETUID_FIXUP |
				   SECBIT_NO_SETUID_FIXUP_LOCKED),
			 0);
	launching_refused(
	    launching_spec(harness_text("'credentials':{'uid':%u,'gid':%u,"
					"'groups':[]}",
					id, id),
			   "exit", "0", NULL),
	    NULL, &err);
	assert_int_equal(err.stage, CAISSON_STAGE_SECUREBITS);
	assert_int_equal(err.sys_errno, EPERM);
}

static void
locked_securebits_are_an_error(void **state)
{
	(void)state;
	harness_in_fork(locked_caller, NULL);
}

/* Real and effective uid differ: nothing may be guessed from that. */
static void
half_root(void *arg)
{
	uint32_t id = harness_unused_id();
	struct caisson_error err;

	(void)arg;
	assert_int_equal(setresuid(id, 0, 0), 0);
	launching_refused(launching_spec(NULL, "exit", "0", NULL), NULL, &err);
	assert_int_equal(err.code, CAISSON_E_IDENTITY);
	check_ids(id, 0, "");
	check_ids(0, 0, "");
}

static void
a_caller_with_two_uids_must_say_which(void **state)
{
	(void)state;
	harness_in_fork(half_root, NULL);
}

/* How many the kernel lets through before it counts them depends on it. */
static void
process_limit(void *arg)
{
	uint32_t id = harness_unused_id();
	struct caisson_spec *spec = launching_spec(
	    harness_text("'credentials':{'uid':%u,'gid':%u,'groups':[]},"
			 "'rlimits':{'nproc':1}",
			 id, id),
	    "sleep", "60000", NULL);
	struct caisson_child *child[4] = { NULL };
	struct caisson_error err;
	int r = 0, n = 0;

	(void)arg;
	assert_int_equal(caisson_spec_freeze(spec, &err), 0);
	for (; r == 0 && n < 4; n++)
		r = caisson_launch(spec, NULL, &child[n], &err);
	assert_int_equal(r, CAISSON_E_NOT_EXECUTABLE);
	assert_in_range(n, 2, 3);
	assert_int_equal(err.stage, CAISSON_STAGE_EXEC);
	assert_int_equal(err.sys_errno, EAGAIN);
	caisson_spec_free(spec);
	for (int i = 0; i < 4; i++)
		caisson_child_free(child[i]);
	harness_assert_childless();
}

static void
the_process_limit_of_the_target_holds(void **state)
{
	(void)state;
	harness_in_fork(process_limit, NULL);
}

static void
negative_group(void *arg)
{
	uint32_t id = harness_unused_id();
	const char *path = harness_file("negative", "x", 1, 0705);
	char *text;

	(void)arg;
	assert_int_equal(chown(path, 0, (gid_t)id + 7), 0);
	for (int in_group = 0; in_group < 2; in_group++) {
		text = launching_output(
		    launching_spec(
			harness_text("'credentials':{'uid':%u,'gid':%u,"
				     "'groups':[%s]}",
				     id, id,
				     in_group ? harness_text("%u", id + 7)
					      : ""),
			"open", "1", path, NULL),
		    NULL);
		assert_string_equal(text, in_group ? "-13\n" : "3\n");
		free(text);
	}
}

static void
a_group_that_denies_still_denies(void **state)
{
	(void)state;
	harness_in_fork(negative_group, NULL);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_program_has_exactly_the_ids_of_the_spec),
		cmocka_unit_test(thousands_of_groups_are_possible),
		cmocka_unit_test(no_group_of_the_caller_is_left),
		cmocka_unit_test(the_way_back_is_found_where_there_is_one),
		cmocka_unit_test(there_is_no_way_back),
		cmocka_unit_test(
		    capabilities_that_a_caller_made_sticky_are_gone),
		cmocka_unit_test(locked_securebits_are_an_error),
		cmocka_unit_test(a_caller_with_two_uids_must_say_which),
		cmocka_unit_test(the_process_limit_of_the_target_holds),
		cmocka_unit_test(a_group_that_denies_still_denies),
	};

	return harness_main("identity", argc, argv, tests,
			    sizeof(tests) / sizeof(tests[0]));
}
