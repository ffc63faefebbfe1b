/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The policy in memory: made, copied, freed.  Every array grows one by one;
 * policies are small and made seldom.
 */
#include "policy/policy.h"

#include "policy/calls.h"
#include "policy/notes.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

struct policy *
policy_new(void)
{
	struct policy *policy = calloc(1, sizeof(*policy));

	if (policy != NULL)
		policy->foreign_action = SECCOMP_RET_KILL_PROCESS;
	return policy;
}

static void
rule_done(struct policy_rule *rule)
{
	for (size_t i = 0; i < rule->n_clauses; i++)
		free(rule->clauses[i].atoms);
	free(rule->clauses);
}

static void
arch_done(struct policy_arch *arch)
{
	for (size_t i = 0; i < arch->n_rules; i++)
		rule_done(&arch->rules[i]);
	free(arch->rules);
}

void
policy_free(struct policy *policy)
{
	if (policy == NULL)
		return;
	for (size_t i = 0; i < policy->n_archs; i++)
		arch_done(&policy->archs[i]);
	for (size_t i = 0; i < policy->n_files; i++)
		free(policy->files[i]);
	free(policy->files);
	notes_free(policy->notes);
	free(policy);
}

/* Many small ones, some of which were larger: the allocator knows. */
static size_t
block_bytes(void *block)
{
	return block != NULL ? malloc_usable_size(block) + sizeof(size_t) : 0;
}

static size_t
arch_bytes(const struct policy_arch *arch)
{
	size_t bytes = block_bytes(arch->rules);

	for (size_t i = 0; i < arch->n_rules; i++) {
		const struct policy_rule *rule = &arch->rules[i];

		bytes += block_bytes(rule->clauses);
		for (size_t j = 0; j < rule->n_clauses; j++)
			bytes += block_bytes(rule->clauses[j].atoms);
	}
	return bytes;
}

size_t
policy_bytes(const struct policy *policy)
{
	size_t bytes = sizeof(*policy) + block_bytes(policy->files);

	for (size_t i = 0; i < policy->n_archs; i++)
		bytes += arch_bytes(&policy->archs[i]);
	for (size_t i = 0; i < policy->n_files; i++)
		bytes += block_bytes(policy->files[i]);
	return bytes;
}

int
policy_add_file(struct policy *policy, const char *name, uint16_t *out)
{
	char **files;

	if (policy->n_files > UINT16_MAX)
		return -1;
	files =
	    reallocarray(policy->files, policy->n_files + 1, sizeof(*files));
	if (files == NULL)
		return -1;
	policy->files = files;
	files[policy->n_files] = strdup(name);
	if (files[policy->n_files] == NULL)
		return -1;
	*out = (uint16_t)policy->n_files++;
	return 0;
}

struct policy_arch *
policy_add_arch(struct policy *policy, const struct calls_arch *calls)
{
	struct policy_arch *arch;

	for (size_t i = 0; i < policy->n_archs; i++)
		if (policy->archs[i].calls == calls)
			return &policy->archs[i];
	if (policy->n_archs == POLICY_ARCHS_MAX)
		return NULL;
	arch = &policy->archs[policy->n_archs++];
	*arch = (struct policy_arch){
		.calls = calls,
		.default_action = SECCOMP_RET_KILL_PROCESS,
		.unknown_action = SECCOMP_RET_KILL_PROCESS,
	};
	return arch;
}

/* The place of nr, or where it would stand. */
static size_t
place_of(const struct policy_arch *arch, uint32_t nr)
{
	size_t low = 0, high = arch->n_rules;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (arch->rules[middle].nr < nr)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct policy_rule *
policy_find_rule(const struct policy_arch *arch, uint32_t nr)
{
	size_t at = place_of(arch, nr);

	if (at < arch->n_rules && arch->rules[at].nr == nr)
		return &arch->rules[at];
	return NULL;
}

struct policy_rule *
policy_add_rule(struct policy_arch *arch, uint32_t nr)
{
	size_t at = place_of(arch, nr);
	struct policy_rule *rules;

	if (at < arch->n_rules && arch->rules[at].nr == nr)
		return &arch->rules[at];
	rules = reallocarray(arch->rules, arch->n_rules + 1, sizeof(*rules));
	if (rules == NULL)
		return NULL;
	arch->rules = rules;
	memmove(rules + at + 1, rules + at,
		(arch->n_rules - at) * sizeof(*rules));
	arch->n_rules++;
	rules[at] = (struct policy_rule){ .nr = nr };
	return &rules[at];
}

static int
insert(struct policy_rule *rule, size_t at, const struct policy_clause *clause)
{
	struct policy_clause *clauses, new = *clause;

	if (rule->n_clauses == POLICY_CLAUSES_MAX ||
	    clause->n_atoms > POLICY_ATOMS_MAX)
		return -1;
	clauses =
	    reallocarray(rule->clauses, rule->n_clauses + 1, sizeof(*clauses));
	if (clauses == NULL)
		return -1;
	rule->clauses = clauses;
	new.atoms = NULL;
	if (new.n_atoms > 0) {
		new.atoms = reallocarray(NULL, new.n_atoms, sizeof(*new.atoms));
		if (new.atoms == NULL)
			return -1;
		memcpy(new.atoms, clause->atoms,
		       new.n_atoms * sizeof(*new.atoms));
	}
	memmove(clauses + at + 1, clauses + at,
		(rule->n_clauses - at) * sizeof(*clauses));
	clauses[at] = new;
	rule->n_clauses++;
	return 0;
}

int
policy_add_clause(struct policy_rule *rule, const struct policy_clause *clause)
{
	return insert(rule, rule->n_clauses, clause);
}

int
policy_put_first(struct policy_rule *rule, const struct policy_clause *clause)
{
	return insert(rule, 0, clause);
}

static int
copy_rules(struct policy_arch *to, const struct policy_arch *from)
{
	for (size_t i = 0; i < from->n_rules; i++) {
		const struct policy_rule *rule = &from->rules[i];
		struct policy_rule *new = policy_add_rule(to, rule->nr);

		if (new == NULL)
			return -1;
		new->weight = rule->weight;
		for (size_t c = 0; c < rule->n_clauses; c++)
			if (policy_add_clause(new, &rule->clauses[c]) < 0)
				return -1;
	}
	return 0;
}

static int
copy_arch(struct policy *to, const struct policy_arch *from)
{
	struct policy_arch *arch = policy_add_arch(to, from->calls);

	if (arch == NULL)
		return -1;
	arch->default_action = from->default_action;
	arch->unknown_action = from->unknown_action;
	arch->default_origin = from->default_origin;
	arch->unknown_origin = from->unknown_origin;
	return copy_rules(arch, from);
}

struct policy *
policy_copy(const struct policy *policy)
{
	struct policy *copy = policy_new();
	int r = copy == NULL ? -1 : 0;
	uint16_t ignored;

	for (size_t i = 0; r == 0 && i < policy->n_files; i++)
		r = policy_add_file(copy, policy->files[i], &ignored);
	for (size_t i = 0; r == 0 && i < policy->n_archs; i++)
		r = copy_arch(copy, &policy->archs[i]);
	if (r < 0) {
		policy_free(copy);
		return NULL;
	}
	copy->foreign_action = policy->foreign_action;
	return copy;
}
