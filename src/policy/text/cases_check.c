/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does every call that fits a case get what the case says?  The filter's paths
 * are walked; each that such a call can take must end as it should, and the
 * policy must say the same of a call that takes it.  Asks no kernel.
 */
#include "policy/text/cases.h"

#include "base/err.h"
#include "policy/bpf/walk.h"
#include "policy/calls.h"

#include <stdlib.h>
#include <string.h>

/* Of the case: architecture, two for the number, at most four an argument. */
#define OWN_MAX (3 + 4 * 6)

struct walk {
	const struct cases_case *one;
	const struct policy *policy;
	struct bpf_condition own[OWN_MAX];
	size_t n_own, paths;
	struct walk_budget budget; /* of the case */
	struct cases_result *result;
};

static void
add(struct walk *w, unsigned word, enum bpf_test test, uint32_t mask,
    uint32_t k)
{
	w->own[w->n_own++] = (struct bpf_condition){
		.word = (uint8_t)word,
		.test = (uint8_t)test,
		.mask = mask,
		.k = k,
	};
}

/*
 * An argument that is not something differs in one half or in the other:
 * second chooses which.  false: that half has nothing to differ in.
 */
static bool
add_arg(struct walk *w, unsigned i, bool second)
{
	const struct cases_arg *arg = &w->one->args[i];
	bool big = w->one->caller->big_endian;
	unsigned low = 4 + 2 * i + big, high = 4 + 2 * i + !big;
	uint32_t mask[2] = { (uint32_t)arg->mask, (uint32_t)(arg->mask >> 32) };
	uint32_t value[2] = { (uint32_t)arg->value,
			      (uint32_t)(arg->value >> 32) };

	if (!w->one->caller->is_64)
		add(w, high, BPF_TEST_EQ, UINT32_MAX, 0);
	if (!arg->negated) {
		if (mask[0] != 0)
			add(w, low, BPF_TEST_EQ, mask[0], value[0]);
		if (mask[1] != 0)
			add(w, high, BPF_TEST_EQ, mask[1], value[1]);
		return !second;
	}
	if (mask[second] == 0)
		return false;
	add(w, second ? high : low, BPF_TEST_NE, mask[second], value[second]);
	return true;
}

/* The case's own conditions, in one of its 2^6 variants. */
static bool
set_own(struct walk *w, unsigned variant)
{
	w->n_own = 0;
	add(w, 1, BPF_TEST_EQ, UINT32_MAX, w->one->caller->token);
	add(w, 0, BPF_TEST_GE, UINT32_MAX, w->one->low);
	add(w, 0, BPF_TEST_LE, UINT32_MAX, w->one->high);
	for (unsigned i = 0; i < 6; i++)
		if (!add_arg(w, i, (variant >> i & 1) != 0))
			return false;
	return true;
}

/* Where an action carries no number of its own, its data does not matter. */
static bool
is_same(uint32_t a, uint32_t b)
{
	if ((a & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ERRNO)
		return a == b;
	return (a & SECCOMP_RET_ACTION_FULL) == (b & SECCOMP_RET_ACTION_FULL);
}

static int
look_at(const struct bpf_path *path, void *arg)
{
	struct walk *w = arg;
	struct cases_result *result = w->result;
	uint32_t words[16] = { 0 };
	int r = walk_solve(path, &w->budget, words);

	if (r <= 0)
		return r;
	w->paths++;
	memcpy(&result->data, words, sizeof(result->data));
	result->filter = path->action;
	result->policy =
	    policy_decide(w->policy, &result->data, &result->origin);
	result->ok = is_same(result->filter, w->one->action) &&
		     is_same(result->policy, w->one->action);
	return result->ok ? 0 : 1;
}

/* The first variant with a call that is answered otherwise ends it. */
static int
walk_variants(struct walk *w, const struct filter *filter)
{
	struct walk_request request = { .insns = filter->insns,
					.n = filter->len,
					.given = w->own,
					.budget = &w->budget };
	int r = 0;

	for (unsigned variant = 0; r == 0 && variant < 64; variant++) {
		if (!set_own(w, variant))
			continue;
		request.n_given = w->n_own;
		r = walk_given(&request, look_at, w);
	}
	return r;
}

static int
refuse(const struct cases_case *one, enum bpf_walk_error why,
       struct caisson_error *err)
{
	if (why == BPF_WALK_NO_MEMORY)
		return err_no_memory(err, CAISSON_STAGE_POLICY);
	return err_set(err, CAISSON_E_UNSUPPORTED, CAISSON_STAGE_POLICY, 0,
		       "line %u: %.100s cannot be decided: %s", one->line,
		       one->text,
		       why == BPF_WALK_TOO_MUCH
			   ? "too many paths"
			   : "the filter computes with what it loads");
}

int
cases_check(const struct cases_case *one, const struct policy *policy,
	    const struct filter *filter, struct cases_result *out,
	    struct caisson_error *err)
{
	struct cases_result result = { .ok = true };
	struct walk w = { .one = one,
			  .policy = policy,
			  .budget = { WALK_WORK_MAX },
			  .result = &result };
	int r = walk_variants(&w, filter);

	if (r < 0)
		return refuse(one, (enum bpf_walk_error)r, err);
	if (w.paths == 0)
		return err_set(err, CAISSON_E_POLICY, CAISSON_STAGE_POLICY, 0,
			       "line %u: no call is like %.100s", one->line,
			       one->text);
	*out = result;
	return 0;
}
