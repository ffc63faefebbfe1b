/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two validations, one answer: what is taken from bytes is, said as a spec,
 * what a spec may say; and bytes that were changed are no exception.
 */
#include "sample.h"

#include "base/names.h"

#include <stdio.h>

static void
must(int r, const struct caisson_error *err)
{
	if (r < 0)
		fail_msg("%s", err->msg);
}

static void
set_program(struct caisson_spec *spec, const struct plan *p)
{
	struct caisson_error err = { 0 };

	must(caisson_spec_set_path(spec, p->path, &err), &err);
	must(caisson_spec_set_argv(spec, (const char *const *)p->argv, &err),
	     &err);
	must(caisson_spec_set_cwd(spec, p->cwd, &err), &err);
	for (char *const *v = p->envp; *v != NULL; v++) {
		char *equals = strchr(*v, '='), name[SAMPLE_TEXT] = "";

		assert_true(equals != NULL && equals - *v < SAMPLE_TEXT);
		memcpy(name, *v, (size_t)(equals - *v));
		must(caisson_spec_set_env(spec, name, equals + 1, &err), &err);
	}
	must(caisson_spec_set_ids(spec, p->uid, p->gid, p->groups, p->n_groups,
				  &err),
	     &err);
	if (p->filter.insns == NULL)
		must(caisson_spec_set_seccomp_profile(spec, "unconfined", &err),
		     &err);
}

static void
set_process(struct caisson_spec *spec, const struct plan *p)
{
	struct caisson_error err = { 0 };

	if (!p->new_group && !p->new_session)
		must(caisson_spec_set_group(spec, CAISSON_GROUP_INHERIT, &err),
		     &err);
	must(caisson_spec_set_session(spec, p->new_session, &err), &err);
	must(caisson_spec_set_tty(spec, p->tty, &err), &err);
	must(caisson_spec_set_foreground(spec, p->foreground, &err), &err);
	must(caisson_spec_set_parent_death_signal(spec, p->parent_death_signal,
						  &err),
	     &err);
	if (p->set_umask)
		must(caisson_spec_set_umask(spec, p->umask, &err), &err);
	if (p->set_nice)
		must(caisson_spec_set_nice(spec, p->nice, &err), &err);
	if (p->set_oom_score_adj)
		must(caisson_spec_set_oom_score_adj(spec, p->oom_score_adj,
						    &err),
		     &err);
	if (p->chroot != NULL)
		must(caisson_spec_set_chroot(spec, p->chroot, &err), &err);
}

static void
set_limit(struct caisson_spec *spec, const struct plan_rlimit *limit)
{
	const char *name = names_rlimit_name((int)limit->resource);
	struct caisson_error err = { 0 };

	assert_non_null(name);
	must(caisson_spec_set_rlimit(spec, name, limit->soft, limit->hard,
				     &err),
	     &err);
}

static void
set_fds(struct caisson_spec *spec, const struct plan *p)
{
	struct caisson_error err = { 0 };

	for (size_t i = 0; i < p->n_fds; i++)
		must(caisson_spec_fd_inherit(spec, p->fds[i].target,
					     p->fds[i].source, &err),
		     &err);
}

/* It can be said, and is right. */
static void
assert_spec_agrees(const struct plan *p)
{
	struct caisson_error err = { 0 };
	struct caisson_spec *spec = NULL;

	must(caisson_spec_new(&spec, &err), &err);
	set_program(spec, p);
	set_process(spec, p);
	for (size_t i = 0; i < p->n_rlimits; i++)
		set_limit(spec, &p->rlimits[i]);
	if (p->set_nofile)
		set_limit(spec, &p->nofile);
	set_fds(spec, p);
	must(caisson_spec_freeze(spec, &err), &err);
	caisson_spec_free(spec);
}

static void
what_is_taken_a_spec_may_say(void **state)
{
	uint64_t seed = 1234567;
	unsigned taken = 0, refused = 0;
	struct sample s;

	(void)state;
	for (int i = 0; i < 3000; i++) {
		struct plan plan;
		struct bytes b;

		sample_random(&s, &seed);
		b = sample_put(&s.plan);
		assert_spec_agrees(sample_taken(b, s.plan.n_fds));
		for (int k = 0; k < 40; k++) {
			size_t at = (size_t)sample_number(&seed) % b.len;
			uint8_t was = b.data[at];

			b.data[at] = (uint8_t)sample_number(&seed);
			if (sample_take(b, s.plan.n_fds, &plan) == PLAN_TAKEN) {
				assert_spec_agrees(&plan);
				taken++;
			} else {
				refused++;
			}
			b.data[at] = was;
		}
		free(b.data);
	}
	assert_true(taken > 1000 && refused > 1000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_taken_a_spec_may_say),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
