/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The architectures and their system calls, as libseccomp tells them by
 * number: its answers by name are negative for calls that an architecture has
 * not, and for those that libseccomp would translate into socketcall and ipc.
 */
#include "policy/data/gen/gen.h"

#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define X32_BIT     0x40000000u
#define NUMBERS     2048u /* are asked for, from the first one */
#define ARM_FIRST   0x0f0000u /* private to arm, and few */
#define ARM_NUMBERS 16u

/* Names, and where numbers begin if not at 0. */
static struct gen_arch archs[] = {
	{ .name = "x86_64" },
	{ .name = "x86" },
	{ .name = "x32", .first = X32_BIT },
	{ .name = "aarch64" },
	{ .name = "arm" },
	{ .name = "loongarch64" },
	{ .name = "m68k" },
	{ .name = "mips", .first = 4000 },
	{ .name = "mips64", .first = 5000 },
	{ .name = "mips64n32", .first = 6000 },
	{ .name = "mipsel", .first = 4000 },
	{ .name = "mipsel64", .first = 5000 },
	{ .name = "mipsel64n32", .first = 6000 },
	{ .name = "parisc" },
	{ .name = "parisc64" },
	{ .name = "ppc" },
	{ .name = "ppc64" },
	{ .name = "ppc64le" },
	{ .name = "riscv64" },
	{ .name = "s390" },
	{ .name = "s390x" },
	{ .name = "sh" },
	{ .name = "sheb" },
};

static size_t n_archs;

struct gen_arch *
gen_arch_at(size_t i)
{
	return i < n_archs ? &archs[i] : NULL;
}

struct gen_arch *
gen_arch_named(const char *name)
{
	for (size_t i = 0; i < n_archs; i++)
		if (strcmp(archs[i].name, name) == 0)
			return &archs[i];
	return NULL;
}

void
gen_arch_add(struct gen_arch *arch, const char *name, uint32_t nr)
{
	struct gen_call *call = &arch->calls[arch->n];
	int len;

	if (arch->n == GEN_CALLS_MAX)
		gen_die("%s has too many calls", arch->name);
	for (size_t i = 0; i < arch->n; i++)
		if (arch->calls[i].nr == nr ||
		    strcmp(arch->calls[i].name, name) == 0)
			gen_die("%s: %s and %s are number %u", arch->name, name,
				arch->calls[i].name, nr);
	call->nr = nr;
	len = snprintf(call->name, sizeof(call->name), "%s", name);
	if (len < 0 || (size_t)len >= sizeof(call->name))
		gen_die("%s is too long", name);
	arch->n++;
}

static void
read_range(struct gen_arch *arch, uint32_t first, uint32_t n)
{
	for (uint32_t nr = first; nr < first + n; nr++) {
		char *name =
		    seccomp_syscall_resolve_num_arch(arch->scmp, (int)nr);

		if (name != NULL)
			gen_arch_add(arch, name, nr);
		free(name);
	}
}

/* What libseccomp finds by name must be there. */
static void
check_name(const struct gen_arch *arch, const char *name)
{
	int nr = seccomp_syscall_resolve_name_arch(arch->scmp, name);

	if (nr < 0)
		return;
	for (size_t i = 0; i < arch->n; i++)
		if (arch->calls[i].nr == (uint32_t)nr &&
		    strcmp(arch->calls[i].name, name) == 0)
			return;
	gen_die("%s: %s is %d by name only", arch->name, name, nr);
}

static void
check(const struct gen_arch *arch)
{
	for (size_t i = 0; i < n_archs; i++)
		for (size_t j = 0; j < archs[i].n; j++)
			check_name(arch, archs[i].calls[j].name);
}

void
gen_archs_read(void)
{
	for (size_t i = 0; i < sizeof(archs) / sizeof(archs[0]); i++) {
		struct gen_arch *arch = &archs[n_archs];

		*arch = archs[i];
		arch->scmp = seccomp_arch_resolve_name(arch->name);
		if (arch->scmp == 0)
			continue;
		arch->token = arch->scmp;
		if (arch->first == X32_BIT)
			arch->token = SCMP_ARCH_X86_64;
		read_range(arch, arch->first, NUMBERS);
		if (arch->scmp == SCMP_ARCH_ARM)
			read_range(arch, ARM_FIRST, ARM_NUMBERS);
		n_archs++;
	}
	for (size_t i = 0; i < n_archs; i++)
		check(&archs[i]);
}
