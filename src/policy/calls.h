/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The names and numbers of system calls, by architecture, and how wide the
 * kernel takes their arguments.  Tables made during the build from libseccomp
 * (policy/syscalls adds the names that are newer than it); nothing is looked
 * up at run time but these.
 */
#ifndef POLICY_CALLS_H
#define POLICY_CALLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* x32 calls have this bit; the number -1 has it too, but is no call at all. */
#define CALLS_X32_BIT 0x40000000u
#define CALLS_NONE    0xffffffffu

/* The name is in the entry: tables without pointers need no relocations. */
struct calls_entry {
	uint32_t nr; /* as in struct seccomp_data */
	char name[32];
};

/* One architecture: "x86_64", "x86", "x32", "aarch64", "arm", "riscv64"... */
struct calls_arch {
	const char *name; /* as libseccomp spells it */
	uint32_t token; /* AUDIT_ARCH_*; x32 shares x86_64's */
	uint32_t bit; /* CALLS_X32_BIT for x32, else 0 */
	bool is_64; /* arguments are 64 bits wide */
	bool big_endian;
	const struct calls_entry *by_number; /* sorted */
	const uint16_t *by_name; /* indices of by_number, sorted by strcmp */
	size_t n;
	uint32_t end; /* one more than the highest number, without the bit */
};

/* The i-th of all; NULL: no more. */
const struct calls_arch *calls_arch_at(size_t i);
/* By libseccomp's name, SCMP_ARCH_ name, systemd's or uname's; NULL: none. */
const struct calls_arch *calls_arch_by_name(const char *name);
/* The one that this library was built for. */
const struct calls_arch *calls_arch_host(void);
/*
 * By what the kernel reports of a call.  A number with the x32 bit is x32's,
 * but -1, which a tracer leaves behind to cancel a call, is x86_64's.
 */
const struct calls_arch *calls_arch_of(uint32_t token, uint32_t nr);

bool
calls_number(const struct calls_arch *arch, const char *name, uint32_t *out);
const char *calls_name(const struct calls_arch *arch, uint32_t nr);
/* Is there an architecture that has a call of this name? */
bool calls_is_name(const char *name);
/* The nearest name, for "did you mean"; NULL: none is near. */
const char *calls_nearest(const struct calls_arch *arch, const char *name);

/*
 * Bits of the register that the kernel looks at, from the types in its own
 * definitions: 32 for int and unsigned int and where it goes on without the
 * upper half of a long, 64 for the rest and where a call is not known.  Always
 * 32 on 32-bit architectures.
 */
unsigned
calls_width(const struct calls_arch *arch, const char *name, unsigned arg);

/*
 * The system call groups of policy/groups: "@basic-io" has these members,
 * names and other groups with their "@".  NULL at the end; NULL: no group.
 */
const char *const *calls_group(const char *name);
const char *calls_group_at(size_t i); /* "@aio"...; NULL: no more */
const char *calls_group_summary(const char *name); /* one line; NULL: none */

/*
 * Constants by name, "AF_INET", "CLONE_NEWNS", "PR_SET_DUMPABLE": the values
 * of the headers this was built with.  False: no such name, or (differs true)
 * one that has another value on arch than where this was built.
 */
bool calls_constant(const struct calls_arch *arch, const char *name,
		    uint64_t *out, bool *differs);
const char *calls_nearest_constant(const char *name);

/* "EPERM" is 1, and back; NULL: a number without a name. */
bool calls_errno(const char *name, int *out);
const char *calls_errno_name(int value);

#endif
