/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The library's side: what no launcher would carry out is refused in words,
 * what has no order gets one, and the size is known before.
 */
#include "sample.h"

#include "no_memory.h"

#include <sys/resource.h>

static struct caisson_error err;

static int
size_of(const struct sample *s)
{
	size_t size = 0;

	memset(&err, 0, sizeof(err));
	return plan_put_size(&s->plan, &size, &err);
}

static void
assert_refused(const struct sample *s, int code, const char *text)
{
	assert_int_equal(size_of(s), code);
	if (strstr(err.msg, text) == NULL)
		fail_msg("\"%s\" is not in \"%s\"", text, err.msg);
}

static void
what_no_launcher_does_is_refused(void **state)
{
	struct sample s;

	(void)state;
	sample_usual(&s);
	assert_int_equal(size_of(&s), 0);
	s.plan.path = "/usr//bin/make";
	assert_refused(&s, CAISSON_E_SPEC, "/path: must be canonical");
	sample_usual(&s);
	s.plan.join_group = 5;
	assert_refused(&s, CAISSON_E_UNSUPPORTED, "a process group to join");
	sample_usual(&s);
	s.plan.ptrace = true;
	assert_refused(&s, CAISSON_E_UNSUPPORTED, "to be traced");
	sample_usual(&s);
	s.plan.denials = true;
	assert_refused(&s, CAISSON_E_UNSUPPORTED, "a report of refused calls");
	for (unsigned i = 0; i < 4; i++) {
		uint64_t *const sets[] = { &s.plan.sets.bounding,
					   &s.plan.sets.effective,
					   &s.plan.sets.inheritable,
					   &s.plan.sets.ambient };

		sample_usual(&s);
		*sets[i] ^= 1;
		assert_refused(&s, CAISSON_E_UNSUPPORTED, "a bounding set");
	}
}

static void
the_size_is_exact(void **state)
{
	struct sample s;
	struct bytes b;

	(void)state;
	sample_usual(&s);
	b = sample_put(&s.plan);
	memset(&err, 0, sizeof(err));
	for (size_t len = 0; len < b.len; len++)
		assert_int_equal(plan_put(&s.plan, b.data, len, &err),
				 CAISSON_E_USAGE);
	assert_non_null(strstr(err.msg, "are not the size of the plan"));
	b.data = realloc(b.data, b.len + 1);
	assert_non_null(b.data);
	assert_int_equal(plan_put(&s.plan, b.data, b.len + 1, &err),
			 CAISSON_E_USAGE);
	assert_int_equal(plan_put(&s.plan, b.data, b.len, &err), 0);
	free(b.data);
}

static void
what_has_no_order_gets_one(void **state)
{
	char *const unsorted[] = { (char[]){ "Z=1" }, (char[]){ "A=2" },
				   (char[]){ "A1=3" }, NULL };
	const struct plan_rlimit limits[] = { { RLIMIT_NPROC, 1, 2 },
					      { RLIMIT_CPU, 3, 4 },
					      { RLIMIT_AS, 5, 6 } };
	const uint32_t groups[] = { 3, 3, 5, 5, 5 };
	const struct plan *out;
	struct sample s;
	struct bytes b;

	(void)state;
	sample_usual(&s);
	s.plan.envp = unsorted;
	s.plan.rlimits = limits;
	s.plan.n_rlimits = 3;
	s.plan.groups = groups;
	s.plan.n_groups = 5;
	b = sample_put(&s.plan);
	out = sample_taken(b, s.plan.n_fds);
	assert_string_equal(out->envp[0], "A1=3");
	assert_string_equal(out->envp[1], "A=2");
	assert_string_equal(out->envp[2], "Z=1");
	assert_null(out->envp[3]);
	assert_string_equal(unsorted[0], "Z=1");
	assert_int_equal(out->n_rlimits, 3);
	assert_int_equal(out->rlimits[0].resource, RLIMIT_CPU);
	assert_int_equal(out->rlimits[1].resource, RLIMIT_NPROC);
	assert_int_equal(out->rlimits[2].resource, RLIMIT_AS);
	assert_true(out->nofile.hard == 128);
	assert_int_equal(out->n_groups, 2);
	assert_int_equal(out->groups[1], 5);
	free(b.data);
}

static void
there_is_always_a_deadline(void **state)
{
	static const uint64_t cases[][2] = { { 0, 3600000 },
					     { 1, 1 },
					     { 3600000, 3600000 },
					     { 3600001, 3600000 },
					     { 1ull << 40, 3600000 } };
	struct sample s;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct bytes b;

		sample_usual(&s);
		s.plan.deadline_ms = cases[i][0];
		b = sample_put(&s.plan);
		assert_true(sample_taken(b, s.plan.n_fds)->deadline_ms ==
			    cases[i][1]);
		free(b.data);
	}
}

static void
memory_that_runs_out_is_an_error(void **state)
{
	struct sample s;
	struct bytes b;

	(void)state;
	sample_usual(&s);
	b = sample_put(&s.plan);
	no_memory_after = 0;
	assert_int_equal(plan_put(&s.plan, b.data, b.len, &err),
			 CAISSON_E_NO_MEMORY);
	no_memory_after = -1;
	assert_int_equal(plan_put(&s.plan, b.data, b.len, &err), 0);
	free(b.data);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_no_launcher_does_is_refused),
		cmocka_unit_test(the_size_is_exact),
		cmocka_unit_test(what_has_no_order_gets_one),
		cmocka_unit_test(there_is_always_a_deadline),
		cmocka_unit_test(memory_that_runs_out_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
