/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an importer has read, by the names of system calls, before it is
 * written as policy text: for each name clauses of which the first that holds
 * decides.
 */
#ifndef IMPORT_RULES_H
#define IMPORT_RULES_H

#include "policy/calls.h"
#include "policy/import/buffer.h"
#include "policy/policy.h"

/* Of all names together: what is written can be read again. */
#define RULES_CLAUSES_MAX 4000

struct rules_call {
	char *name;
	/*
	 * origin.line: a label's index.  origin.file: bit i for archs[i] that
	 * it is for; 0: all of them.
	 */
	struct policy_clause *clauses;
	size_t n, room;
};

/* There are not half as many names of system calls. */
#define RULES_SLOTS 2048

struct rules {
	const struct calls_arch *archs[POLICY_ARCHS_MAX];
	size_t n_archs;
	uint32_t default_action;
	/*
	 * Constants are for the whole register (but x32's and those of 32-bit
	 * architectures); false: for what the kernel looks at.
	 */
	bool whole_registers;
	struct rules_call *calls; /* in the order of their first clause */
	size_t n_calls, room_calls;
	uint16_t slots[RULES_SLOTS]; /* by hash of the name: index + 1 */
	size_t n_clauses;
	char **labels; /* where a clause is from, one line of text */
	size_t n_labels, room_labels;
};

void rules_done(struct rules *rules); /* again is ok */

/* Does any of its architectures have a call of this name? */
bool rules_has(const struct rules *rules, const char *name);
/* Is the clause for archs[i]? */
bool rules_is_for(const struct policy_clause *clause, size_t i);
/* NULL: it has no clause. */
struct rules_call *rules_find(const struct rules *rules, const char *name);

/* -1: no memory.  out is for policy_clause.origin.line. */
int rules_label(struct rules *rules, uint32_t *out, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * Copies name and clause; behind the others, or before them all.  -1: no
 * memory, or more than RULES_CLAUSES_MAX.
 */
int rules_add(struct rules *rules, const char *name,
	      const struct policy_clause *clause);
int rules_add_first(struct rules *rules, const char *name,
		    const struct policy_clause *clause);
void rules_drop(struct rules *rules, const char *name, size_t index);
/* Every clause of a name; the name keeps its place. */
void rules_clear(struct rules *rules, const char *name);

/* Of two actions the one that wins in the kernel comes out below 0. */
int rules_compare_actions(uint32_t a, uint32_t b);

#endif
