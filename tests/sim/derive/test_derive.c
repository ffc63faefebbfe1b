/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What two filters answer together that were derived from a policy: never
 * "allowed" where it refuses, never less than it allows, and a notification
 * for exactly the refusals but those that must not be one.
 */
#include "policy/bpf.h"
#include "policy/calls.h"
#include "policy/filter.h"
#include "policy/load.h"
#include "policy/text.h"

#include <errno.h>
#include <linux/audit.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define HAND_OVER 1024

/* The derived pair, as policies and as what the kernel would load. */
struct pair {
	const struct policy *policy;
	struct policy *notify, *rest;
	struct filter filters[2];
};

static void
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

static void
pair_done(struct pair *p)
{
	policy_free(p->notify);
	policy_free(p->rest);
	filter_done(&p->filters[0]);
	filter_done(&p->filters[1]);
}

/* seccomp(2): the stricter one; of two alike, the one loaded last. */
static uint32_t
together(uint32_t first, uint32_t second)
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

/* Calls whose answer is the policy's own, reported by nobody. */
static bool
is_left_alone(const struct policy *policy, const struct seccomp_data *d)
{
	const struct policy_arch *arch = policy_arch_of(policy, d);
	uint32_t nr = (uint32_t)d->nr;

	if (arch == NULL || is_one_of(arch->calls, nr, "execve") ||
	    is_one_of(arch->calls, nr, "execveat"))
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

	return together(policy_decide(p->notify, d, NULL),
			policy_decide(p->rest, d, NULL)) == want &&
	       together(bpf_run(p->filters[0].insns, d, NULL),
			bpf_run(p->filters[1].insns, d, NULL)) == want;
}

static uint64_t seed;

static uint64_t
dice(uint64_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed % n;
}

static const uint64_t values[] = {
	0,
	1,
	2,
	3,
	HAND_OVER - 1,
	HAND_OVER,
	HAND_OVER + 1,
	0x7fffffff,
	0x80000000,
	0xffffffff,
	0x100000000,
	0x100000000 + HAND_OVER,
	0xffffffff00000000,
	UINT64_MAX,
};

