/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory that runs out, at every allocation in turn: the answer is "out of
 * memory", or what was asked for; nothing is lost and nothing half done.  A
 * walk through a filter without memory says only that it cannot be done.
 */
#include "api_testing.h"
#include "no_memory.h"

static const char text[] = "@default return EPERM\n"
			   "{execve, execveat, exit, exit_group}: allow\n"
			   "read: allow\nread: allow\n"
			   "mmap: arg2 & 4 && arg3 == 1 || arg0 > 4096\n";
static const char json[] =
    "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":["
    "{\"names\":[\"execve\"],\"action\":\"SCMP_ACT_ALLOW\","
    "\"includes\":{\"caps\":[\"CAP_CHOWN\"]}}]}";

static struct caisson_policy *policy, *other;

typedef int attempt(struct caisson_error *err);

static int
make_policy(struct caisson_error *err)
{
	struct caisson_policy *made = NULL;
	int r = parse(text, &made, err);

	assert_true((made != NULL) == (r == 0));
	caisson_policy_free(made);
	return r;
}

static int
import_json(struct caisson_error *err)
{
	static const char *const caps[] = { "chown", NULL };
	const struct caisson_policy_options options = { .size = sizeof(options),
							.capabilities = caps };
	struct caisson_policy *made = NULL;
	int r = caisson_policy_parse(json, strlen(json), &options, &made, err);

	assert_true((made != NULL) == (r == 0));
	caisson_policy_free(made);
	return r;
}

static int
compare(struct caisson_error *err)
{
	struct caisson_difference *found = NULL;
	size_t n = 99;
	int r = caisson_policy_diff(policy, other, &found, &n, err);

	assert_true((found != NULL) == (r == 0));
	assert_true((n == 99) == (r != 0));
	free(found);
	return r;
}

static int
claim(struct caisson_error *err)
{
	char *smt = NULL;
	int r = caisson_policy_smt(policy, &smt, err);

	assert_true((smt != NULL) == (r == 0));
	free(smt);
	return r;
}

static int
set_filter(struct caisson_error *err)
{
	struct caisson_spec *spec = NULL;
	int r = caisson_spec_new(&spec, err);

	if (r == 0)
		r = caisson_spec_set_seccomp_filter(spec, policy, err);
	caisson_spec_free(spec);
	return r;
}

static void
run_out_everywhere(attempt *one)
{
	long allocations = 0;

	for (;; allocations++) {
		struct caisson_error err = { .code = CAISSON_E_NO_MEMORY };
		int r;

		no_memory_failed = false;
		no_memory_after = allocations;
		r = one(&err);
		no_memory_after = -1;
		if (!no_memory_failed)
			break;
		if (r != 0 && r != CAISSON_E_NO_MEMORY &&
		    strstr(err.msg, "a filter that c") == NULL)
			fail_msg("allocation %ld: %s", allocations, err.msg);
		assert_int_equal(r == 0 ? CAISSON_E_NO_MEMORY : r, err.code);
	}
	assert_true(allocations > 0);
}

static void
no_policy_is_made(void **state)
{
	(void)state;
	run_out_everywhere(make_policy);
}

static void
nothing_is_imported(void **state)
{
	(void)state;
	run_out_everywhere(import_json);
}

static void
nothing_is_compared(void **state)
{
	(void)state;
	run_out_everywhere(compare);
}

static void
nothing_is_claimed(void **state)
{
	(void)state;
	run_out_everywhere(claim);
}

static void
no_spec_gets_a_filter(void **state)
{
	(void)state;
	run_out_everywhere(set_filter);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_policy_is_made),
		cmocka_unit_test(nothing_is_imported),
		cmocka_unit_test(nothing_is_compared),
		cmocka_unit_test(nothing_is_claimed),
		cmocka_unit_test(no_spec_gets_a_filter),
	};
	int r;

	policy = parsed(text);
	other = parsed("@default return EPERM\n" ENDS);
	r = cmocka_run_group_tests(tests, NULL, NULL);
	caisson_policy_free(policy);
	caisson_policy_free(other);
	return r;
}
