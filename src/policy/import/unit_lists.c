/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RestrictAddressFamilies= and RestrictNamespaces=: lists of what may be asked
 * for, or may not, in one argument.
 */
#include "policy/import/unit.h"

#include "base/err.h"

#include <errno.h>
#include <string.h>

#define FAMILIES_MAX      64 /* above all of them */
#define SOCKETCALL_SOCKET 1

struct families {
	const struct unit_setting *setting; /* the last one; NULL: none */
	bool is_set, allows;
	bool member[FAMILIES_MAX];
};

static int
add_family(struct unit *unit, const struct unit_word *word, bool invert,
	   struct families *families)
{
	bool differs;
	uint64_t value = 0;

	if (strncmp(word->text, "AF_", 3) != 0 ||
	    !calls_constant(unit->options->arch, word->text, &value,
			    &differs) ||
	    value >= FAMILIES_MAX) {
		if (invert && !unit->options->ignore_unknown)
			return unit_wrong(unit, word->at,
					  "no address family \"%s\", and this "
					  "line refuses it",
					  word->text);
		unit_remark(unit, word->at, "no address family \"%s\"",
			    word->text);
		return 0;
	}
	families->member[value] = invert != families->allows;
	return 0;
}

static int
add_families(struct unit *unit, const struct unit_setting *setting,
	     struct families *families)
{
	size_t at = setting->at;
	bool invert = setting->len > 0 && unit->copy[at] == '~';
	struct unit_word word;
	int r = 0;

	families->setting = setting;
	if (setting->len == 0) {
		*families = (struct families){ .setting = NULL };
		return 0;
	}
	if (setting->len == 4 && memcmp(unit->copy + at, "none", 4) == 0) {
		*families = (struct families){ setting, true, true, { false } };
		return 0;
	}
	if (!families->is_set)
		families->allows = !invert;
	families->is_set = true;
	at += invert;
	while (r == 0 && unit_next_word(unit, setting, &at, &word)) {
		r = unit_count_word(unit, word.at);
		if (r == 0)
			r = add_family(unit, &word, invert, families);
	}
	return r;
}

/* What is behind socketcall cannot be told apart: all sockets. */
static int
refuse_socketcall(struct unit *unit, const struct unit_setting *setting)
{
	struct policy_atom atom = { .arg = 0,
				    .op = POLICY_EQ,
				    .value = SOCKETCALL_SOCKET };
	struct unit_refusal refusal = {
		.setting = setting,
		.name = "socketcall",
		.atoms = &atom,
		.n = 1,
		.value = EAFNOSUPPORT,
	};
	uint32_t line;
	size_t name;

	/* Where the lists do not speak of it, it is as they say of socket. */
	if (!unit_find_name(unit, "socketcall", &name) ||
	    unit_answer(unit, name, &line) == unit_default(unit))
		return 0;
	unit_remark(unit, setting->at,
		    "socketcall has the family in memory: it makes no sockets "
		    "at all");
	return unit_refuse(unit, &refusal);
}

int
unit_restrict_families(struct unit *unit)
{
	struct families families = { .setting = NULL };
	struct policy_atom atoms[FAMILIES_MAX];
	struct unit_refusal refusal = {
		.name = "socket",
		.atoms = atoms,
		.value = EAFNOSUPPORT,
	};
	int r = 0;

	for (size_t i = 0; r == 0 && i < unit->n_settings; i++)
		if (unit->settings[i].key == UNIT_ADDRESS_FAMILIES)
			r = add_families(unit, &unit->settings[i], &families);
	if (r < 0 || !families.is_set)
		return r;
	refusal.setting = families.setting;
	for (size_t af = 0; r == 0 && af < FAMILIES_MAX; af++) {
		if (!families.member[af])
			continue;
		atoms[refusal.n++] = (struct policy_atom){
			.op = families.allows ? POLICY_NE : POLICY_EQ,
			.value = af,
		};
		if (families.allows)
			continue;
		r = unit_refuse(unit, &refusal);
		refusal.n = 0;
	}
	if (r == 0 && families.allows)
		r = unit_refuse(unit, &refusal);
	if (r == 0)
		r = refuse_socketcall(unit, families.setting);
	return r;
}

struct namespace
{
	const char *name;
	uint64_t flag;
};

static const struct namespace namespaces[] = {
	{ "cgroup", 0x02000000 }, { "ipc", 0x08000000 }, { "net", 0x40000000 },
	{ "mnt", 0x00020000 },    { "pid", 0x20000000 }, { "user", 0x10000000 },
	{ "uts", 0x04000000 },
};
#define ALL_NAMESPACES UINT64_C(0x7e020000)

