/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The derived pair of filters, as policies and in the evaluator, against what
 * the policy means.  It knows of derive.c only what filter.h promises.
 */
#include "pair.h"

#include <errno.h>

void
pair_make(struct pair *p, const struct policy *policy)
{
	struct caisson_error err;

	p->policy = policy;
	if (filter_derive_notify(policy, HAND_OVER, &p->notify, &p->rest,
				 &err) < 0 ||
	    filter_generate(p->notify, &p->filters[0], &err) < 0 ||
	    filter_generate(p->rest, &p->filters[1], &err) < 0)
		fail_msg("%s", err.msg);
	assert_true(bpf_is_valid(p->filters[0].insns, p->filters[0].len));
	assert_true(bpf_is_valid(p->filters[1].insns, p->filters[1].len));
}

void
pair_done(struct pair *p)
{
	policy_free(p->notify);
	policy_free(p->rest);
	filter_done(&p->filters[0]);
	filter_done(&p->filters[1]);
}

/* seccomp(2): the stricter one; of two alike, the one loaded last. */
uint32_t
pair_together(uint32_t first, uint32_t second)
{
	int32_t a = (int32_t)(first & SECCOMP_RET_ACTION_FULL),
		b = (int32_t)(second & SECCOMP_RET_ACTION_FULL);

	return a < b ? first : second;
}

static bool
is_one_of(const struct calls_arch *arch, uint32_t nr, const char *name)
{
	uint32_t number;

	return arch != NULL && calls_number(arch, name, &number) &&
	       number == nr;
}

/* Of any architecture: a filter loaded by one is everybody's. */
static bool
wants_listener(const struct policy *policy, const struct seccomp_data *d)
{
	const struct policy_arch *arch = policy_arch_of(policy, d);

	return arch != NULL &&
	       is_one_of(arch->calls, (uint32_t)d->nr, "seccomp") &&
	       (d->args[1] & SECCOMP_FILTER_FLAG_NEW_LISTENER) != 0;
}

/* Calls whose answer is the policy's own, reported by nobody. */
static bool
is_left_alone(const struct policy *policy, const struct seccomp_data *d)
{
	const struct policy_arch *arch = policy_arch_of(policy, d);
	uint32_t nr = (uint32_t)d->nr;

	if (arch == NULL || is_one_of(arch->calls, nr, "execve") ||
	    is_one_of(arch->calls, nr, "execveat") || wants_listener(policy, d))
		return true;
	if (arch->calls != calls_arch_host())
		return false;
	return is_one_of(arch->calls, nr, "seccomp") ||
	       (is_one_of(arch->calls, nr, "sendmsg") &&
		(uint32_t)d->args[0] == HAND_OVER);
}

static uint32_t
expected(const struct policy *policy, const struct seccomp_data *d)
{
	uint32_t want = policy_decide(policy, d, NULL);
	uint32_t full = want & SECCOMP_RET_ACTION_FULL;

	if (wants_listener(policy, d) &&
	    (full == SECCOMP_RET_ALLOW || full == SECCOMP_RET_LOG))
		return SECCOMP_RET_ERRNO | EBUSY;
	if (is_left_alone(policy, d))
		return want;
	if (full == SECCOMP_RET_ERRNO || full == SECCOMP_RET_KILL_PROCESS ||
	    full == SECCOMP_RET_KILL_THREAD)
		return SECCOMP_RET_USER_NOTIF;
	return want;
}

/* An answer of ALLOW has no data that anybody looks at. */
static bool
is_right(const struct pair *p, const struct seccomp_data *d)
{
	uint32_t want = expected(p->policy, d);

	return pair_together(policy_decide(p->notify, d, NULL),
			     policy_decide(p->rest, d, NULL)) == want &&
	       pair_together(bpf_run(p->filters[0].insns, d, NULL),
			     bpf_run(p->filters[1].insns, d, NULL)) == want;
}

