/* SPDX-License-Identifier: Apache-2.0 */
/*
 * MemoryDenyWriteExecute= and RestrictSUIDSGID=: calls that are refused by the
 * bits of one argument.
 */
#include "policy/import/unit.h"

#include "base/err.h"

#include <errno.h>
#include <string.h>

#define WRITE_EXECUTE 6 /* PROT_WRITE | PROT_EXEC */
#define EXECUTE       4
#define SHM_EXECUTE   0x8000
#define SET_ID        0xc00 /* S_ISUID | S_ISGID */

/* Which architectures take the call's arguments from memory; bits. */
static uint16_t
old_mmap_archs(const struct unit *unit)
{
	static const char *const names[] = { "x86", "s390", "m68k" };
	unsigned bits = 0;

	for (size_t i = 0; i < unit->rules.n_archs; i++)
		for (size_t j = 0; j < sizeof(names) / sizeof(names[0]); j++)
			if (strcmp(unit->rules.archs[i]->name, names[j]) == 0)
				bits |= 1u << i;
	return (uint16_t)bits;
}

static uint16_t
other_archs(const struct unit *unit, uint16_t bits)
{
	return (uint16_t)(((1u << unit->rules.n_archs) - 1) & ~(unsigned)bits);
}

struct bits {
	const char *name;
	uint64_t all; /* these bits together */
	uint64_t any; /* one of these */
	uint16_t archs;
	uint8_t arg;
};

static int
refuse_bits(struct unit *unit, const struct unit_setting *setting,
	    const struct bits *bits)
{
	struct policy_atom atoms[2];
	struct unit_refusal refusal = {
		.setting = setting,
		.name = bits->name,
		.atoms = atoms,
		.value = EPERM,
		.archs = bits->archs,
	};

	if (bits->all != 0)
		atoms[refusal.n++] = (struct policy_atom){
			.arg = bits->arg,
			.op = POLICY_MASKED,
			.mask = bits->all,
			.value = bits->all,
		};
	if (bits->any != 0)
		atoms[refusal.n++] = (struct policy_atom){
			.arg = bits->arg,
			.op = POLICY_ANY,
			.value = bits->any,
		};
	return unit_refuse(unit, &refusal);
}

int
unit_restrict_memory(struct unit *unit, const struct unit_setting *setting)
{
	uint16_t old = old_mmap_archs(unit);
	struct bits rows[] = {
		{ "mmap", WRITE_EXECUTE, 0, other_archs(unit, old), 2 },
		{ "mmap2", WRITE_EXECUTE, 0, 0, 2 },
		{ "mprotect", 0, EXECUTE, 0, 2 },
		{ "pkey_mprotect", 0, EXECUTE, 0, 2 },
		{ "shmat", 0, SHM_EXECUTE, 0, 2 },
		{ "mmap", 0, 0, old, 0 },
	};
	size_t n = sizeof(rows) / sizeof(rows[0]);
	int r = 0;

	if (old == 0)
		n--;
	for (size_t i = rows[0].archs == 0; r == 0 && i < n; i++)
		r = refuse_bits(unit, setting, &rows[i]);
	return r;
}

/* A mode, where a file is made by open. */
static int
refuse_open(struct unit *unit, const struct unit_setting *setting,
	    const char *name, uint8_t flags_arg)
{
	bool differs = false;
	uint64_t create = 0;
	struct policy_atom atoms[] = {
		{ .arg = flags_arg, .op = POLICY_ANY },
		{ .arg = (uint8_t)(flags_arg + 1),
		  .op = POLICY_ANY,
		  .value = SET_ID },
	};
	struct unit_refusal refusal = {
		.setting = setting,
		.name = name,
		.atoms = atoms,
		.n = 2,
		.value = EPERM,
	};

	if (!calls_constant(unit->options->arch, "O_CREAT", &create, &differs))
		return unit_wrong(unit, setting->at,
				  "O_CREAT is not known for %s",
				  unit->options->arch->name);
	atoms[0].value = create;
	return unit_refuse(unit, &refusal);
}

int
unit_restrict_modes(struct unit *unit, const struct unit_setting *setting)
{
	static const struct bits rows[] = {
		{ "chmod", 0, SET_ID, 0, 1 },
		{ "fchmod", 0, SET_ID, 0, 1 },
		{ "fchmodat", 0, SET_ID, 0, 2 },
		{ "fchmodat2", 0, SET_ID, 0, 2 },
		{ "mkdir", 0, SET_ID, 0, 1 },
		{ "mkdirat", 0, SET_ID, 0, 2 },
		{ "mknod", 0, SET_ID, 0, 1 },
		{ "mknodat", 0, SET_ID, 0, 2 },
		{ "creat", 0, SET_ID, 0, 1 },
	};
	struct unit_refusal openat2 = { .setting = setting,
					.name = "openat2",
					.value = ENOSYS };
	int r = 0;

	for (size_t i = 0; r == 0 && i < sizeof(rows) / sizeof(rows[0]); i++)
		r = refuse_bits(unit, setting, &rows[i]);
	if (r == 0)
		r = refuse_open(unit, setting, "open", 1);
	if (r == 0)
		r = refuse_open(unit, setting, "openat", 2);
	if (r == 0)
		r = unit_refuse(unit, &openat2);
	return r;
}
