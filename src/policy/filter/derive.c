/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The two policies of a launch that reports its refusals, made from the one
 * that it was given.  Only policies: nothing is compiled or loaded here.
 *
 * The first asks the launcher where the policy refuses, so it must let the
 * listener through to it, and the second filter in.  The second closes these
 * two ways again.  The kernel takes the strictest answer of all filters, and
 * an errno or a kill is stricter than a notification.
 *
 * Of two notifications it takes that of the filter loaded last, and when the
 * launcher is gone it would give another listener to who asks: the program
 * could then answer its own refused calls, and let them go on.  So the first
 * one never lets it have a listener.
 */
#include "policy/filter.h"

#include "base/err.h"
#include "policy/calls.h"

#include <errno.h>

/* What is asked about.  A trap stays: nobody else can deliver its signal. */
static bool
is_refusal(uint32_t action)
{
	switch (action & SECCOMP_RET_ACTION_FULL) {
	case SECCOMP_RET_ERRNO:
	case SECCOMP_RET_KILL_THREAD:
	case SECCOMP_RET_KILL_PROCESS:
		return true;
	default:
		return false;
	}
}

static uint32_t
asked(uint32_t action)
{
	return is_refusal(action) ? SECCOMP_RET_USER_NOTIF : action;
}

static int
too_long(const char *name, struct caisson_error *err)
{
	return err_set(err, CAISSON_E_POLICY, CAISSON_STAGE_PROFILE, 0,
		       "%s: no memory, or too many rules, for refusals that "
		       "are reported",
		       name);
}

/* Another supervisor's answers: there can be one listener only. */
static int
check_action(const struct policy *policy, uint32_t action,
	     struct policy_origin at, struct caisson_error *err)
{
	uint32_t full = action & SECCOMP_RET_ACTION_FULL;
	const char *file = "policy";
	char name[32];
	int r;

	if (full != SECCOMP_RET_TRACE && full != SECCOMP_RET_USER_NOTIF)
		return 0;
	if (at.file < policy->n_files)
		file = policy->files[at.file];
	r = err_set(err, CAISSON_E_POLICY, CAISSON_STAGE_POLICY, 0,
		    "%s:%u: %s asks somebody else: it cannot stand beside "
		    "refusals that are reported",
		    file, at.line, policy_action_text(action, name));
	if (err != NULL)
		err->line = at.line;
	return r;
}

static int
check_rule(const struct policy *policy, const struct policy_rule *rule,
	   struct caisson_error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < rule->n_clauses; i++)
		r = check_action(policy, rule->clauses[i].action,
				 rule->clauses[i].origin, err);
	return r;
}

static int
check_arch(const struct policy *policy, const struct policy_arch *arch,
	   struct caisson_error *err)
{
	int r = check_action(policy, arch->default_action, arch->default_origin,
			     err);

	if (r == 0)
		r = check_action(policy, arch->unknown_action,
				 arch->unknown_origin, err);
	for (size_t i = 0; r == 0 && i < arch->n_rules; i++)
		r = check_rule(policy, &arch->rules[i], err);
	return r;
}

static int
check(const struct policy *policy, struct caisson_error *err)
{
	const struct policy_origin nowhere = { UINT16_MAX, 0 };
	int r = check_action(policy, policy->foreign_action, nowhere, err);

	for (size_t i = 0; r == 0 && i < policy->n_archs; i++)
		r = check_arch(policy, &policy->archs[i], err);
	return r;
}

/* The default becomes a clause of the rule, so that it stays as it is. */
static int
spell_out_default(struct policy_arch *arch, const char *name)
{
	struct policy_clause last = { .action = arch->default_action,
				      .origin = arch->default_origin };
	struct policy_rule *rule;
	uint32_t nr;

	if (!calls_number(arch->calls, name, &nr))
		return 0;
	rule = policy_add_rule(arch, nr);
	return rule == NULL ? -1 : policy_add_clause(rule, &last);
}

static bool
is_call(const struct policy_arch *arch, const char *name, uint32_t nr)
{
	uint32_t other;

	return calls_number(arch->calls, name, &other) && nr == other;
}

/* They come without a listener that anybody serves: their launch needs them. */
static bool
is_exec(const struct policy_arch *arch, uint32_t nr)
{
	return is_call(arch, "execve", nr) || is_call(arch, "execveat", nr);
}

static int
ask_where_refused(struct policy_arch *arch, struct caisson_error *err)
{
	if (spell_out_default(arch, "execve") < 0 ||
	    spell_out_default(arch, "execveat") < 0)
		return too_long("execve", err);
	for (size_t i = 0; i < arch->n_rules; i++) {
		struct policy_rule *rule = &arch->rules[i];

		if (is_exec(arch, rule->nr))
			continue;
		for (size_t c = 0; c < rule->n_clauses; c++)
			rule->clauses[c].action =
			    asked(rule->clauses[c].action);
	}
	arch->default_action = asked(arch->default_action);
	arch->unknown_action = asked(arch->unknown_action);
	return 0;
}

/* The first argument of sendmsg, an int, compared with the descriptor. */
static struct policy_atom
descriptor(enum policy_op op, int hand_over)
{
	return (struct policy_atom){ .arg = 0,
				     .op = (uint8_t)op,
				     .width = 32,
				     .value = (uint64_t)hand_over };
}

