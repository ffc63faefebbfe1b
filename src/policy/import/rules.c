/* SPDX-License-Identifier: Apache-2.0 */
/* Rules by name, between a foreign format and policy text.  Decides nothing. */
#include "policy/import/rules.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
call_done(struct rules_call *call)
{
	for (size_t i = 0; i < call->n; i++)
		free(call->clauses[i].atoms);
	free(call->clauses);
	free(call->name);
}

void
rules_done(struct rules *rules)
{
	for (size_t i = 0; i < rules->n_calls; i++)
		call_done(&rules->calls[i]);
	for (size_t i = 0; i < rules->n_labels; i++)
		free(rules->labels[i]);
	free(rules->calls);
	free(rules->labels);
	memset(rules, 0, sizeof(*rules));
}

bool
rules_has(const struct rules *rules, const char *name)
{
	uint32_t nr;

	for (size_t i = 0; i < rules->n_archs; i++)
		if (calls_number(rules->archs[i], name, &nr))
			return true;
	return false;
}

bool
rules_is_for(const struct policy_clause *clause, size_t i)
{
	return clause->origin.file == 0 ||
	       ((clause->origin.file >> i) & 1) != 0;
}

/* Where the name is in the table of slots, or would be. */
static size_t
find_slot(const struct rules *rules, const char *name)
{
	uint32_t hash = 2166136261u; /* FNV-1a */
	size_t i;

	for (const char *c = name; *c != '\0'; c++)
		hash = (hash ^ (unsigned char)*c) * 16777619u;
	for (i = hash % RULES_SLOTS; rules->slots[i] != 0;
	     i = (i + 1) % RULES_SLOTS)
		if (strcmp(rules->calls[rules->slots[i] - 1].name, name) == 0)
			break;
	return i;
}

struct rules_call *
rules_find(const struct rules *rules, const char *name)
{
	uint16_t slot = rules->slots[find_slot(rules, name)];

	return slot == 0 ? NULL : &rules->calls[slot - 1];
}

/* Room for one more element; false: no memory. */
static bool
make_room(void **array, size_t n, size_t *room, size_t size)
{
	size_t more = *room == 0 ? 4 : 2 * *room;
	void *p;

	if (n < *room)
		return true;
	p = reallocarray(*array, more, size);
	if (p == NULL)
		return false;
	*array = p;
	*room = more;
	return true;
}

int
rules_label(struct rules *rules, uint32_t *out, const char *fmt, ...)
{
	void *array = rules->labels;
	va_list args;
	char *text = NULL;
	int n;

	if (!make_room(&array, rules->n_labels, &rules->room_labels,
		       sizeof(*rules->labels)))
		return -1;
	rules->labels = array;
	va_start(args, fmt);
	n = vasprintf(&text, fmt, args);
	va_end(args);
	if (n < 0)
		return -1;
	*out = (uint32_t)rules->n_labels;
	rules->labels[rules->n_labels++] = text;
	return 0;
}

static struct rules_call *
find_or_make(struct rules *rules, const char *name)
{
	struct rules_call *call = rules_find(rules, name);
	void *array = rules->calls;
	size_t slot;
	char *copy;

	if (call != NULL)
		return call;
	if (rules->n_calls >= RULES_SLOTS / 2)
		return NULL;
	if (!make_room(&array, rules->n_calls, &rules->room_calls,
		       sizeof(*rules->calls)))
		return NULL;
	rules->calls = array;
	if (rules->calls == NULL)
		return NULL;
	copy = strdup(name);
	if (copy == NULL)
		return NULL;
	slot = find_slot(rules, name);
	call = &rules->calls[rules->n_calls++];
	*call = (struct rules_call){ .name = copy };
	rules->slots[slot] = (uint16_t)rules->n_calls;
	return call;
}

static int
add_at(struct rules *rules, const char *name, bool first,
       const struct policy_clause *clause)
{
	struct rules_call *call = find_or_make(rules, name);
	size_t size = clause->n_atoms * sizeof(*clause->atoms);
	struct policy_atom *atoms = NULL;
	void *array;
	size_t at;

	if (call == NULL || rules->n_clauses >= RULES_CLAUSES_MAX)
		return -1;
	array = call->clauses;
	if (!make_room(&array, call->n, &call->room, sizeof(*call->clauses)))
		return -1;
	call->clauses = array;
	if (size > 0) {
		atoms = malloc(size);
		if (atoms == NULL)
			return -1;
		memcpy(atoms, clause->atoms, size);
	}
	at = first ? 0 : call->n;
	memmove(&call->clauses[at + 1], &call->clauses[at],
		(call->n - at) * sizeof(*call->clauses));
	call->clauses[at] = *clause;
	call->clauses[at].atoms = atoms;
	call->n++;
	rules->n_clauses++;
	return 0;
}

int
rules_add(struct rules *rules, const char *name,
	  const struct policy_clause *clause)
{
	return add_at(rules, name, false, clause);
}

int
rules_add_first(struct rules *rules, const char *name,
		const struct policy_clause *clause)
{
	return add_at(rules, name, true, clause);
}

void
rules_drop(struct rules *rules, const char *name, size_t index)
{
	struct rules_call *call = rules_find(rules, name);

	if (call == NULL || index >= call->n)
		return;
	free(call->clauses[index].atoms);
	call->n--;
	rules->n_clauses--;
	memmove(&call->clauses[index], &call->clauses[index + 1],
		(call->n - index) * sizeof(*call->clauses));
}

void
rules_clear(struct rules *rules, const char *name)
{
	struct rules_call *call = rules_find(rules, name);

	while (call != NULL && call->n > 0)
		rules_drop(rules, name, call->n - 1);
}

/* The kernel compares them as signed numbers: killing is below zero. */
int
rules_compare_actions(uint32_t a, uint32_t b)
{
	int32_t x = (int32_t)(a & SECCOMP_RET_ACTION_FULL);
	int32_t y = (int32_t)(b & SECCOMP_RET_ACTION_FULL);

	return (x > y) - (x < y);
}
