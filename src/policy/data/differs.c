/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which constants are not the same on every architecture.  The values are
 * those of the headers that this was built with, so a policy for another
 * architecture may name only what is equal there.  A table of facts about the
 * kernel's headers, and one question.
 */
#include "policy/data/data.h"

#include <string.h>

/* Architectures whose headers say the same. */
enum family {
	FAMILY_GENERIC = 1, /* riscv, s390, loongarch: asm-generic as it is */
	FAMILY_X86 = 2,
	FAMILY_ARM = 4, /* arm and aarch64 */
	FAMILY_POWER = 8,
	FAMILY_MIPS = 16,
	FAMILY_PARISC = 32,
	FAMILY_OTHER = 64, /* m68k, sh */
};

#define ARM_OTHER         (FAMILY_ARM | FAMILY_OTHER)
#define POWER_MIPS_PARISC (FAMILY_POWER | FAMILY_MIPS | FAMILY_PARISC)
#define MIPS_PARISC       (FAMILY_MIPS | FAMILY_PARISC)

/* By the beginning of an architecture's name. */
static const struct {
	const char *prefix;
	unsigned family;
} families[] = {
	{ "x86", FAMILY_X86 },       { "x32", FAMILY_X86 },
	{ "aarch64", FAMILY_ARM },   { "arm", FAMILY_ARM },
	{ "ppc", FAMILY_POWER },     { "mips", FAMILY_MIPS },
	{ "parisc", FAMILY_PARISC }, { "m68k", FAMILY_OTHER },
	{ "sh", FAMILY_OTHER },
};

/*
 * Names (with * at the end: beginnings of names) that these families define
 * otherwise than asm-generic, or that only they have.
 */
static const struct {
	const char *name;
	unsigned families;
} deviations[] = {
	/* asm/fcntl.h */
	{ "O_DIRECTORY", ARM_OTHER | POWER_MIPS_PARISC },
	{ "O_NOFOLLOW", ARM_OTHER | POWER_MIPS_PARISC },
	{ "O_DIRECT", ARM_OTHER | POWER_MIPS_PARISC },
	{ "O_LARGEFILE", ARM_OTHER | POWER_MIPS_PARISC },
	{ "O_TMPFILE", ARM_OTHER | POWER_MIPS_PARISC },
	{ "O_*", MIPS_PARISC },
	{ "F_*", MIPS_PARISC },
	/* asm/mman.h */
	{ "MAP_32BIT", FAMILY_X86 },
	{ "MAP_ABOVE4G", FAMILY_X86 },
	{ "PROT_SAO", FAMILY_POWER },
	{ "PROT_BTI", FAMILY_ARM },
	{ "PROT_MTE", FAMILY_ARM },
	{ "MAP_*", POWER_MIPS_PARISC },
	{ "MCL_*", FAMILY_POWER },
	{ "MADV_*", FAMILY_PARISC },
	{ "PROT_SEM", FAMILY_MIPS },
	/* asm/errno.h is looked up by number; asm/socket.h, asm/sockios.h */
	{ "SO_*", POWER_MIPS_PARISC },
	{ "SCM_*", MIPS_PARISC },
	{ "SOL_SOCKET", MIPS_PARISC },
	{ "SOCK_*", MIPS_PARISC },
	{ "SIOC*", MIPS_PARISC | FAMILY_OTHER },
	/* asm/ioctls.h, asm/termbits.h */
	{ "TIOC*", POWER_MIPS_PARISC | FAMILY_OTHER },
	{ "TC*", POWER_MIPS_PARISC | FAMILY_OTHER },
	{ "FIO*", POWER_MIPS_PARISC | FAMILY_OTHER },
	/* asm/signal.h, asm/resource.h, asm/poll.h, asm/siginfo.h */
	{ "SIG*", MIPS_PARISC },
	{ "SA_*", MIPS_PARISC | FAMILY_ARM },
	{ "SI_*", FAMILY_MIPS },
	{ "RLIMIT_*", FAMILY_MIPS },
	{ "RLIM_INFINITY", FAMILY_MIPS },
	{ "POLL*", MIPS_PARISC | FAMILY_OTHER },
	/* asm/eventfd flags and the like are made of O_CLOEXEC, O_NONBLOCK */
	{ "EFD_*", MIPS_PARISC },
	{ "TFD_*", MIPS_PARISC },
	{ "SFD_*", MIPS_PARISC },
	{ "IN_CLOEXEC", MIPS_PARISC },
	{ "IN_NONBLOCK", MIPS_PARISC },
	{ "EPOLL_CLOEXEC", MIPS_PARISC },
	{ "EPOLL*", MIPS_PARISC | FAMILY_OTHER },
	{ "CLOEXEC*", MIPS_PARISC },
	{ "OPEN_TREE_CLOEXEC", MIPS_PARISC },
	{ "PIDFD_NONBLOCK", MIPS_PARISC },
	/* asm/prctl.h, asm/ptrace.h */
	{ "ARCH_*", FAMILY_X86 },
	{ "MODIFY_LDT_*", FAMILY_X86 },
	{ "PTRACE_GETREGS*", 127 },
	{ "PTRACE_SETREGS*", 127 },
	{ "PTRACE_GETFP*", 127 },
	{ "PTRACE_SETFP*", 127 },
	{ "PTRACE_*_THREAD_AREA", 127 },
	{ "PTRACE_ARCH_PRCTL", FAMILY_X86 },
	{ "PTRACE_SYSEMU*", 127 },
	{ "PTRACE_SINGLEBLOCK", 127 },
	{ "PTRACE_OLDSETOPTIONS", 127 },
	/* asm/shmbuf.h, asm/ipcbuf.h */
	{ "IPC_64", FAMILY_X86 | ARM_OTHER },
};

