/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reader of policy/syscalls: "NAME NUMBER [ARCH...]" a line.  A name that
 * libseccomp knows by now must have the same number there.
 */
#include "policy/data/gen/gen.h"

#include <fcntl.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define TEXT_MAX 65536

static char *
read_text(const char *path)
{
	static char text[TEXT_MAX];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (n <= 0 || (size_t)n == sizeof(text) - 1 || text[n - 1] != '\n')
		gen_die("%s: cannot read, too long, or no text", path);
	(void)close(fd);
	return text;
}

static uint32_t
number(const char *word)
{
	uint32_t value = 0;

	for (const char *p = word; *p != '\0'; p++) {
		if (*p < '0' || *p > '9' || p - word == 6)
			gen_die("not a number: %s", word);
		value = value * 10 + (uint32_t)(*p - '0');
	}
	return value;
}

/* Does libseccomp know the name?  Then it knows better who has the call. */
static bool
is_known(const char *name, uint32_t nr)
{
	bool known = false;
	struct gen_arch *arch;

	for (size_t i = 0; (arch = gen_arch_at(i)) != NULL; i++) {
		int there = seccomp_syscall_resolve_name_arch(arch->scmp, name);

		if (there >= 0 && (uint32_t)there != arch->first + nr)
			gen_die("%s is number %d on %s for libseccomp", name,
				there, arch->name);
		if (there != __NR_SCMP_ERROR)
			known = true;
	}
	return known;
}

static void
add_everywhere(const char *name, uint32_t nr)
{
	struct gen_arch *arch;

	for (size_t i = 0; (arch = gen_arch_at(i)) != NULL; i++)
		gen_arch_add(arch, name, arch->first + nr);
}

static void
read_line(char *line)
{
	char *rest = line;
	const char *name = strsep(&rest, " "), *nr = strsep(&rest, " ");
	const char *word;
	uint32_t value;

	if (nr == NULL || *nr == '\0')
		gen_die("not a name and a number: %s", name);
	value = number(nr);
	if (is_known(name, value))
		return;
	if (rest == NULL)
		add_everywhere(name, value);
	while ((word = strsep(&rest, " ")) != NULL) {
		struct gen_arch *arch = gen_arch_named(word);

		if (arch != NULL)
			gen_arch_add(arch, name, arch->first + value);
	}
}

void
gen_newer_read(const char *path)
{
	char *text = read_text(path), *line;

	while ((line = strsep(&text, "\n")) != NULL)
		if (*line != '#' && *line != '\0')
			read_line(line);
}
