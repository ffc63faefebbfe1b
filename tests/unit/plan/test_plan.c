/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plans there and back: what is put is what is taken, by two encoders and two
 * opinions; and of bytes that are cut or changed either nothing is taken or a
 * plan that is right, and whose bytes they are.
 */
#include "sample.h"

#define ROUNDS  100000
#define CUTS    200
#define CHANGED 25

static void
assert_same_strings(char *const *a, char *const *b)
{
	for (; *a != NULL && *b != NULL; a++, b++)
		assert_string_equal(*a, *b);
	assert_true(*a == NULL && *b == NULL);
}

static void
assert_same_process(const struct plan *a, const struct plan *b)
{
	assert_true(a->deadline_ms == b->deadline_ms);
	assert_int_equal(a->new_session, b->new_session);
	assert_int_equal(a->new_group, b->new_group);
	assert_int_equal(a->tty, b->tty);
	assert_int_equal(a->foreground, b->foreground);
	assert_int_equal(a->parent_death_signal, b->parent_death_signal);
	assert_int_equal(a->set_umask, b->set_umask);
	assert_true(!a->set_umask || a->umask == b->umask);
	assert_int_equal(a->set_nice, b->set_nice);
	assert_true(!a->set_nice || a->nice == b->nice);
	assert_int_equal(a->set_oom_score_adj, b->set_oom_score_adj);
	assert_true(!a->set_oom_score_adj ||
		    a->oom_score_adj == b->oom_score_adj);
	assert_int_equal(a->n_rlimits, b->n_rlimits);
	assert_int_equal(a->set_nofile, b->set_nofile);
	for (size_t i = 0; i < a->n_rlimits; i++) {
		assert_int_equal(a->rlimits[i].resource,
				 b->rlimits[i].resource);
		assert_true(a->rlimits[i].soft == b->rlimits[i].soft);
		assert_true(a->rlimits[i].hard == b->rlimits[i].hard);
	}
	assert_true(a->nofile.soft == b->nofile.soft);
	assert_true(a->nofile.hard == b->nofile.hard);
}

static void
assert_same(const struct plan *a, const struct plan *b)
{
	assert_same_process(a, b);
	assert_string_equal(a->path, b->path);
	assert_string_equal(a->cwd, b->cwd);
	assert_int_equal(a->chroot == NULL, b->chroot == NULL);
	if (a->chroot != NULL)
		assert_string_equal(a->chroot, b->chroot);
	assert_same_strings(a->argv, b->argv);
	assert_same_strings(a->envp, b->envp);
	assert_int_equal(a->uid, b->uid);
	assert_int_equal(a->gid, b->gid);
	assert_int_equal(a->n_groups, b->n_groups);
	assert_memory_equal(a->groups, b->groups, a->n_groups * 4);
	assert_true(a->sets.permitted == b->sets.permitted);
	assert_int_equal(a->n_fds, b->n_fds);
	for (size_t i = 0; i < a->n_fds; i++)
		assert_int_equal(a->fds[i].target, b->fds[i].target);
	assert_int_equal(a->filter.len, b->filter.len);
	if (a->filter.len > 0)
		assert_memory_equal(a->filter.insns, b->filter.insns,
				    a->filter.len * 8u);
	else
		assert_null(a->filter.insns);
}

static void
assert_right(const struct plan *plan)
{
	const char *fault = sample_fault(plan);

	if (fault != NULL)
		fail_msg("taken with a wrong %s", fault);
}

static void
a_plan_arrives_as_it_was_sent(void **state)
{
	uint64_t seed = 0x9e3779b97f4a7c15;
	struct sample s;

	(void)state;
	for (int i = 0; i < ROUNDS; i++) {
		struct bytes put, other;

		sample_random(&s, &seed);
		put = sample_put(&s.plan);
		other = sample_bytes(&s.plan);
		assert_int_equal(put.len, other.len);
		assert_memory_equal(put.data, other.data, put.len);
		assert_same(sample_taken(put, s.plan.n_fds), &s.plan);
		assert_right(sample_taken(other, s.plan.n_fds));
		free(put.data);
		free(other.data);
	}
}

static void
what_is_cut_short_is_refused(void **state)
{
	uint64_t seed = 4711;
	struct sample s;
	struct plan plan;

	(void)state;
	for (int i = 0; i < CUTS; i++) {
		struct bytes all, part = { NULL, 0 };

		sample_random(&s, &seed);
		all = sample_put(&s.plan);
		(void)sample_taken(all, s.plan.n_fds);
		for (; part.len < all.len; part.len++) {
			part.data = malloc(part.len + 1);
			assert_non_null(part.data);
			memcpy(part.data, all.data, part.len);
			assert_int_not_equal(sample_take(part, s.plan.n_fds,
							 &plan),
					     PLAN_TAKEN);
			free(part.data);
		}
		free(all.data);
	}
}

/* Accepted: then it is right, and nothing else has these bytes. */
static unsigned
look_at(struct bytes in, size_t n_fds)
{
	struct plan plan;
	struct bytes again;

	if (sample_take(in, n_fds, &plan) != PLAN_TAKEN)
		return 0;
	assert_right(&plan);
	again = sample_put(&plan);
	assert_int_equal(again.len, in.len);
	assert_memory_equal(again.data, in.data, in.len);
	free(again.data);
	return 1;
}

static void
what_is_changed_is_refused_or_right(void **state)
{
	unsigned long taken = 0, all = 0;
	uint64_t seed = 42;
	struct sample s;

	(void)state;
	for (int i = 0; i < CHANGED; i++) {
		struct bytes b;

		sample_random(&s, &seed);
		b = sample_put(&s.plan);
		for (size_t at = 0; at < b.len; at++)
			for (unsigned x = 1; x < 256; x++, all++) {
				b.data[at] ^= (uint8_t)x;
				taken += look_at(b, s.plan.n_fds);
				b.data[at] ^= (uint8_t)x;
			}
		free(b.data);
	}
	/* There are both: bytes that matter, and letters of arguments. */
	assert_true(taken > 1000 && taken < all / 2);
}

static void
a_refusal_changes_nothing(void **state)
{
	struct sample s;
	struct bytes b;
	struct plan plan, before;

	(void)state;
	memset(&plan, 0x5a, sizeof(plan));
	before = plan;
	sample_usual(&s);
	b = sample_put(&s.plan);
	b.len--;
	assert_int_equal(sample_take(b, s.plan.n_fds, &plan), PLAN_FILTER);
	assert_memory_equal(&plan, &before, sizeof(plan));
	b.len++;
	assert_int_equal(sample_take(b, s.plan.n_fds, &plan), PLAN_TAKEN);
	assert_memory_not_equal(&plan, &before, sizeof(plan));
	free(b.data);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_plan_arrives_as_it_was_sent),
		cmocka_unit_test(what_is_cut_short_is_refused),
		cmocka_unit_test(what_is_changed_is_refused_or_right),
		cmocka_unit_test(a_refusal_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