/* A register: one of these, or near a constant of the rule. */
static uint64_t
some_value(const struct policy_rule *rule)
{
	const struct policy_clause *c;
	const struct policy_atom *a;
	uint64_t near;

	if (rule == NULL || rule->n_clauses == 0 || dice(2) == 0)
		return values[dice(sizeof(values) / sizeof(values[0]))];
	c = &rule->clauses[dice(rule->n_clauses)];
	if (c->n_atoms == 0)
		return values[dice(sizeof(values) / sizeof(values[0]))];
	a = &c->atoms[dice(c->n_atoms)];
	near = a->value + dice(3) - 1;
	return dice(4) == 0 ? near | (uint64_t)1 << (32 + dice(32)) : near;
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
static size_t
wrong_at_hand_over(const struct pair *p)
{
	static const char *const names[] = { "sendmsg", "seccomp", "execve" };
	const struct calls_arch *host = calls_arch_host();
	struct seccomp_data d = { .arch = host->token };
	size_t n = sizeof(values) / sizeof(values[0]), wrong = 0;
	uint32_t nr;

	for (size_t i = 0; i < 3; i++) {
		assert_true(calls_number(host, names[i], &nr));
		d.nr = (int)nr;
		for (size_t k = 0; k < n * n; k++) {
			d.args[0] = values[k / n];
			d.args[1] = values[k % n];
			wrong += !is_right(p, &d);
		}
		wrong += wrong_at(p, host->token, nr, 200);
	}
	return wrong;
}

/* How many calls of a grid get another answer than they should. */
static size_t
wrong_answers(const struct pair *p)
{
	size_t wrong = wrong_at_hand_over(p);

	for (size_t a = 0; calls_arch_at(a) != NULL; a++) {
		const struct calls_arch *arch = calls_arch_at(a);

		for (uint32_t nr = 0; nr < 512; nr++)
			wrong += wrong_at(p, arch->token, arch->bit | nr, 4);
		wrong += wrong_at(p, arch->token, UINT32_MAX, 4);
		wrong += wrong_at(p, arch->token, 0x3fffffff, 4);
	}
	return wrong + wrong_at(p, 0x12345678, 1, 4);
}

/* With the pair, the child can do what it must, whatever the policy says. */
static void
assert_child_can_go_on(const struct pair *p)
{
	const struct calls_arch *host = calls_arch_host();
	struct seccomp_data d = { .arch = host->token };
	uint32_t nr;

	assert_true(calls_number(host, "seccomp", &nr));
	d.nr = (int)nr;
	assert_int_equal(bpf_run(p->filters[0].insns, &d, NULL),
			 SECCOMP_RET_ALLOW);
	assert_true(calls_number(host, "sendmsg", &nr));
	d.nr = (int)nr;
	d.args[0] = HAND_OVER;
	assert_int_equal(bpf_run(p->filters[0].insns, &d, NULL),
			 SECCOMP_RET_ALLOW);
}

static void
check(const struct policy *policy)
{
	struct pair p;

	pair_make(&p, policy);
	assert_int_equal(wrong_answers(&p), 0);
	assert_child_can_go_on(&p);
	pair_done(&p);
}

static struct policy *
parsed(const char *text)
{
	const struct load_options options = { .file = "p" };
	struct policy *policy = NULL;
	struct caisson_error err;

	if (load_text(text, strlen(text), &options, &policy, &err) < 0)
		fail_msg("%s", err.msg);
	return policy;
}

static void
shipped_profiles_are_split_rightly(void **state)
{
	const struct load_options options = { .file = NULL };
	size_t n = 0;

	(void)state;
	seed = 4711;
	for (; text_profile_at(n) != NULL; n++) {
		struct policy *policy = NULL;
		struct caisson_error err;

		if (load_profile(text_profile_at(n), &options, &policy, &err) <
		    0)
			fail_msg("%s", err.msg);
		check(policy);
		policy_free(policy);
	}
	assert_true(n > 0);
}

static const uint32_t actions[] = {
	SECCOMP_RET_ALLOW,         SECCOMP_RET_LOG,
	SECCOMP_RET_TRAP,          SECCOMP_RET_KILL_THREAD,
	SECCOMP_RET_KILL_PROCESS,  SECCOMP_RET_ERRNO,
	SECCOMP_RET_ERRNO | EPERM, SECCOMP_RET_ERRNO | ENOSYS,
};

static uint32_t
some_action(void)
{
	return actions[dice(sizeof(actions) / sizeof(actions[0]))];
}

static struct policy_atom
some_atom(void)
{
	struct policy_atom a = { .arg = (uint8_t)dice(2),
				 .op = (uint8_t)(1 + dice(9)),
				 .width = dice(2) == 0 ? 32 : 64 };

	a.value = values[dice(sizeof(values) / sizeof(values[0]))];
	if (a.width == 32)
		a.value &= UINT32_MAX;
	if (a.op == POLICY_MASKED) {
		a.mask = values[dice(sizeof(values) / sizeof(values[0]))];
		if (a.width == 32)
			a.mask &= UINT32_MAX;
		a.value &= a.mask;
	}
	return a;
}

static void
add_rule(struct policy_arch *arch, uint32_t nr)
{
	struct policy_rule *rule = policy_add_rule(arch, nr);
	size_t n = dice(4);

	assert_non_null(rule);
	for (size_t i = 0; i < n; i++) {
		struct policy_atom atoms[2] = { some_atom(), some_atom() };
		struct policy_clause c = { .atoms = atoms,
					   .n_atoms = dice(3),
					   .action = some_action() };

		assert_int_equal(policy_add_clause(rule, &c), 0);
	}
}

static void
fill(struct policy_arch *arch)
{
	static const char *const names[] = { "sendmsg",  "seccomp", "execve",
					     "execveat", "read",    "mount" };
	uint32_t nr;

	arch->default_action = some_action();
	arch->unknown_action = some_action();
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (dice(3) > 0 && calls_number(arch->calls, names[i], &nr))
			add_rule(arch, nr);
	for (size_t i = dice(20); i > 0; i--)
		add_rule(arch, arch->calls->bit | (uint32_t)dice(460));
}

static void
random_policies_are_split_rightly(void **state)
{
	static const char *const others[] = { "x86", "x32", "aarch64" };

	(void)state;
	seed = 20;
	for (int i = 0; i < 60; i++) {
		struct policy *policy = policy_new();

		assert_non_null(policy);
		policy->foreign_action = some_action();
		fill(policy_add_arch(policy, calls_arch_host()));
		for (size_t k = 0; k < 3; k++)
			if (dice(3) == 0)
				fill(policy_add_arch(policy, calls_arch_by_name(
								 others[k])));
		check(policy);
		policy_free(policy);
	}
}

static void
what_must_not_be_reported_is_refused_all_the_same(void **state)
{
	struct policy *policy =
	    parsed("@default kill-process\nexit_group: allow\n"
		   "execve: return EACCES\nsendmsg: return EPIPE\n"
		   "seccomp: return EINVAL\nmount: return EPERM\n");
	const struct calls_arch *host = calls_arch_host();
	struct seccomp_data d = { .arch = host->token };
	static const struct {
		const char *name;
		uint64_t arg;
		uint32_t want;
	} cases[] = {
		{ "execve", 0, SECCOMP_RET_ERRNO | EACCES },
		{ "execveat", 0, SECCOMP_RET_KILL_PROCESS },
		{ "sendmsg", HAND_OVER, SECCOMP_RET_ERRNO | EPIPE },
		{ "sendmsg", 0x100000000 + HAND_OVER,
		  SECCOMP_RET_ERRNO | EPIPE },
		{ "sendmsg", HAND_OVER + 1, SECCOMP_RET_USER_NOTIF },
		{ "seccomp", 0, SECCOMP_RET_ERRNO | EINVAL },
		{ "mount", 0, SECCOMP_RET_USER_NOTIF },
		{ "read", 0, SECCOMP_RET_USER_NOTIF },
		{ "exit_group", 0, SECCOMP_RET_ALLOW },
	};
	struct pair p;

	(void)state;
	pair_make(&p, policy);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint32_t nr;

		assert_true(calls_number(host, cases[i].name, &nr));
		d.nr = (int)nr;
		d.args[0] = cases[i].arg;
		assert_int_equal(together(bpf_run(p.filters[0].insns, &d, NULL),
					  bpf_run(p.filters[1].insns, &d,
						  NULL)),
				 cases[i].want);
	}
	pair_done(&p);
	policy_free(policy);
}

