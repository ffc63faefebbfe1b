/* SPDX-License-Identifier: Apache-2.0 */
/* The options of a policy: their size, their flags, and what they mean. */
#include "api_testing.h"

#include <errno.h>
#include <linux/audit.h>
#include <stddef.h>

/* Options of a caller who is newer than this library. */
struct newer {
	struct caisson_policy_options known;
	uint64_t more;
};

static const char text[] = "@default return EPERM\n" ENDS;

static int
parse_with(const struct caisson_policy_options *options, const char *what,
	   struct caisson_policy **out, struct caisson_error *err)
{
	*out = NULL;
	return caisson_policy_parse(what, strlen(what), options, out, err);
}

static void
options_follow_their_size(void **state)
{
	struct newer newer = { .known = { .size = sizeof(newer) } };
	struct caisson_policy_options none = { .size = 0 };
	/* An older caller's struct ends before the name; what is behind it
	 * is not looked at. */
	struct caisson_policy_options older = {
		.size = offsetof(struct caisson_policy_options, arch),
		.arch = "nonsense",
	};
	struct caisson_policy *p;
	struct caisson_error err;

	(void)state;
	assert_int_equal(parse_with(&newer.known, text, &p, &err), 0);
	caisson_policy_free(p);
	newer.more = 1;
	assert_int_equal(parse_with(&newer.known, text, &p, &err),
			 CAISSON_E_UNSUPPORTED);
	assert_null(p);
	assert_int_equal(parse_with(&none, text, &p, &err), CAISSON_E_USAGE);
	assert_null(p);
	assert_int_equal(parse_with(&older, text, &p, &err), 0);
	caisson_policy_free(p);
}

static void
unknown_flags_are_refused(void **state)
{
	struct caisson_policy_options options = { .size = sizeof(options),
						  .flags = 4 };
	struct caisson_policy *p;
	struct caisson_error err;

	(void)state;
	assert_int_equal(parse_with(&options, text, &p, &err),
			 CAISSON_E_UNSUPPORTED);
	assert_null(p);
}

static void
unknown_names_may_be_let_pass_where_they_allow(void **state)
{
	struct caisson_policy_options options = {
		.size = sizeof(options),
		.flags = CAISSON_POLICY_IGNORE_UNKNOWN,
	};
	struct caisson_policy *p;
	struct caisson_error err;

	(void)state;
	assert_int_equal(parse_with(NULL,
				    "@default return EPERM\n" ENDS
				    "nonesuch: allow\n",
				    &p, &err),
			 CAISSON_E_POLICY);
	assert_int_equal(parse_with(&options,
				    "@default return EPERM\n" ENDS
				    "nonesuch: allow\n",
				    &p, &err),
			 0);
	assert_non_null(caisson_policy_warning(p, 0));
	caisson_policy_free(p);
	assert_int_equal(parse_with(&options,
				    "@default return EPERM\n" ENDS
				    "nonesuch: return ENOSYS\n",
				    &p, &err),
			 CAISSON_E_POLICY);
}

static void
the_architecture_can_be_another_one(void **state)
{
	struct caisson_policy_options options = { .size = sizeof(options),
						  .arch = "aarch64" };
	const struct caisson_call call = { .arch = AUDIT_ARCH_AARCH64,
					   .nr = 93 };
	struct caisson_verdict verdict;
	struct caisson_policy *p;
	struct caisson_error err;

	(void)state;
	assert_int_equal(parse_with(&options, text, &p, &err), 0);
	caisson_policy_decide(p, &call, &verdict);
	assert_int_equal(verdict.action, SECCOMP_RET_ALLOW);
	caisson_policy_free(p);
	options.arch = "aarch63";
	assert_int_equal(parse_with(&options, text, &p, &err), CAISSON_E_USAGE);
	assert_string_equal(err.msg, "no architecture \"aarch63\": did you "
				     "mean aarch64?");
	options.arch = "pdp-eleven";
	assert_int_equal(parse_with(&options, text, &p, &err), CAISSON_E_USAGE);
	assert_string_equal(err.msg, "no architecture \"pdp-eleven\"");
}

