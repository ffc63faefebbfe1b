/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The settings that refuse a few calls, whatever the lists say: each would be
 * a filter of its own, and the strictest answer counts.
 */
#include "policy/import/unit.h"

#include "base/err.h"

#include <errno.h>
#include <string.h>

#define PERSONALITY_X86 8 /* PER_LINUX32 */

int
unit_refuse(struct unit *unit, const struct unit_refusal *refusal)
{
	struct policy_clause clause = {
		.atoms = refusal->atoms,
		.n_atoms = refusal->n,
		.action = SECCOMP_RET_ERRNO | (uint32_t)refusal->value,
		.origin = { .file = refusal->archs },
	};
	uint32_t line;
	size_t name;

	if (!unit_find_name(unit, refusal->name, &name))
		return 0;
	/* An errno of the lists counts, for theirs is the last filter. */
	if (rules_compare_actions(unit_answer(unit, name, &line),
				  clause.action) <= 0)
		return 0;
	if (rules_label(&unit->rules, &clause.origin.line, "line %u",
			unit_line(unit, refusal->setting->at)) < 0 ||
	    rules_add(&unit->rules, refusal->name, &clause) < 0)
		return unit_no_memory(unit);
	return 0;
}

static int
refuse_name(struct unit *unit, const struct unit_setting *setting,
	    const char *name)
{
	struct unit_refusal refusal = { .setting = setting,
					.name = name,
					.value = EPERM };

	return unit_refuse(unit, &refusal);
}

static int
refuse_member(struct unit *unit, size_t name, void *arg)
{
	return refuse_name(unit, arg, unit->names[name]);
}

/* Names and groups that are refused when a setting is on. */
struct intent {
	enum unit_key key;
	const char *refused[3];
};

static const struct intent intents[] = {
	{ UNIT_CLOCK, { "@clock", NULL, NULL } },
	{ UNIT_HOSTNAME, { "sethostname", "setdomainname", NULL } },
	{ UNIT_KERNEL_LOGS, { "syslog", NULL, NULL } },
	{ UNIT_KERNEL_MODULES, { "@module", NULL, NULL } },
	{ UNIT_KERNEL_TUNABLES, { "_sysctl", NULL, NULL } },
	{ UNIT_PRIVATE_DEVICES, { "@raw-io", NULL, NULL } },
};

/* NULL in *setting: it is off, or not there. */
static int
read_switch(struct unit *unit, enum unit_key key,
	    const struct unit_setting **setting)
{
	bool on = false;
	int r = 0;

	*setting = unit_last(unit, key);
	if (*setting != NULL)
		r = unit_read_bool(unit, *setting, &on);
	if (!on)
		*setting = NULL;
	return r;
}

static int
refuse_all(struct unit *unit, const struct unit_setting *setting,
	   const struct intent *intent)
{
	struct unit_setting copy = *setting;
	int r = 0;

	for (size_t i = 0; r == 0 && intent->refused[i] != NULL; i++) {
		const char *one = intent->refused[i];

		if (one[0] == '@')
			r = unit_each_member(unit, one, refuse_member, &copy);
		else
			r = refuse_name(unit, setting, one);
	}
	return r;
}

/* What is none of normal, batch and idle; the flag for fork counts as well. */
static int
restrict_realtime(struct unit *unit, const struct unit_setting *setting)
{
	struct policy_atom atoms[] = {
		{ .arg = 1, .op = POLICY_NE, .value = 0 },
		{ .arg = 1, .op = POLICY_NE, .value = 3 },
		{ .arg = 1, .op = POLICY_NE, .value = 5 },
	};
	struct unit_refusal refusal = {
		.setting = setting,
		.name = "sched_setscheduler",
		.atoms = atoms,
		.n = sizeof(atoms) / sizeof(atoms[0]),
		.value = EPERM,
	};

	unit_remark(unit, setting->at,
		    "sched_setattr has its policy in memory and is not "
		    "restricted");
	return unit_refuse(unit, &refusal);
}

static int
lock_personality(struct unit *unit, const struct unit_setting *setting)
{
	const struct unit_setting *chosen = unit_last(unit, UNIT_PERSONALITY);
	struct policy_atom atom = { .arg = 0, .op = POLICY_NE };
	struct unit_refusal refusal = {
		.setting = setting,
		.name = "personality",
		.atoms = &atom,
		.n = 1,
		.value = EPERM,
	};
	struct unit_word word;
	size_t at = chosen == NULL ? 0 : chosen->at;

	if (chosen != NULL && unit_next_word(unit, chosen, &at, &word) &&
	    strcmp(word.text, "x86") == 0 && unit->options->arch->is_64)
		atom.value = PERSONALITY_X86;
	return unit_refuse(unit, &refusal);
}

struct restriction {
	enum unit_key key;
	int (*run)(struct unit *unit, const struct unit_setting *setting);
};

static const struct restriction restrictions[] = {
	{ UNIT_MEMORY, unit_restrict_memory },
	{ UNIT_SUID_SGID, unit_restrict_modes },
	{ UNIT_REALTIME, restrict_realtime },
	{ UNIT_LOCK_PERSONALITY, lock_personality },
};

int
unit_read_intents(struct unit *unit)
{
	const struct unit_setting *setting;
	int r = 0;

	for (size_t i = 0; r == 0 && i < sizeof(intents) / sizeof(intents[0]);
	     i++) {
		r = read_switch(unit, intents[i].key, &setting);
		if (r == 0 && setting != NULL)
			r = refuse_all(unit, setting, &intents[i]);
	}
	for (size_t i = 0;
	     r == 0 && i < sizeof(restrictions) / sizeof(restrictions[0]);
	     i++) {
		r = read_switch(unit, restrictions[i].key, &setting);
		if (r == 0 && setting != NULL)
			r = restrictions[i].run(unit, setting);
	}
	if (r == 0)
		r = unit_restrict_families(unit);
	if (r == 0)
		r = unit_restrict_namespaces(unit);
	return r;
}
