/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each thing that can be wrong with a plan, alone in one that is right
 * otherwise, is refused by its name; and what stands right beside it is taken.
 */
#include "sample.h"

#include <sys/resource.h>

/* The bytes of the usual plan with one number changed. */
static enum plan_part
with_number(enum plan_part part, uint64_t number)
{
	enum plan_part answer;
	struct sample s;
	struct plan plan;
	struct bytes b;

	sample_usual(&s);
	b = sample_bytes(&s.plan);
	assert_int_equal(sample_take(b, s.plan.n_fds, &plan), PLAN_TAKEN);
	for (unsigned i = 0; i < 8; i++)
		b.data[part * 8u + i] = (uint8_t)(number >> (56 - 8 * i));
	answer = sample_take(b, s.plan.n_fds, &plan);
	free(b.data);
	return answer;
}

/* The plan as it is now, by the encoder that does not judge. */
static enum plan_part
answer_of(const struct sample *s)
{
	struct bytes b = sample_bytes(&s->plan);
	struct plan plan;
	enum plan_part answer = sample_take(b, s->plan.n_fds, &plan);

	free(b.data);
	return answer;
}

struct edge {
	enum plan_part part;
	uint64_t last, first_wrong;
};

static void
a_number_out_of_its_range_is_refused(void **state)
{
	static const struct edge edges[] = {
		{ PLAN_MAGIC_NUMBER, 0x63616973706c6e31, 0x63616973706c6e32 },
		{ PLAN_MAGIC_NUMBER, 0x63616973706c6e31, 0x63616973706c6e30 },
		{ PLAN_MAGIC_NUMBER, 0x63616973706c6e31, 0x316e6c7073696163 },
		{ PLAN_RESERVED, 0, 1 },
		{ PLAN_GROUP, 2, 3 },
		{ PLAN_TERMINAL, 3, 4 },
		{ PLAN_PARENT_DEATH, 31, 32 },
		{ PLAN_UMASK, 01000, 01001 },
		{ PLAN_NICE, 40, 41 },
		{ PLAN_OOM, 2001, 2002 },
		{ PLAN_DEADLINE, 3600000, 3600001 },
		{ PLAN_DEADLINE, 1, 0 },
		{ PLAN_UID, 4294967294, 4294967295 },
		{ PLAN_UID, 0, (uint64_t)1 << 32 },
		{ PLAN_UID, 65535, ((uint64_t)1 << 32) + 1000 },
		{ PLAN_GID, 4294967294, 4294967295 },
		{ PLAN_GID, 0, UINT64_MAX },
		{ PLAN_CAPABILITIES, (2ull << SAMPLE_LAST_CAP) - 1,
		  2ull << SAMPLE_LAST_CAP },
		{ PLAN_CAPABILITIES, 0, UINT64_MAX },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(edges) / sizeof(edges[0]); i++) {
		const struct edge *e = &edges[i];

		assert_int_equal(with_number(e->part, e->last), PLAN_TAKEN);
		assert_int_equal(with_number(e->part, e->first_wrong), e->part);
	}
}

