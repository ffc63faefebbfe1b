/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Architectures by the names that people and programs have for them, and by
 * what the kernel reports.  Looks up, keeps nothing.
 */
#include "policy/data/data.h"

#include <string.h>

/* Names that are not libseccomp's. */
static const struct {
	const char *other, *name;
} aliases[] = {
	/* uname's, Debian's, Go's */
	{ "amd64", "x86_64" },
	{ "i386", "x86" },
	{ "i486", "x86" },
	{ "i586", "x86" },
	{ "i686", "x86" },
	{ "386", "x86" },
	{ "arm64", "aarch64" },
	{ "armhf", "arm" },
	{ "armv6l", "arm" },
	{ "armv7l", "arm" },
	{ "armv8l", "arm" },
	{ "mipsle", "mipsel" },
	{ "mips64le", "mipsel64" },
	{ "mips64el", "mipsel64" },
	{ "ppc64el", "ppc64le" },
	{ "hppa", "parisc" },
	/* systemd's */
	{ "x86-64", "x86_64" },
	{ "mips-le", "mipsel" },
	{ "mips64-le", "mipsel64" },
	{ "ppc64-le", "ppc64le" },
};

const struct calls_arch *
calls_arch_at(size_t i)
{
	return i < data_archs_n ? &data_archs[i] : NULL;
}

const struct calls_arch *
calls_arch_host(void)
{
	return &data_archs[data_host];
}

static const struct calls_arch *
find(const char *name)
{
	for (size_t i = 0; i < data_archs_n; i++)
		if (strcmp(data_archs[i].name, name) == 0)
			return &data_archs[i];
	return NULL;
}

/* "SCMP_ARCH_X86_64": the name in capitals. */
static const struct calls_arch *
find_capitals(const char *name)
{
	char lower[16];
	size_t n = strlen(name);

	if (n >= sizeof(lower))
		return NULL;
	for (size_t i = 0; i <= n; i++) {
		if (name[i] >= 'a' && name[i] <= 'z')
			return NULL;
		lower[i] = name[i];
		if (name[i] >= 'A' && name[i] <= 'Z')
			lower[i] = (char)(name[i] - 'A' + 'a');
	}
	return find(lower);
}

const struct calls_arch *
calls_arch_by_name(const char *name)
{
	static const char prefix[] = "SCMP_ARCH_";

	if (strcmp(name, "native") == 0)
		return calls_arch_host();
	if (strncmp(name, prefix, sizeof(prefix) - 1) == 0)
		return find_capitals(name + sizeof(prefix) - 1);
	for (size_t i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++)
		if (strcmp(aliases[i].other, name) == 0)
			return find(aliases[i].name);
	return find(name);
}

const struct calls_arch *
calls_arch_of(uint32_t token, uint32_t nr)
{
	uint32_t bit = 0;

	if (nr != CALLS_NONE)
		bit = nr & CALLS_X32_BIT;
	for (size_t i = 0; i < data_archs_n; i++)
		if (data_archs[i].token == token &&
		    (data_archs[i].bit == bit || token != data_archs[0].token))
			return &data_archs[i];
	return NULL;
}
