/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A seccomp policy as everything but its text: for each architecture, for each
 * system call number, a list of clauses of which the first that holds decides.
 * The readers make it, the generator compiles it, the proofs compare against
 * it.  Names have become numbers here; nothing is left to choose.
 *
 * What a policy answers is policy_decide, which is written to be read, not to
 * be fast: it is the meaning that filters are proved against.
 */
#ifndef POLICY_POLICY_H
#define POLICY_POLICY_H

#include "caisson.h"

#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct calls_arch;
struct notes;

#define POLICY_ARCHS_MAX   8
#define POLICY_ATOMS_MAX   64 /* in a clause */
#define POLICY_CLAUSES_MAX 4096 /* in a rule */

enum policy_op {
	POLICY_EQ = 1, /* arg == value */
	POLICY_NE, /* arg != value */
	POLICY_LT, /* arg < value, unsigned as all of these */
	POLICY_LE,
	POLICY_GT,
	POLICY_GE,
	POLICY_ANY, /* (arg & value) != 0 */
	POLICY_IN, /* (arg & ~value) == 0 */
	POLICY_MASKED, /* (arg & mask) == value */
};

/*
 * A comparison.  width 32: the upper half of the register is ignored, as the
 * kernel ignores it for this argument, and value and mask fit in 32 bits.
 */
struct policy_atom {
	uint8_t arg; /* 0 to 5 */
	uint8_t op; /* enum policy_op */
	uint8_t width; /* 32 or 64 */
	uint64_t value;
	uint64_t mask; /* POLICY_MASKED only, else 0 */
};

/* Where something was written: a file of the policy, and a line from 1. */
struct policy_origin {
	uint16_t file; /* index into policy->files */
	uint32_t line; /* 0: nowhere */
};

/* If every atom holds (none: always), the answer is action. */
struct policy_clause {
	struct policy_atom *atoms;
	size_t n_atoms;
	uint32_t action; /* SECCOMP_RET_*, with its data */
	struct policy_origin origin;
};

/* One system call.  No clause holds: the architecture's default_action. */
struct policy_rule {
	uint32_t nr; /* as in struct seccomp_data: x32 with its bit */
	uint32_t weight; /* how often it is called, @frequency; 0: not said */
	struct policy_clause *clauses;
	size_t n_clauses;
};

struct policy_arch {
	const struct calls_arch *calls;
	struct policy_rule *rules; /* sorted by nr, no number twice */
	size_t n_rules;
	uint32_t default_action; /* a call with a name and no rule */
	uint32_t unknown_action; /* a number with neither */
	struct policy_origin default_origin, unknown_origin;
};

struct policy {
	struct policy_arch archs[POLICY_ARCHS_MAX];
	size_t n_archs;
	uint32_t foreign_action; /* every other architecture */
	char **files; /* names, as shown in messages */
	size_t n_files;
	struct notes *notes; /* what the reader had to remark; NULL: nothing */
};

/* Heap; kills everything until told otherwise.  NULL: no memory. */
struct policy *policy_new(void);
void policy_free(struct policy *policy); /* NULL ok */
/* Of memory, but for the notes.  Walks all of it. */
size_t policy_bytes(const struct policy *policy);
/* A copy to be changed: everything but the notes.  NULL: no memory. */
struct policy *policy_copy(const struct policy *policy);

/* -1: no memory.  out is the index for origins. */
int policy_add_file(struct policy *policy, const char *name, uint16_t *out);

/* NULL: no memory, or too many; there twice: the one that is there. */
struct policy_arch *
policy_add_arch(struct policy *policy, const struct calls_arch *calls);

/*
 * The rule of a number, made if there is none (find: NULL if there is none).
 * Valid until the next rule of that architecture is made.  NULL: no memory.
 */
struct policy_rule *policy_add_rule(struct policy_arch *arch, uint32_t nr);
const struct policy_rule *
policy_find_rule(const struct policy_arch *arch, uint32_t nr);

/* Copies the clause, atoms too.  -1: no memory, or POLICY_CLAUSES_MAX. */
int
policy_add_clause(struct policy_rule *rule, const struct policy_clause *clause);
/* The same, before the others. */
int
policy_put_first(struct policy_rule *rule, const struct policy_clause *clause);

/* Which architecture of the policy this call is of; NULL: a foreign one. */
const struct policy_arch *
policy_arch_of(const struct policy *policy, const struct seccomp_data *data);

bool policy_atom_holds(const struct policy_atom *atom, const uint64_t args[6]);

/* The answer, SECCOMP_RET_*; origin (if not NULL) is where it is written. */
uint32_t policy_decide(const struct policy *policy,
		       const struct seccomp_data *data,
		       struct policy_origin *origin);

/*
 * The names of actions, for people and for the policy text: "allow", "return
 * EPERM", "kill-process", "kill-thread", "trap", "trace", "log",
 * "user-notify"; out has room for 32 bytes.
 */
const char *policy_action_text(uint32_t action, char out[32]);

#endif
