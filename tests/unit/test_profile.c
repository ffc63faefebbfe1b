/* SPDX-License-Identifier: Apache-2.0 */
/* Filters by profile and by file, and what is said about those that cannot
 * be had. */
#include "confine/profile.h"
#include "policy/bpf.h"
#include "policy/calls.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

/* What every program needs to start and to end. */
#define ENDS "{execve, execveat, exit, exit_group}: allow\n"

static char path[] = "/tmp/caisson-test-XXXXXX";

static int
make_file(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	return fd < 0 ? -1 : close(fd);
}

static int
remove_file(void **state)
{
	(void)state;
	return unlink(path);
}

static void
write_file(const char *text)
{
	FILE *f = fopen(path, "we");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static int
get(const char *name, const char *policy, struct profile_set *out,
    struct caisson_error *err)
{
	const struct profile_request request = { .name = name,
						 .policy = policy,
						 .hand_over = -1 };

	return profile_open(&request, out, err);
}

/* The message is the path, and then want. */
static void
expect_refusal(const char *text, int code, uint32_t stage, const char *want)
{
	struct profile_set set = { 0 };
	struct caisson_error err;
	char message[300];

	write_file(text);
	assert_int_equal(get(NULL, path, &set, &err), code);
	assert_int_equal(err.code, code);
	assert_int_equal(err.stage, stage);
	(void)snprintf(message, sizeof(message), "%s%s", path, want);
	assert_string_equal(err.msg, message);
	assert_null(set.filter.name);
	assert_null(set.owned[0]);
}

static uint32_t
answer(const struct profile *p, long nr, uint64_t arg)
{
	const struct seccomp_data data = { .nr = (int)nr,
					   .arch = calls_arch_host()->token,
					   .args = { arg } };

	return bpf_run(p->insns, &data, NULL);
}

static void
shipped_profiles_are_found_by_name(void **state)
{
	struct profile_set set = { 0 };

	(void)state;
	assert_int_equal(get("default", NULL, &set, NULL), 0);
	assert_string_equal(set.filter.name, "default");
	assert_non_null(set.filter.insns);
	assert_in_range(set.filter.len, 1, 4096);
	assert_null(set.rest.insns);
	profile_close(&set);
	assert_null(set.filter.insns);
	assert_int_equal(get("unconfined", NULL, &set, NULL), 0);
	assert_string_equal(set.filter.name, "unconfined");
	assert_null(set.filter.insns);
	assert_int_equal(set.filter.len, 0);
	profile_close(&set);
	profile_close(&set);
}

static void
an_unknown_profile_lists_those_that_there_are(void **state)
{
	struct profile_set set = { 0 };
	struct caisson_error err;

	(void)state;
	assert_int_equal(get("Default\n", NULL, &set, &err), CAISSON_E_SPEC);
	assert_memory_equal(err.msg,
			    "/seccomp/profile: no profile "
			    "\"Default\\x0a\": there are default, ",
			    60);
	assert_non_null(strstr(err.msg, ", unconfined"));
	assert_int_equal(get("", NULL, &set, &err), CAISSON_E_SPEC);
	assert_null(set.filter.name);
}

static void
exactly_one_source_is_needed(void **state)
{
	struct profile_request request = { .hand_over = -1 };
	struct profile_set set = { 0 };

	(void)state;
	assert_int_equal(get(NULL, NULL, &set, NULL), CAISSON_E_USAGE);
	assert_int_equal(get("default", "/x", &set, NULL), CAISSON_E_USAGE);
	request.filter = &set;
	request.filter_n = 1;
	request.name = "default";
	assert_int_equal(profile_open(&request, &set, NULL), CAISSON_E_USAGE);
	assert_null(set.filter.name);
}

static void
a_file_becomes_the_filter_that_it_says(void **state)
{
	struct profile_set set = { 0 };

	(void)state;
	write_file("@default return EPERM\n" ENDS "personality: arg0 == 8\n");
	assert_int_equal(get(NULL, path, &set, NULL), 0);
	assert_string_equal(set.filter.name, "policy");
	assert_true(bpf_is_valid(set.filter.insns, set.filter.len));
	assert_int_equal(answer(&set.filter, SYS_exit_group, 0),
			 SECCOMP_RET_ALLOW);
	assert_int_equal(answer(&set.filter, SYS_personality, 8),
			 SECCOMP_RET_ALLOW);
	assert_int_equal(answer(&set.filter, SYS_personality, 9),
			 SECCOMP_RET_ERRNO | EPERM);
	assert_null(set.policy);
	profile_close(&set);
	assert_null(set.owned[0]);
}

static void
a_container_profile_is_a_policy_too(void **state)
{
	struct profile_set set = { 0 };

	(void)state;
	write_file("{ \"defaultAction\": \"SCMP_ACT_ERRNO\", \"syscalls\": ["
		   "{ \"names\": [\"execve\", \"execveat\", \"exit\", "
		   "\"exit_group\"], \"action\": \"SCMP_ACT_ALLOW\" } ] }\n");
	assert_int_equal(get(NULL, path, &set, NULL), 0);
	assert_int_equal(answer(&set.filter, SYS_exit_group, 0),
			 SECCOMP_RET_ALLOW);
	assert_int_equal(answer(&set.filter, SYS_read, 0),
			 SECCOMP_RET_ERRNO | EPERM);
	profile_close(&set);
}

static void
conditions_are_decided_with_the_capabilities_that_are_kept(void **state)
{
	static const char *const kept[] = { "sys_admin", NULL };
	struct profile_request request = { .policy = path, .hand_over = -1 };
	struct profile_set set = { 0 };

	(void)state;
	write_file("{ \"defaultAction\": \"SCMP_ACT_ERRNO\", \"syscalls\": ["
		   "{ \"names\": [\"execve\", \"execveat\", \"exit\", "
		   "\"exit_group\"], \"action\": \"SCMP_ACT_ALLOW\" },"
		   "{ \"names\": [\"mount\"], \"action\": \"SCMP_ACT_ALLOW\", "
		   "\"includes\": { \"caps\": [\"CAP_SYS_ADMIN\"] } } ] }\n");
	assert_int_equal(profile_open(&request, &set, NULL), 0);
	assert_int_equal(answer(&set.filter, SYS_mount, 0),
			 SECCOMP_RET_ERRNO | EPERM);
	profile_close(&set);
	request.capabilities = kept;
	assert_int_equal(profile_open(&request, &set, NULL), 0);
	assert_int_equal(answer(&set.filter, SYS_mount, 0), SECCOMP_RET_ALLOW);
	profile_close(&set);
}

static void
what_is_wrong_in_a_file_is_said_with_its_place(void **state)
{
	char want[128];

	(void)state;
	expect_refusal("@default return EPERM\nread allow\n", CAISSON_E_SYNTAX,
		       CAISSON_STAGE_POLICY,
		       ":2:6: expected \":\", found \"allow\"");
	(void)snprintf(want, sizeof(want),
		       ":3:1: no system call \"reed\" on %s; did you mean "
		       "read?",
		       calls_arch_host()->name);
	expect_refusal("@default return EPERM\n" ENDS "reed: allow\n",
		       CAISSON_E_POLICY, CAISSON_STAGE_POLICY, want);
}

static void
actions_that_nobody_would_answer_are_refused(void **state)
{
	(void)state;
	expect_refusal("@default return EPERM\n" ENDS "read: trace\n",
		       CAISSON_E_POLICY, CAISSON_STAGE_POLICY,
		       ":3: trace: nobody would answer; a launch takes "
		       "allow, log, return, trap and kill");
	expect_refusal("@default return EPERM\n" ENDS "read: user-notify\n",
		       CAISSON_E_POLICY, CAISSON_STAGE_POLICY,
		       ":3: user-notify: nobody would answer; a launch takes "
		       "allow, log, return, trap and kill");
}

static void
a_program_must_be_able_to_start_and_to_end(void **state)
{
	struct profile_set set = { 0 };
	struct caisson_error err;

	(void)state;
	write_file("@default return EPERM\n{exit, exit_group}: allow\n");
	assert_int_equal(get(NULL, path, &set, &err), CAISSON_E_POLICY);
	assert_non_null(strstr(err.msg, path));
	assert_non_null(strstr(err.msg, "execve"));
	write_file("@default return EPERM\n{execve, execveat}: allow\n");
	assert_int_equal(get(NULL, path, &set, &err), CAISSON_E_POLICY);
	assert_non_null(strstr(err.msg, path));
	assert_non_null(strstr(err.msg, "exit"));
}

static void
a_file_that_is_no_file_is_refused(void **state)
{
	struct profile_set set = { 0 };
	struct caisson_error err;

	(void)state;
	assert_int_equal(get(NULL, "/nowhere/a.policy", &set, &err),
			 CAISSON_E_SYSTEM);
	assert_non_null(strstr(err.msg, "/nowhere/a.policy"));
	assert_int_equal(err.sys_errno, ENOENT);
	assert_int_equal(get(NULL, "/tmp", &set, &err), CAISSON_E_POLICY);
	assert_non_null(strstr(err.msg, "/tmp"));
	assert_int_equal(get(NULL, "/dev/null", &set, &err), CAISSON_E_POLICY);
	assert_null(set.filter.name);
}

/* Reported refusals: two filters, and the policy that they came from. */
static void
reported_refusals_take_two_filters(void **state)
{
	struct profile_request request = { .name = "default",
					   .hand_over = 1024 };
	struct profile_set set = { 0 };

	(void)state;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(profile_open(&request, &set, NULL), 0);
		assert_true(bpf_is_valid(set.filter.insns, set.filter.len));
		assert_true(bpf_is_valid(set.rest.insns, set.rest.len));
		assert_non_null(set.policy);
		assert_int_equal(answer(&set.filter, SYS_mount, 0),
				 SECCOMP_RET_USER_NOTIF);
		assert_int_equal(answer(&set.rest, SYS_mount, 0),
				 SECCOMP_RET_ALLOW);
		assert_int_equal(answer(&set.filter, SYS_sendmsg, 1024),
				 SECCOMP_RET_ALLOW);
		profile_close(&set);
		write_file("@default return EPERM\n" ENDS);
		request.name = NULL;
		request.policy = path;
	}
	request =
	    (struct profile_request){ .name = "unconfined", .hand_over = 1024 };
	assert_int_equal(profile_open(&request, &set, NULL), 0);
	assert_null(set.filter.insns);
	assert_null(set.policy);
}