static void
errors_begin_with_the_name_that_was_given(void **state)
{
	struct caisson_policy_options options = { .size = sizeof(options),
						  .name = "mine" };
	struct caisson_policy *p;
	struct caisson_error err;

	(void)state;
	assert_int_equal(parse_with(&options, "read\n", &p, &err),
			 CAISSON_E_SYNTAX);
	assert_memory_equal(err.msg, "mine:1:5: ", 10);
	assert_int_equal(err.line, 1);
	assert_int_equal(err.column, 5);
	assert_int_equal(parse_with(NULL, "read\n", &p, &err),
			 CAISSON_E_SYNTAX);
	assert_memory_equal(err.msg, "policy:1:5: ", 12);
}

static const char conditions[] =
    "{ \"defaultAction\": \"SCMP_ACT_ERRNO\", \"syscalls\": ["
    "{ \"names\": [\"mount\"], \"action\": \"SCMP_ACT_ALLOW\","
    "  \"includes\": { \"caps\": [\"CAP_SYS_ADMIN\"] } },"
    "{ \"names\": [\"ptrace\"], \"action\": \"SCMP_ACT_ALLOW\","
    "  \"includes\": { \"minKernel\": \"4.8\" } } ] }";

/* What is allowed: 1 for mount, and 2 for ptrace. */
static unsigned
allowed(const struct caisson_policy_options *options)
{
	static const char *const names[] = { "mount", "ptrace" };
	struct caisson_call call = { .arch = AUDIT_ARCH_X86_64 };
	struct caisson_policy *p;
	struct caisson_error err;
	unsigned found = 0;

	if (parse_with(options, conditions, &p, &err) != 0)
		fail_msg("%s", err.msg);
	for (unsigned i = 0; i < 2; i++) {
		struct caisson_verdict verdict;

		assert_true(
		    caisson_syscall_number("x86_64", names[i], &call.nr));
		caisson_policy_decide(p, &call, &verdict);
		if (verdict.action == SECCOMP_RET_ALLOW)
			found |= 1u << i;
		else
			assert_int_equal(verdict.action,
					 SECCOMP_RET_ERRNO | EPERM);
	}
	caisson_policy_free(p);
	return found;
}

static void
conditions_of_container_profiles_are_decided(void **state)
{
	static const char *const caps[] = { "chown", "sys_admin", NULL };
	struct caisson_policy_options options = { .size = sizeof(options),
						  .arch = "x86_64",
						  .kernel = "4.4" };

	(void)state;
	assert_int_equal(allowed(&options), 0);
	options.kernel = "4.8.0-rc1";
	assert_int_equal(allowed(&options), 2);
	options.capabilities = caps;
	assert_int_equal(allowed(&options), 3);
	options.kernel = "4.7";
	assert_int_equal(allowed(&options), 1);
	/* The running kernel is younger than that. */
	options.kernel = NULL;
	assert_int_equal(allowed(&options), 3);
}

static void
a_kernel_is_a_version(void **state)
{
	static const char *const wrong[] = { "",     "6",   "6.",
					     ".1",   "6.x", "6.1x",
					     "-6.1", "6,1", "9999999.1" };
	struct caisson_policy_options options = { .size = sizeof(options) };
	struct caisson_policy *p;
	struct caisson_error err;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		options.kernel = wrong[i];
		assert_int_equal(parse_with(&options, text, &p, &err),
				 CAISSON_E_USAGE);
	}
	options.kernel = "6.1.0-17-amd64";
	assert_int_equal(parse_with(&options, text, &p, &err), 0);
	caisson_policy_free(p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_follow_their_size),
		cmocka_unit_test(unknown_flags_are_refused),
		cmocka_unit_test(
		    unknown_names_may_be_let_pass_where_they_allow),
		cmocka_unit_test(the_architecture_can_be_another_one),
		cmocka_unit_test(errors_begin_with_the_name_that_was_given),
		cmocka_unit_test(conditions_of_container_profiles_are_decided),
		cmocka_unit_test(a_kernel_is_a_version),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
