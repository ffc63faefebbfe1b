/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mkprofile: a program of the build that turns a policy into the bytes of a
 * filter.  It reads a part of the policy language (the rest is refused with
 * the line): @default and @unknown with "return E", names and numbers, the
 * arch of a name, and as filters allow, return E, or an expression over one
 * argument in one of three forms:
 *
 *	argN == v || argN == w ...
 *	argN != v && argN != w ...
 *	argN in v
 */
#ifndef CONFINE_GEN_GEN_H
#define CONFINE_GEN_GEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GEN_NUMBERS    1024 /* system call numbers that are looked at */
#define GEN_VALUES_MAX 16

enum gen_kind {
	GEN_NONE = 0, /* not in the policy */
	GEN_ALLOW,
	GEN_RETURN, /* error */
	GEN_EQ, /* allowed if equal to any of values, else @default */
	GEN_NE, /* ... if equal to none */
	GEN_IN, /* ... if no bit outside values[0] */
};

struct gen_rule {
	unsigned line;
	enum gen_kind kind;
	int error;
	unsigned arg, width; /* width: bits that the kernel looks at */
	size_t n_values;
	uint64_t values[GEN_VALUES_MAX];
};

struct gen_policy {
	const char *file, *arch_name;
	uint32_t arch; /* SCMP_ARCH_* */
	int default_error, unknown_error; /* 0: not seen yet */
	struct gen_rule rules[GEN_NUMBERS]; /* by number */
};

/* (argument & mask) == value */
struct gen_block {
	uint64_t mask, value;
};

struct gen_blocks {
	size_t n;
	struct gen_block v[1024];
};

/* Say "file:line: text" and end the build. */
void gen_die(const struct gen_policy *policy, unsigned line, const char *fmt,
	     ...) __attribute__((noreturn, format(printf, 3, 4)));

/* text is writable and ends with a NUL. */
void gen_read(struct gen_policy *policy, char *text);

/* The arguments that the rule allows, and all others, as disjoint blocks. */
void gen_lower(const struct gen_rule *rule, struct gen_blocks *allowed,
	       struct gen_blocks *refused);

/* By name; false: not known. */
bool gen_constant(const char *name, uint64_t *out);
bool gen_errno(const char *name, int *out);
/* How wide the kernel takes an argument; 0: not known here. */
unsigned gen_width(const char *call, unsigned arg);

#endif