/* The checks above can fail: without the second filter, and with a first one
 * that asks where it must not. */
static void
a_missing_half_is_noticed(void **state)
{
	struct policy *policy = parsed("@default return EPERM\n"
				       "{execve, exit_group}: allow\n");
	const struct calls_arch *host = calls_arch_host();
	struct policy_arch *arch;
	struct pair p;
	uint32_t nr;

	(void)state;
	seed = 3;
	pair_make(&p, policy);
	assert_int_equal(wrong_at_hand_over(&p), 0);
	policy_free(p.rest);
	p.rest = policy_new();
	assert_non_null(p.rest);
	p.rest->foreign_action = SECCOMP_RET_ALLOW;
	assert_true(wrong_at_hand_over(&p) > 0);
	pair_done(&p);

	memset(&p, 0, sizeof(p));
	pair_make(&p, policy);
	arch = policy_add_arch(p.notify, host);
	assert_true(calls_number(host, "execve", &nr));
	assert_int_equal(policy_put_first(policy_add_rule(arch, nr),
					  &(struct policy_clause){
					      .action =
						  SECCOMP_RET_USER_NOTIF }),
			 0);
	assert_true(wrong_at_hand_over(&p) > 0);
	pair_done(&p);
	policy_free(policy);
}

static void
refused(struct policy *policy, const char *message)
{
	struct policy *notify = NULL, *rest = NULL;
	struct caisson_error err;

	assert_int_equal(filter_derive_notify(policy, HAND_OVER, &notify, &rest,
					      &err),
			 CAISSON_E_POLICY);
	assert_string_equal(err.msg, message);
	assert_null(notify);
	assert_null(rest);
	policy_free(policy);
}

static void
a_policy_that_asks_somebody_else_is_refused(void **state)
{
	struct policy *policy = parsed("@default return EPERM\n"
				       "{execve, exit_group}: allow\n"
				       "mount: trace\n");

	(void)state;
	refused(policy, "p:3: trace asks somebody else: it cannot "
			"stand beside refusals that are reported");
	policy = parsed("@default return EPERM\n"
			"{execve, exit_group}: allow\n"
			"mount: arg0 == 1; user-notify\n");
	refused(policy, "p:3: user-notify asks somebody else: it "
			"cannot stand beside refusals that are reported");
	policy = parsed("@default user-notify\n"
			"{execve, exit_group}: allow\n");
	refused(policy, "p:1: user-notify asks somebody else: it "
			"cannot stand beside refusals that are reported");
	policy = policy_new();
	assert_non_null(policy);
	refused(policy,
		"seccomp profile: the policy says nothing about this machine's "
		"architecture");
}

static void
a_descriptor_is_needed(void **state)
{
	struct policy *policy = policy_new(), *notify = NULL, *rest = NULL;
	struct caisson_error err;

	(void)state;
	assert_int_equal(filter_derive_notify(policy, -1, &notify, &rest, &err),
			 CAISSON_E_USAGE);
	policy_free(policy);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shipped_profiles_are_split_rightly),
		cmocka_unit_test(random_policies_are_split_rightly),
		cmocka_unit_test(
		    what_must_not_be_reported_is_refused_all_the_same),
		cmocka_unit_test(a_missing_half_is_noticed),
		cmocka_unit_test(a_policy_that_asks_somebody_else_is_refused),
		cmocka_unit_test(a_descriptor_is_needed),
	};

	return cmocka_run_group_tests_name("derive", tests, NULL, NULL);
}