static void
a_filter_is_taken_as_it_is_but_cannot_report(void **state)
{
	const struct sock_filter allow[] = { BPF_STMT(BPF_RET | BPF_K,
						      SECCOMP_RET_ALLOW) };
	struct profile_request request = { .filter = allow,
					   .filter_n = 1,
					   .hand_over = -1 };
	struct profile_set set = { 0 };

	(void)state;
	assert_int_equal(profile_open(&request, &set, NULL), 0);
	assert_ptr_equal(set.filter.insns, allow);
	assert_int_equal(set.filter.len, 1);
	profile_close(&set);
	request.hand_over = 1024;
	assert_int_equal(profile_open(&request, &set, NULL),
			 CAISSON_E_UNSUPPORTED);
	request.hand_over = -1;
	request.filter_n = 4097;
	assert_int_equal(profile_open(&request, &set, NULL), CAISSON_E_USAGE);
	assert_null(set.filter.name);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shipped_profiles_are_found_by_name),
		cmocka_unit_test(an_unknown_profile_lists_those_that_there_are),
		cmocka_unit_test(exactly_one_source_is_needed),
		cmocka_unit_test(a_file_becomes_the_filter_that_it_says),
		cmocka_unit_test(a_container_profile_is_a_policy_too),
		cmocka_unit_test(
		    conditions_are_decided_with_the_capabilities_that_are_kept),
		cmocka_unit_test(actions_that_nobody_would_answer_are_refused),
		cmocka_unit_test(a_program_must_be_able_to_start_and_to_end),
		cmocka_unit_test(a_file_that_is_no_file_is_refused),
		cmocka_unit_test(reported_refusals_take_two_filters),
		cmocka_unit_test(a_filter_is_taken_as_it_is_but_cannot_report),
		cmocka_unit_test(
		    what_is_wrong_in_a_file_is_said_with_its_place),
	};

	return cmocka_run_group_tests(tests, make_file, remove_file);
}
