/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What two filters answer together that were derived from a policy: never
 * "allowed" where it refuses, never less than it allows, and a notification
 * for exactly the refusals but those that must not be one.
 */
#include "pair.h"

#include "policy/load.h"
#include "policy/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

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
	assert_int_equal(pair_wrong_answers(&p), 0);
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
	pair_seed(4711);
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
	return actions[pair_dice(sizeof(actions) / sizeof(actions[0]))];
}

static struct policy_atom
some_atom(void)
{
	struct policy_atom a = { .arg = (uint8_t)pair_dice(2),
				 .op = (uint8_t)(1 + pair_dice(9)),
				 .width = pair_dice(2) == 0 ? 32 : 64 };

	a.value = pair_values[pair_dice(pair_n_values)];
	if (a.width == 32)
		a.value &= UINT32_MAX;
	if (a.op == POLICY_MASKED) {
		a.mask = pair_values[pair_dice(pair_n_values)];
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
	size_t n = pair_dice(4);

	assert_non_null(rule);
	for (size_t i = 0; i < n; i++) {
		struct policy_atom atoms[2] = { some_atom(), some_atom() };
		struct policy_clause c = { .atoms = atoms,
					   .n_atoms = pair_dice(3),
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
		if (pair_dice(3) > 0 &&
		    calls_number(arch->calls, names[i], &nr))
			add_rule(arch, nr);
	for (size_t i = pair_dice(20); i > 0; i--)
		add_rule(arch, arch->calls->bit | (uint32_t)pair_dice(460));
}

static void
random_policies_are_split_rightly(void **state)
{
	static const char *const others[] = { "x86", "x32", "aarch64" };

	(void)state;
	pair_seed(20);
	for (int i = 0; i < 60; i++) {
		struct policy *policy = policy_new();

		assert_non_null(policy);
		policy->foreign_action = some_action();
		fill(policy_add_arch(policy, calls_arch_host()));
		for (size_t k = 0; k < 3; k++)
			if (pair_dice(3) == 0)
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
		assert_int_equal(pair_answer(&p, &d), cases[i].want);
	}
	pair_done(&p);
	policy_free(policy);
}

#define BOTH "@arch x86_64 aarch64\n"

/* What the pair says to a program that asks for a listener, on one machine. */
static void
check_listener(const char *text, const char *arch_name, uint32_t want)
{
	const struct calls_arch *arch = calls_arch_by_name(arch_name);
	struct policy *policy = parsed(text);
	struct seccomp_data d = { .arch = arch->token };
	struct pair p;
	uint32_t nr;

	assert_true(calls_number(arch, "seccomp", &nr));
	d.nr = (int)nr;
	d.args[0] = SECCOMP_SET_MODE_FILTER;
	pair_make(&p, policy);
	d.args[1] = SECCOMP_FILTER_FLAG_NEW_LISTENER |
		    SECCOMP_FILTER_FLAG_TSYNC | (uint64_t)1 << 32;
	assert_int_equal(pair_answer(&p, &d), want);
	/* the control: it is the flag, and the kernel's half of the word */
	d.args[1] = SECCOMP_FILTER_FLAG_TSYNC |
		    (uint64_t)SECCOMP_FILTER_FLAG_NEW_LISTENER << 32;
	if (want == (SECCOMP_RET_ERRNO | EBUSY))
		assert_int_not_equal(pair_answer(&p, &d), want);
	pair_done(&p);
	policy_free(policy);
}

/* With one of its own, it could let its refused calls go on. */
static void
no_architecture_gives_the_program_a_listener(void **state)
{
	static const struct {
		const char *text;
		uint32_t want;
	} cases[] = {
		{ BOTH "@default return EPERM\nseccomp: allow\n",
		  SECCOMP_RET_ERRNO | EBUSY },
		{ BOTH "@denylist\n@default allow\n",
		  SECCOMP_RET_ERRNO | EBUSY },
		{ BOTH "@default return EPERM\nseccomp: log\n",
		  SECCOMP_RET_ERRNO | EBUSY },
		{ BOTH "@denylist\n@default allow\nseccomp: return EINVAL\n",
		  SECCOMP_RET_ERRNO | EINVAL },
		{ BOTH "@denylist\n@default allow\nseccomp: trap\n",
		  SECCOMP_RET_TRAP },
		{ BOTH "@default kill-process\nexit: allow\n",
		  SECCOMP_RET_KILL_PROCESS },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		check_listener(cases[i].text, "x86_64", cases[i].want);
		check_listener(cases[i].text, "aarch64", cases[i].want);
	}
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
	pair_seed(3);
	pair_make(&p, policy);
	assert_int_equal(pair_wrong_at_launch(&p), 0);
	policy_free(p.rest);
	p.rest = policy_new();
	assert_non_null(p.rest);
	p.rest->foreign_action = SECCOMP_RET_ALLOW;
	assert_true(pair_wrong_at_launch(&p) > 0);
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
	assert_true(pair_wrong_at_launch(&p) > 0);
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
		cmocka_unit_test(no_architecture_gives_the_program_a_listener),
		cmocka_unit_test(a_missing_half_is_noticed),
		cmocka_unit_test(a_policy_that_asks_somebody_else_is_refused),
		cmocka_unit_test(a_descriptor_is_needed),
	};

	return cmocka_run_group_tests_name("derive", tests, NULL, NULL);
}