static void
counts_that_are_wrong_are_refused(void **state)
{
	static const struct edge edges[] = {
		{ PLAN_ARGC, 3, 0 },       { PLAN_ARGC, 3, 65537 },
		{ PLAN_ENVC, 3, 65537 },   { PLAN_GROUPC, 2, 65537 },
		{ PLAN_RLIMITC, 2, 17 },   { PLAN_FDC, 4, 3 },
		{ PLAN_FDC, 4, 5 },        { PLAN_FDC, 4, 134 },
		{ PLAN_UNCONFINED, 0, 2 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(edges) / sizeof(edges[0]); i++) {
		const struct edge *e = &edges[i];

		assert_int_equal(with_number(e->part, e->last), PLAN_TAKEN);
		assert_int_equal(with_number(e->part, e->first_wrong), e->part);
	}
	/* In range, but what follows is not so many: another part notices. */
	for (enum plan_part p = PLAN_ARGC; p < PLAN_FDC; p++)
		for (uint64_t n = 0; n < 9; n++)
			assert_true(with_number(p, n) != PLAN_TAKEN ||
				    n == (p < PLAN_GROUPC ? 3 : 2));
	assert_int_equal(with_number(PLAN_UNCONFINED, 1), PLAN_FILTER);
}

static void
terminal_and_group_must_fit(void **state)
{
	static const bool allowed[3][4] = {
		{ true, false, true, true }, /* group inherited */
		{ true, false, true, true }, /* a new one */
		{ true, true, true, false }, /* a session */
	};
	struct sample s;

	(void)state;
	for (unsigned group = 0; group < 3; group++)
		for (unsigned terminal = 0; terminal < 4; terminal++) {
			sample_usual(&s);
			s.plan.new_group = group == 1;
			s.plan.new_session = group == 2;
			s.plan.foreground = terminal == 3;
			s.plan.tty = terminal % 3;
			assert_int_equal(answer_of(&s), allowed[group][terminal]
							    ? PLAN_TAKEN
							    : PLAN_TERMINAL);
		}
}

struct path_case {
	const char *path;
	bool is_file, is_directory;
};

static void
paths_are_absolute_and_canonical(void **state)
{
	static const struct path_case cases[] = {
		{ "/a", true, true },        { "/", false, true },
		{ "", false, false },        { "a", false, false },
		{ "./a", false, false },     { "//", false, false },
		{ "//a", false, false },     { "/a/", false, false },
		{ "/a//b", false, false },   { "/.", false, false },
		{ "/./a", false, false },    { "/a/.", false, false },
		{ "/..", false, false },     { "/../a", false, false },
		{ "/a/../b", false, false }, { "/a/..", false, false },
		{ "/...", true, true },      { "/..a", true, true },
		{ "/.a/b..", true, true },   { "/\xff\n", true, true },
	};
	struct sample s;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct path_case *c = &cases[i];

		sample_usual(&s);
		s.plan.path = c->path;
		assert_int_equal(answer_of(&s),
				 c->is_file ? PLAN_TAKEN : PLAN_PATH);
		sample_usual(&s);
		s.plan.cwd = c->path;
		assert_int_equal(answer_of(&s),
				 c->is_directory ? PLAN_TAKEN : PLAN_CWD);
		sample_usual(&s);
		s.plan.chroot = c->path;
		assert_int_equal(answer_of(&s),
				 c->is_directory ? PLAN_TAKEN : PLAN_CHROOT);
	}
}

struct env_case {
	const char *first, *second;
	bool is_taken;
};

static void
variables_have_names_of_their_own(void **state)
{
	static const struct env_case cases[] = {
		{ "A=1", "B=", true },         { "A=1", "B", false },
		{ "A", "B=", false },          { "=1", "B=", false },
		{ "", "B=", false },           { "A=1", "A=2", false },
		{ "A=", "A=1", false },        { "A=1", "A=1", false },
		{ "B=1", "A=1", false },       { "A=1", "AB=1", true },
		{ "A1=1", "A=1", true },       { "A=1", "A1=1", false },
		{ "A==", "B=", true },         { "A=1=", "A=1==", false },
		{ "A=\x01", "A=\xff", false }, { "=", "B=", false },
	};
	struct sample s;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		sample_usual(&s);
		s.envp[0] = (char *)(uintptr_t)cases[i].first;
		s.envp[1] = (char *)(uintptr_t)cases[i].second;
		s.envp[2] = NULL;
		assert_int_equal(answer_of(&s),
				 cases[i].is_taken ? PLAN_TAKEN : PLAN_ENV);
	}
}

static void
text_ends_with_its_only_nul(void **state)
{
	struct sample s;
	struct plan plan;
	struct bytes b;
	size_t path = (size_t)PLAN_NUMBERS * 8 + 8;

	(void)state;
	sample_usual(&s);
	b = sample_bytes(&s.plan);
	for (size_t i = 0; i < strlen(s.plan.path); i++) {
		uint8_t was = b.data[path + i];

		b.data[path + i] = '\0';
		assert_int_equal(sample_take(b, s.plan.n_fds, &plan),
				 PLAN_PATH);
		b.data[path + i] = was;
	}
	b.data[path + strlen(s.plan.path)] = 'x';
	assert_int_equal(sample_take(b, s.plan.n_fds, &plan), PLAN_PATH);
	b.data[path + strlen(s.plan.path)] = '\0';
	assert_int_equal(sample_take(b, s.plan.n_fds, &plan), PLAN_TAKEN);
	free(b.data);
}

