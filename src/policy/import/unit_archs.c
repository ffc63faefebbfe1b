/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For which architectures a unit's filters are: those that the machine runs,
 * or those that are named; its own always.  And the names of their calls.
 */
#include "policy/import/mux.h"
#include "policy/import/unit.h"

#include "base/err.h"

#include <stdlib.h>
#include <string.h>

/* What a machine runs beside its own. */
struct family {
	const char *own, *others[3];
};

static const struct family families[] = {
	{ "x86_64", { "x86", "x32", NULL } },
	{ "aarch64", { "arm", NULL, NULL } },
	{ "mips64", { "mips", "mips64n32", NULL } },
	{ "mipsel64", { "mipsel", "mipsel64n32", NULL } },
	{ "ppc64", { "ppc", NULL, NULL } },
	{ "s390x", { "s390", NULL, NULL } },
	{ "parisc64", { "parisc", NULL, NULL } },
};

static void
add_arch(struct unit *unit, const struct calls_arch *arch)
{
	struct rules *rules = &unit->rules;

	for (size_t i = 0; i < rules->n_archs; i++)
		if (rules->archs[i] == arch)
			return;
	if (arch != NULL && rules->n_archs < POLICY_ARCHS_MAX)
		rules->archs[rules->n_archs++] = arch;
}

static void
add_family(struct unit *unit)
{
	const char *own = unit->options->arch->name;

	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++)
		for (size_t j = 0; families[i].others[j] != NULL; j++)
			if (strcmp(families[i].own, own) == 0)
				add_arch(unit, calls_arch_by_name(
						   families[i].others[j]));
}

static int
add_word(struct unit *unit, const struct unit_word *word)
{
	const struct calls_arch *arch = calls_arch_by_name(word->text);
	int r = unit_count_word(unit, word->at);

	if (r < 0 || strcmp(word->text, "native") == 0)
		return r;
	if (arch == NULL)
		return unit_wrong(unit, word->at, "not an architecture: %s",
				  word->text);
	add_arch(unit, arch);
	return 0;
}

static int
add_words(struct unit *unit, const struct unit_setting *setting, bool *any)
{
	size_t at = setting->at;
	struct unit_word word;
	int r = 0;

	*any = *any || setting->len > 0;
	while (r == 0 && unit_next_word(unit, setting, &at, &word))
		r = add_word(unit, &word);
	if (r == 0 && setting->len == 0) {
		unit->rules.n_archs = 1;
		*any = false;
	}
	return r;
}

static int
compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int
collect_names(struct unit *unit)
{
	const struct rules *rules = &unit->rules;
	size_t room = 0, n = 0, kept = 0, mux = 0;

	for (size_t i = 0; i < rules->n_archs; i++)
		room += rules->archs[i]->n;
	while (mux_name_at(rules, mux) != NULL)
		mux++;
	unit->names = calloc(room + mux + 1, sizeof(*unit->names));
	if (unit->names == NULL)
		return unit_no_memory(unit);
	for (size_t i = 0; i < rules->n_archs; i++)
		for (size_t j = 0; j < rules->archs[i]->n; j++)
			unit->names[n++] =
			    calls_name(rules->archs[i],
				       rules->archs[i]->by_number[j].nr);
	for (size_t i = 0; i < mux; i++)
		unit->names[n++] = mux_name_at(rules, i);
	qsort(unit->names, n, sizeof(*unit->names), compare_names);
	for (size_t i = 0; i < n; i++)
		if (kept == 0 ||
		    strcmp(unit->names[kept - 1], unit->names[i]) != 0)
			unit->names[kept++] = unit->names[i];
	unit->n_names = kept;
	return 0;
}

int
unit_read_archs(struct unit *unit)
{
	bool any = false;

	add_arch(unit, unit->options->arch);
	for (size_t i = 0; i < unit->n_settings; i++) {
		const struct unit_setting *setting = &unit->settings[i];
		int r;

		if (setting->key != UNIT_SYSCALL_ARCHITECTURES)
			continue;
		r = add_words(unit, setting, &any);
		if (r < 0)
			return r;
	}
	if (!any)
		add_family(unit);
	return collect_names(unit);
}

bool
unit_find_name(const struct unit *unit, const char *name, size_t *out)
{
	const char *const *found = bsearch(&name, unit->names, unit->n_names,
					   sizeof(*unit->names), compare_names);

	if (found == NULL)
		return false;
	*out = (size_t)(found - unit->names);
	return true;
}
