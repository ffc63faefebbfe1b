/* SPDX-License-Identifier: Apache-2.0 */
/* mkcalls: what its parts share.  Not part of the library. */
#ifndef POLICY_DATA_GEN_H
#define POLICY_DATA_GEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GEN_NAME_MAX  32 /* as in struct calls_entry */
#define GEN_CALLS_MAX 1024 /* of an architecture */
#define GEN_ALL_MAX   32768 /* of all architectures */

struct gen_call {
	uint32_t nr;
	char name[GEN_NAME_MAX];
};

struct gen_arch {
	const char *name;
	uint32_t scmp; /* libseccomp's token */
	uint32_t token; /* the kernel's */
	uint32_t first; /* the number that 0 is of other architectures */
	struct gen_call calls[GEN_CALLS_MAX];
	size_t n;
};

void gen_die(const char *fmt, ...)
    __attribute__((format(printf, 1, 2), noreturn));

/* The i-th architecture that this libseccomp knows; NULL: no more. */
struct gen_arch *gen_arch_at(size_t i);
/* NULL: this libseccomp does not know it. */
struct gen_arch *gen_arch_named(const char *name);
/* Every name and number of libseccomp. */
void gen_archs_read(void);
void gen_arch_add(struct gen_arch *arch, const char *name, uint32_t nr);

/* The file of names that are newer than libseccomp. */
void gen_newer_read(const char *path);

#endif