static int
read_namespace(struct unit *unit, const struct unit_word *word, uint64_t *flags)
{
	int r = unit_count_word(unit, word->at);

	if (r < 0)
		return r;
	for (size_t i = 0; i < sizeof(namespaces) / sizeof(namespaces[0]); i++)
		if (strcmp(namespaces[i].name, word->text) == 0) {
			*flags |= namespaces[i].flag;
			return 0;
		}
	return unit_wrong(unit, word->at,
			  "must be yes, no, or of cgroup ipc net mnt pid user "
			  "uts: %s",
			  word->text);
}

/* retained: the namespaces that may be made. */
static int
read_namespaces(struct unit *unit, const struct unit_setting *setting,
		bool *is_set, uint64_t *retained)
{
	size_t at = setting->at;
	bool invert = setting->len > 0 && unit->copy[at] == '~', on;
	uint64_t flags = 0;
	struct unit_word word;
	int r = 0;

	if (setting->len == 0) {
		*is_set = false;
		return 0;
	}
	if (unit_is_bool(unit, setting, &on)) {
		*is_set = true;
		*retained = on ? 0 : ALL_NAMESPACES;
		return 0;
	}
	at += invert;
	while (r == 0 && unit_next_word(unit, setting, &at, &word))
		r = read_namespace(unit, &word, &flags);
	if (r < 0)
		return r;
	if (!*is_set)
		*retained = invert ? ALL_NAMESPACES & ~flags : flags;
	else
		*retained = invert ? *retained & ~flags : *retained | flags;
	*is_set = true;
	return 0;
}

/* The architectures that take clone's flags second; bits. */
static uint16_t
swapped_clone(const struct unit *unit)
{
	unsigned bits = 0;

	for (size_t i = 0; i < unit->rules.n_archs; i++)
		if (strncmp(unit->rules.archs[i]->name, "s390", 4) == 0)
			bits |= 1u << i;
	return (uint16_t)bits;
}

static int
refuse_flags(struct unit *unit, const struct unit_setting *setting,
	     const char *name, uint8_t arg, uint64_t flags)
{
	uint16_t swapped = swapped_clone(unit);
	struct policy_atom atom = { .arg = arg,
				    .op = POLICY_ANY,
				    .value = flags };
	struct unit_refusal refusal = { .setting = setting,
					.name = name,
					.atoms = &atom,
					.n = 1,
					.value = EPERM };
	int r;

	if (swapped == 0 || strcmp(name, "clone") != 0)
		return unit_refuse(unit, &refusal);
	refusal.archs =
	    (uint16_t)(((1u << unit->rules.n_archs) - 1) & ~(unsigned)swapped);
	r = refusal.archs == 0 ? 0 : unit_refuse(unit, &refusal);
	refusal.archs = swapped;
	atom.arg = 1;
	if (r == 0)
		r = unit_refuse(unit, &refusal);
	return r;
}

/* setns with 0 joins whatever the descriptor is of. */
static int
refuse_setns(struct unit *unit, const struct unit_setting *setting,
	     uint64_t refused)
{
	struct policy_atom atom = { .arg = 1, .op = POLICY_EQ, .value = 0 };
	struct unit_refusal refusal = { .setting = setting,
					.name = "setns",
					.value = EPERM };
	int r;

	if (refused == ALL_NAMESPACES)
		return unit_refuse(unit, &refusal);
	refusal.atoms = &atom;
	refusal.n = 1;
	r = unit_refuse(unit, &refusal);
	return r < 0 ? r : refuse_flags(unit, setting, "setns", 1, refused);
}

int
unit_restrict_namespaces(struct unit *unit)
{
	const struct unit_setting *setting = unit_last(unit, UNIT_NAMESPACES);
	struct unit_refusal clone3 = { .setting = setting,
				       .name = "clone3",
				       .value = ENOSYS };
	uint64_t retained = ALL_NAMESPACES, refused;
	bool is_set = false;
	int r = 0;

	for (size_t i = 0; r == 0 && i < unit->n_settings; i++)
		if (unit->settings[i].key == UNIT_NAMESPACES)
			r = read_namespaces(unit, &unit->settings[i], &is_set,
					    &retained);
	refused = ALL_NAMESPACES & ~retained;
	if (r < 0 || !is_set || refused == 0)
		return r;
	r = unit_refuse(unit, &clone3);
	if (r == 0)
		r = refuse_setns(unit, setting, refused);
	if (r == 0)
		r = refuse_flags(unit, setting, "unshare", 0, refused);
	if (r == 0)
		r = refuse_flags(unit, setting, "clone", 0, refused);
	return r;
}
