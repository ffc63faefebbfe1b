/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plans as large as they may be, and one more: every array of the memory that
 * they are taken into is full then and never overrun.
 */
#include "sample.h"

static struct plan_memory memory;
static int fds[PLAN_SENT_MAX + 1];

static enum plan_part
take(struct bytes b, size_t n_fds, struct plan *out)
{
	const struct plan_input in = { b.data, b.len, fds, n_fds, 63 };

	return plan_take(&in, &memory, out);
}

static enum plan_part
answer_of(const struct plan *plan)
{
	struct bytes b = sample_bytes(plan);
	struct plan out;
	enum plan_part answer = take(b, plan->n_fds, &out);

	free(b.data);
	return answer;
}

static char **
strings(size_t n, char *each)
{
	char **v = calloc(n + 1, sizeof(*v));

	assert_non_null(v);
	for (size_t i = 0; i < n; i++)
		v[i] = each;
	return v;
}

static char *
filled(const char *begin, size_t len)
{
	char *text = calloc(len + 1, 1);

	assert_non_null(text);
	memset(text, 'a', len);
	memcpy(text, begin, strlen(begin));
	return text;
}

static void
as_many_arguments_as_there_may_be(void **state)
{
	char empty[] = "";
	struct sample s;

	(void)state;
	sample_usual(&s);
	for (size_t n = PLAN_COUNT_MAX; n <= PLAN_COUNT_MAX + 1; n++) {
		s.plan.argv = strings(n, empty);
		assert_int_equal(answer_of(&s.plan),
				 n == PLAN_COUNT_MAX ? PLAN_TAKEN : PLAN_ARGC);
		if (n == PLAN_COUNT_MAX)
			assert_true(memory.argv[n - 1] != NULL &&
				    memory.argv[n] == NULL);
		free((void *)(uintptr_t)s.plan.argv);
	}
}

static void
as_many_variables_as_there_may_be(void **state)
{
	char(*texts)[8] = calloc(PLAN_COUNT_MAX + 1, sizeof(*texts));
	char **v = calloc(PLAN_COUNT_MAX + 2, sizeof(*v));
	struct sample s;

	(void)state;
	assert_true(texts != NULL && v != NULL);
	sample_usual(&s);
	s.plan.envp = v;
	for (size_t i = 0; i <= PLAN_COUNT_MAX; i++) {
		for (size_t k = 0; k < 5; k++)
			texts[i][k] = (char)('A' + (i >> (16 - 4 * k) & 15));
		texts[i][5] = '=';
		v[i] = texts[i];
	}
	assert_int_equal(answer_of(&s.plan), PLAN_ENVC);
	v[PLAN_COUNT_MAX] = NULL;
	assert_int_equal(answer_of(&s.plan), PLAN_TAKEN);
	assert_true(memory.envp[PLAN_COUNT_MAX - 1] != NULL);
	assert_null(memory.envp[PLAN_COUNT_MAX]);
	free(v);
	free(texts);
}

static void
texts_as_long_as_they_may_be(void **state)
{
	struct sample s;

	(void)state;
	for (size_t more = 0; more < 2; more++) {
		char *argument = filled("", PLAN_TEXT_MAX + more);
		char *variable = filled("A=", PLAN_TEXT_MAX + more);
		char *path = filled("/", PLAN_PATH_MAX + more);

		sample_usual(&s);
		s.argv[1] = argument;
		assert_int_equal(answer_of(&s.plan),
				 more ? PLAN_ARGV : PLAN_TAKEN);
		sample_usual(&s);
		s.envp[0] = variable;
		assert_int_equal(answer_of(&s.plan),
				 more ? PLAN_ENV : PLAN_TAKEN);
		sample_usual(&s);
		s.plan.path = path;
		assert_int_equal(answer_of(&s.plan),
				 more ? PLAN_PATH : PLAN_TAKEN);
		sample_usual(&s);
		s.plan.cwd = path;
		assert_int_equal(answer_of(&s.plan),
				 more ? PLAN_CWD : PLAN_TAKEN);
		sample_usual(&s);
		s.plan.chroot = path;
		assert_int_equal(answer_of(&s.plan),
				 more ? PLAN_CHROOT : PLAN_TAKEN);
		free(argument);
		free(variable);
		free(path);
	}
}

static void
all_of_it_as_large_as_it_may_be(void **state)
{
	char *block = filled("", PLAN_TEXT_MAX), *last;
	struct caisson_error err = { 0 };
	size_t n = 47, size = 0;
	char **first = strings(n, block);
	struct sample s;

	(void)state;
	sample_usual(&s);
	s.plan.argv = first;
	assert_int_equal(plan_put_size(&s.plan, &size, NULL), 0);
	free(first);
	last = filled("", PLAN_SIZE_MAX - size - 9 + 1);
	for (size_t more = 2; more-- > 0;) {
		char **v = strings(n + 1, block);

		v[n] = last;
		s.plan.argv = v;
		last[PLAN_SIZE_MAX - size - 9 + more] = '\0';
		assert_int_equal(plan_put_size(&s.plan, &(size_t){ 0 }, &err),
				 more ? CAISSON_E_UNSUPPORTED : 0);
		assert_int_equal(answer_of(&s.plan),
				 more ? PLAN_END : PLAN_TAKEN);
		free(v);
	}
	assert_non_null(strstr(err.msg, "the launcher takes 6291456"));
	free(last);
	free(block);
}