static uint64_t seed;

void
pair_seed(uint64_t value)
{
	seed = value;
}

uint64_t
pair_dice(uint64_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed % n;
}

const uint64_t pair_values[] = { 0,
				 1,
				 2,
				 3,
				 SECCOMP_FILTER_FLAG_NEW_LISTENER,
				 SECCOMP_FILTER_FLAG_NEW_LISTENER + 1,
				 HAND_OVER - 1,
				 HAND_OVER,
				 HAND_OVER + 1,
				 0x7fffffff,
				 0x80000000,
				 0xffffffff,
				 0x100000000,
				 0x100000000 + HAND_OVER,
				 0xffffffff00000000,
				 UINT64_MAX };
const size_t pair_n_values = sizeof(pair_values) / sizeof(pair_values[0]);

/* A register: one of these, or near a constant of the rule. */
static uint64_t
some_value(const struct policy_rule *rule)
{
	const struct policy_clause *c;
	const struct policy_atom *a;
	uint64_t near;

	if (rule == NULL || rule->n_clauses == 0 || pair_dice(2) == 0)
		return pair_values[pair_dice(pair_n_values)];
	c = &rule->clauses[pair_dice(rule->n_clauses)];
	if (c->n_atoms == 0)
		return pair_values[pair_dice(pair_n_values)];
	a = &c->atoms[pair_dice(c->n_atoms)];
	near = a->value + pair_dice(3) - 1;
	return pair_dice(4) == 0 ? near | (uint64_t)1 << (32 + pair_dice(32))
				 : near;
}

static size_t
wrong_at(const struct pair *p, uint32_t arch, uint32_t nr, unsigned tries)
{
	struct seccomp_data d = { .nr = (int)nr, .arch = arch };
	const struct policy_arch *of = policy_arch_of(p->policy, &d);
	const struct policy_rule *rule =
	    of != NULL ? policy_find_rule(of, nr) : NULL;
	size_t wrong = 0;

	for (unsigned i = 0; i < tries; i++) {
		for (int k = 0; k < 6; k++)
			d.args[k] = some_value(rule);
		wrong += !is_right(p, &d);
	}
	return wrong;
}

/* sendmsg and seccomp, by every value there is. */
size_t
pair_wrong_at_launch(const struct pair *p)
{
	static const char *const names[] = { "sendmsg", "seccomp", "execve" };
	const struct calls_arch *host = calls_arch_host();
	struct seccomp_data d = { .arch = host->token };
	size_t n = pair_n_values, wrong = 0;
	uint32_t nr;

	for (size_t i = 0; i < 3; i++) {
		assert_true(calls_number(host, names[i], &nr));
		d.nr = (int)nr;
		for (size_t k = 0; k < n * n; k++) {
			d.args[0] = pair_values[k / n];
			d.args[1] = pair_values[k % n];
			wrong += !is_right(p, &d);
		}
		wrong += wrong_at(p, host->token, nr, 200);
	}
	return wrong;
}

/* How many calls of a grid get another answer than they should. */
size_t
pair_wrong_answers(const struct pair *p)
{
	size_t wrong = pair_wrong_at_launch(p);

	for (size_t a = 0; calls_arch_at(a) != NULL; a++) {
		const struct calls_arch *arch = calls_arch_at(a);

		for (uint32_t nr = 0; nr < 512; nr++)
			wrong += wrong_at(p, arch->token, arch->bit | nr, 4);
		wrong += wrong_at(p, arch->token, UINT32_MAX, 4);
		wrong += wrong_at(p, arch->token, 0x3fffffff, 4);
	}
	return wrong + wrong_at(p, 0x12345678, 1, 4);
}

uint32_t
pair_answer(const struct pair *p, const struct seccomp_data *d)
{
	return pair_together(bpf_run(p->filters[0].insns, d, NULL),
			     bpf_run(p->filters[1].insns, d, NULL));
}