static void
groups_ascend(void **state)
{
	static const uint32_t cases[][2] = {
		{ 4, 4 }, { 5, 4 }, { 4, UINT32_MAX }, { UINT32_MAX, 0 }
	};
	struct sample s;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		sample_usual(&s);
		memcpy(s.groups, cases[i], sizeof(cases[i]));
		assert_int_equal(answer_of(&s), PLAN_GROUPS);
		s.groups[0] = 0;
		s.groups[1] = UINT32_MAX - 1;
		assert_int_equal(answer_of(&s), PLAN_TAKEN);
	}
}

static enum plan_part
with_limit(uint32_t resource, uint64_t soft, uint64_t hard)
{
	struct sample s;

	sample_usual(&s);
	s.plan.set_nofile = false;
	s.rlimits[1] = (struct plan_rlimit){ resource, soft, hard };
	s.plan.n_rlimits = 2;
	return answer_of(&s);
}

static void
limits_are_known_and_in_order(void **state)
{
	const uint64_t all = CAISSON_UNLIMITED, top = INT64_MAX;

	(void)state;
	assert_int_equal(with_limit(15, 1, 1), PLAN_TAKEN);
	assert_int_equal(with_limit(16, 1, 1), PLAN_RLIMITS);
	assert_int_equal(with_limit(RLIMIT_CORE, 1, 1), PLAN_RLIMITS);
	assert_int_equal(with_limit(RLIMIT_CPU, 1, 1), PLAN_RLIMITS);
	assert_int_equal(with_limit(RLIMIT_AS, 2, 1), PLAN_RLIMITS);
	assert_int_equal(with_limit(RLIMIT_AS, all, 1), PLAN_RLIMITS);
	assert_int_equal(with_limit(RLIMIT_AS, 1, all), PLAN_TAKEN);
	assert_int_equal(with_limit(RLIMIT_AS, all, all), PLAN_TAKEN);
	assert_int_equal(with_limit(RLIMIT_AS, top, top), PLAN_TAKEN);
	assert_int_equal(with_limit(RLIMIT_AS, 1, top + 1), PLAN_RLIMITS);
	assert_int_equal(with_limit(RLIMIT_AS, top + 1, all), PLAN_RLIMITS);
	assert_int_equal(with_limit(RLIMIT_AS, 0, all - 1), PLAN_RLIMITS);
}

static void
descriptors_ascend_and_each_was_received(void **state)
{
	static const int cases[][2] = {
		{ 3, 3 }, { 4, 3 }, { 3, 1024 }, { 3, -1 }
	};
	struct sample s;
	struct plan plan;
	struct bytes b;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		sample_usual(&s);
		s.fds[2].target = cases[i][0];
		s.fds[3].target = cases[i][1];
		assert_int_equal(answer_of(&s), PLAN_FDS);
		s.fds[3].target = 1023;
		s.fds[2].target = 1022;
		assert_int_equal(answer_of(&s), PLAN_TAKEN);
	}
	b = sample_bytes(&s.plan);
	for (size_t n = 0; n <= PLAN_SENT_MAX + 1; n++)
		assert_int_equal(sample_take(b, n, &plan),
				 n == 4 ? PLAN_TAKEN : PLAN_FDC);
	free(b.data);
}

static void
nothing_follows(void **state)
{
	struct sample s;
	struct plan plan;
	struct bytes b;

	(void)state;
	sample_usual(&s);
	b = sample_bytes(&s.plan);
	assert_int_equal(sample_take(b, s.plan.n_fds, &plan), PLAN_TAKEN);
	b.data[b.len++] = 0; /* the encoder leaves a byte */
	assert_int_equal(sample_take(b, s.plan.n_fds, &plan), PLAN_END);
	free(b.data);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_number_out_of_its_range_is_refused),
		cmocka_unit_test(counts_that_are_wrong_are_refused),
		cmocka_unit_test(terminal_and_group_must_fit),
		cmocka_unit_test(paths_are_absolute_and_canonical),
		cmocka_unit_test(variables_have_names_of_their_own),
		cmocka_unit_test(text_ends_with_its_only_nul),
		cmocka_unit_test(groups_ascend),
		cmocka_unit_test(limits_are_known_and_in_order),
		cmocka_unit_test(descriptors_ascend_and_each_was_received),
		cmocka_unit_test(nothing_follows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