/* Names whose meaning depends on how wide long and time_t are. */
static const char *const by_word[] = {
	"SO_RCVTIMEO",     "SO_SNDTIMEO",     "SO_TIMESTAMP",
	"SO_TIMESTAMPNS",  "SO_TIMESTAMPING", "F_GETLK64",
	"F_SETLK64",       "F_SETLKW64",      "RLIM_INFINITY",
	"SCM_TIMESTAMP",   "SCM_TIMESTAMPNS", "SCM_TIMESTAMPING",
	"IPC_64",          "RLIM_SAVED_MAX",  "RLIM_SAVED_CUR",
	"RLIM64_INFINITY", "SIOCGSTAMP",      "SIOCGSTAMPNS",
};

bool
data_is_ilp32(const struct calls_arch *arch)
{
	return arch->bit != 0 ||
	       (arch->is_64 && strstr(arch->name, "n32") != NULL);
}

static unsigned
family_of(const struct calls_arch *arch)
{
	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++)
		if (strncmp(arch->name, families[i].prefix,
			    strlen(families[i].prefix)) == 0)
			return families[i].family;
	return FAMILY_GENERIC;
}

/* One star, anywhere. */
static bool
matches(const char *pattern, const char *name)
{
	const char *star = strchr(pattern, '*');
	size_t before, after, n = strlen(name);

	if (star == NULL)
		return strcmp(pattern, name) == 0;
	before = (size_t)(star - pattern);
	after = strlen(star + 1);
	return n >= before + after && strncmp(pattern, name, before) == 0 &&
	       strcmp(star + 1, name + n - after) == 0;
}

static bool
differs_by_word(const char *name, unsigned flags)
{
	if ((flags & DATA_WORD) != 0)
		return true;
	for (size_t i = 0; i < sizeof(by_word) / sizeof(by_word[0]); i++)
		if (strcmp(by_word[i], name) == 0)
			return true;
	return false;
}

static bool
is_word_64(const struct calls_arch *arch)
{
	return arch->is_64 && !data_is_ilp32(arch);
}

bool
data_differs(const struct calls_arch *arch, const char *name, unsigned flags)
{
	const struct calls_arch *host = calls_arch_host();
	unsigned here = family_of(host), there = family_of(arch);

	if (is_word_64(arch) != is_word_64(host) &&
	    differs_by_word(name, flags))
		return true;
	if (here == there)
		return false;
	/* These put the size elsewhere in an ioctl command. */
	if ((flags & DATA_SIZED) != 0 &&
	    ((here | there) & POWER_MIPS_PARISC) != 0)
		return true;
	for (size_t i = 0; i < sizeof(deviations) / sizeof(deviations[0]); i++)
		if ((deviations[i].families & (here | there)) != 0 &&
		    matches(deviations[i].name, name))
			return true;
	return false;
}