/* The second argument of seccomp, an int of flags: does it want a listener? */
static struct policy_atom
listener_wanted(bool is_wanted)
{
	const uint32_t flag = SECCOMP_FILTER_FLAG_NEW_LISTENER;

	if (is_wanted)
		return (struct policy_atom){
			.arg = 1, .op = POLICY_ANY, .width = 32, .value = flag
		};
	return (struct policy_atom){
		.arg = 1, .op = POLICY_MASKED, .width = 32, .mask = flag
	};
}

static int
put_first(struct policy_arch *arch, const char *name, struct policy_atom *atom,
	  uint32_t action)
{
	struct policy_clause first = { .atoms = atom,
				       .n_atoms = atom != NULL,
				       .action = action };
	struct policy_rule *rule;
	uint32_t nr;

	if (!calls_number(arch->calls, name, &nr))
		return -1;
	rule = policy_add_rule(arch, nr);
	return rule == NULL ? -1 : policy_put_first(rule, &first);
}

/* As the kernel says it, as long as there is one. */
static int
refuse_listeners(struct policy *notify, struct caisson_error *err)
{
	struct policy_atom is_wanted = listener_wanted(true);

	for (size_t i = 0; i < notify->n_archs; i++)
		if (put_first(&notify->archs[i], "seccomp", &is_wanted,
			      SECCOMP_RET_ERRNO | EBUSY) < 0)
			return too_long("seccomp", err);
	return 0;
}

static int
make_notify(struct policy *notify, struct policy_arch *host, int hand_over,
	    struct caisson_error *err)
{
	struct policy_atom is_ours = descriptor(POLICY_EQ, hand_over);
	int r = 0;

	for (size_t i = 0; r == 0 && i < notify->n_archs; i++)
		r = ask_where_refused(&notify->archs[i], err);
	if (r < 0)
		return r;
	if (put_first(host, "sendmsg", &is_ours, SECCOMP_RET_ALLOW) < 0)
		return too_long("sendmsg", err);
	if (put_first(host, "seccomp", NULL, SECCOMP_RET_ALLOW) < 0)
		return too_long("seccomp", err);
	return refuse_listeners(notify, err);
}

/* All that the policy says about one call, its default included. */
static int
copy_call(const struct policy_arch *from, struct policy_arch *to,
	  const char *name)
{
	const struct policy_rule *rule;
	struct policy_rule *copy;
	uint32_t nr;

	if (!calls_number(from->calls, name, &nr))
		return -1;
	copy = policy_add_rule(to, nr);
	if (copy == NULL)
		return -1;
	rule = policy_find_rule(from, nr);
	for (size_t i = 0; rule != NULL && i < rule->n_clauses; i++)
		if (policy_add_clause(copy, &rule->clauses[i]) < 0)
			return -1;
	return policy_add_clause(copy, &(struct policy_clause){
					   .action = from->default_action,
					   .origin = from->default_origin });
}

/* What the first filter opened or closes for all: as the policy has it. */
static int
put_back(const struct policy_arch *from, struct policy_arch *to, int hand_over)
{
	struct policy_atom is_not_ours = descriptor(POLICY_NE, hand_over);
	struct policy_atom is_not_wanted = listener_wanted(false);

	to->default_action = to->unknown_action = SECCOMP_RET_ALLOW;
	if (copy_call(from, to, "seccomp") < 0)
		return -1;
	if (from->calls != calls_arch_host())
		return put_first(to, "seccomp", &is_not_wanted,
				 SECCOMP_RET_ALLOW);
	if (copy_call(from, to, "sendmsg") < 0)
		return -1;
	return put_first(to, "sendmsg", &is_not_ours, SECCOMP_RET_ALLOW);
}

static int
make_rest(const struct policy *policy, int hand_over, struct policy *rest)
{
	uint16_t ignored;

	for (size_t i = 0; i < policy->n_files; i++)
		if (policy_add_file(rest, policy->files[i], &ignored) < 0)
			return -1;
	rest->foreign_action = SECCOMP_RET_ALLOW;
	for (size_t i = 0; i < policy->n_archs; i++) {
		const struct policy_arch *from = &policy->archs[i];
		struct policy_arch *to = policy_add_arch(rest, from->calls);

		if (to == NULL || put_back(from, to, hand_over) < 0)
			return -1;
	}
	return 0;
}

static struct policy_arch *
host_of(struct policy *policy)
{
	for (size_t i = 0; i < policy->n_archs; i++)
		if (policy->archs[i].calls == calls_arch_host())
			return &policy->archs[i];
	return NULL;
}

static int
derive(const struct policy *policy, int hand_over, struct policy *notify,
       struct policy *rest, struct caisson_error *err)
{
	struct policy_arch *host = host_of(notify);

	if (host == NULL)
		return err_set(err, CAISSON_E_POLICY, CAISSON_STAGE_PROFILE, 0,
			       "the policy says nothing about this machine's "
			       "architecture");
	if (make_rest(policy, hand_over, rest) < 0)
		return too_long("sendmsg", err);
	return make_notify(notify, host, hand_over, err);
}

int
filter_derive_notify(const struct policy *policy, int hand_over,
		     struct policy **notify, struct policy **rest,
		     struct caisson_error *err)
{
	struct policy *first, *second;
	int r;

	if (hand_over < 0)
		return err_usage(err, "a descriptor to hand over is needed");
	r = check(policy, err);
	if (r < 0)
		return r;
	first = policy_copy(policy);
	second = policy_new();
	if (first == NULL || second == NULL)
		r = err_no_memory(err, CAISSON_STAGE_PROFILE);
	else
		r = derive(policy, hand_over, first, second, err);
	if (r < 0) {
		policy_free(first);
		policy_free(second);
		return r;
	}
	*notify = first;
	*rest = second;
	return 0;
}
