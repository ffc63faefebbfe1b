/* SPDX-License-Identifier: Apache-2.0 */
/*
 *	atk UID GID GROUP,... [CONDITION[=VALUE]...] -- LAUNCHER
 *
 * From root, becomes that user, brings about hostile start conditions and
 * becomes the launcher, whose socket is on 3.  What comes of it is for others
 * to see.  99: a condition could not be set.
 */
#include "atk.h"

#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#define PHASES 5

noreturn void
atk_fail(const char *what)
{
	(void)dprintf(2, "atk: %s: %s\n", what, strerror(errno));
	_exit(99);
}

void
atk_check(long result, const char *what)
{
	if (result < 0)
		atk_fail(what);
}

/* The number that *text begins with; *text is behind it and one more. */
unsigned long
atk_number(const char **text)
{
	char *end;
	unsigned long value = strtoul(*text, &end, 0);

	if (end == *text)
		atk_fail(*text);
	*text = *end == '\0' ? end : end + 1;
	return value;
}

void *
atk_memory(size_t size)
{
	void *memory = calloc(1, size);

	if (memory == NULL)
		atk_fail("memory");
	return memory;
}

static void
become(const char *uid, const char *gid, const char *list, struct atk *atk)
{
	gid_t groups[64];
	size_t n = 0;

	while (*list != '\0' && n < 64)
		groups[n++] = (gid_t)atk_number(&list);
	atk->uid = (unsigned)atk_number(&uid);
	atk->gid = (unsigned)atk_number(&gid);
	atk_check(setgroups(n, groups), "setgroups");
	atk_check(setresgid(atk->gid, atk->gid, atk->gid), "setresgid");
	atk_check(setresuid(atk->uid, atk->uid, atk->uid), "setresuid");
	/* as an ordinary program, whose /proc is its own */
	atk_check(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0), "dumpable");
}

static const struct atk_condition *
find(const struct atk_condition *table, const char *word, const char **value)
{
	size_t len = strcspn(word, "=");

	*value = word[len] == '=' ? word + len + 1 : word + len;
	for (; table->name != NULL; table++)
		if (strlen(table->name) == len &&
		    strncmp(table->name, word, len) == 0)
			return table;
	return NULL;
}

static void
set_phase(struct atk *atk, char **words, int phase)
{
	for (; strcmp(*words, "--") != 0; words++) {
		const char *value;
		const struct atk_condition *c =
		    find(atk_context, *words, &value);

		if (c == NULL)
			c = find(atk_objects, *words, &value);
		if (c == NULL) {
			errno = EINVAL;
			atk_fail(*words);
		}
		if (c->phase == phase)
			c->set(atk, value);
	}
}

int
main(int argc, char **argv)
{
	static char *nothing[] = { NULL };
	char *args[] = { (char[]){ "caisson-launcher" }, NULL };
	struct atk atk = { .argv = args, .envp = nothing };
	char **words = argv + 4;

	if (argc < 6 || strcmp(argv[argc - 2], "--") != 0)
		return 99;
	set_phase(&atk, words, 0);
	become(argv[1], argv[2], argv[3], &atk);
	for (int phase = 1; phase < PHASES; phase++)
		set_phase(&atk, words, phase);
	(void)execve(argv[argc - 1], atk.argv, atk.envp);
	/* nothing may be left to say it with */
	return errno == EACCES ? 126 : 127;
}