static void
as_many_groups_as_there_may_be(void **state)
{
	uint32_t *groups = calloc(PLAN_GROUPS_MAX + 1, sizeof(*groups));
	struct sample s;

	(void)state;
	assert_non_null(groups);
	for (uint32_t i = 0; i <= PLAN_GROUPS_MAX; i++)
		groups[i] = 3 * i;
	sample_usual(&s);
	s.plan.groups = groups;
	s.plan.n_groups = PLAN_GROUPS_MAX + 1;
	assert_int_equal(answer_of(&s.plan), PLAN_GROUPC);
	s.plan.n_groups = PLAN_GROUPS_MAX;
	assert_int_equal(answer_of(&s.plan), PLAN_TAKEN);
	assert_memory_equal(memory.groups, groups, sizeof(memory.groups));
	free(groups);
}

static void
as_many_limits_and_descriptors_as_there_may_be(void **state)
{
	struct sample s;

	(void)state;
	sample_usual(&s);
	s.plan.n_rlimits = s.plan.n_fds = 0;
	for (uint32_t i = 0; i < 16; i++)
		if (i != s.plan.nofile.resource)
			s.rlimits[s.plan.n_rlimits++] =
			    (struct plan_rlimit){ i, 1, 2 };
	for (int fd = 0; fd < (int)PLAN_SENT_MAX; fd++)
		s.fds[s.plan.n_fds++].target = 7 * fd;
	assert_int_equal(answer_of(&s.plan), PLAN_TAKEN);
	assert_int_equal(memory.rlimits[14].resource, 15);
	assert_int_equal(memory.fds[PLAN_SENT_MAX - 1].target, 7 * 132);
}

static void
a_filter_has_1_to_4096_instructions(void **state)
{
	static struct sock_filter insns[PLAN_FILTER_MAX + 1];
	struct sample s;
	struct plan plan;
	struct bytes b;

	(void)state;
	memset(insns, 0x6b, sizeof(insns));
	sample_usual(&s);
	s.plan.filter.insns = insns;
	s.plan.filter.len = PLAN_FILTER_MAX + 1;
	assert_int_equal(answer_of(&s.plan), PLAN_FILTER);
	s.plan.filter.len = PLAN_FILTER_MAX;
	b = sample_bytes(&s.plan);
	assert_int_equal(take(b, s.plan.n_fds, &plan), PLAN_TAKEN);
	assert_int_equal(plan.filter.len, PLAN_FILTER_MAX);
	assert_memory_equal(plan.filter.insns, insns, sizeof(memory.insns));
	/* The same bytes as a filter that is a byte shorter, and no rest. */
	b.data[b.len - PLAN_FILTER_MAX * 8 - 2] = 0x7f;
	b.data[b.len - PLAN_FILTER_MAX * 8 - 1] = 0xff;
	b.len--;
	assert_int_equal(take(b, s.plan.n_fds, &plan), PLAN_FILTER);
	free(b.data);
	s.plan.filter.len = 0;
	s.plan.filter.insns = NULL;
	assert_int_equal(answer_of(&s.plan), PLAN_TAKEN);
}

static void
a_kernel_knows_so_many_capabilities(void **state)
{
	struct sample s;
	struct plan plan;
	struct bytes b;

	(void)state;
	for (uint32_t last = 0; last < 64; last++) {
		struct plan_input in = { .fds = fds, .n_fds = 4 };

		in.last_cap = last;
		sample_usual(&s);
		for (uint32_t cap = 0; cap < 64; cap++) {
			s.plan.sets.permitted = 1ull << cap;
			b = sample_bytes(&s.plan);
			in.data = b.data;
			in.len = b.len;
			assert_int_equal(plan_take(&in, &memory, &plan),
					 cap <= last ? PLAN_TAKEN
						     : PLAN_CAPABILITIES);
			free(b.data);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_many_arguments_as_there_may_be),
		cmocka_unit_test(as_many_variables_as_there_may_be),
		cmocka_unit_test(texts_as_long_as_they_may_be),
		cmocka_unit_test(all_of_it_as_large_as_it_may_be),
		cmocka_unit_test(as_many_groups_as_there_may_be),
		cmocka_unit_test(
		    as_many_limits_and_descriptors_as_there_may_be),
		cmocka_unit_test(a_filter_has_1_to_4096_instructions),
		cmocka_unit_test(a_kernel_knows_so_many_capabilities),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
