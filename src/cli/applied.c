/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What holds for a process: /proc/PID/status and stat turned into JSON.  It
 * reports what the kernel says and never what was asked for; what cannot be
 * read is absent rather than guessed.
 */
#include "cli/applied.h"

#include "cli/proc.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a file of the process says; NULL: cannot be read.  free() it. */
static char *
read_file(int32_t pid, const char *name)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	return proc_read(path);
}

/* The value of "Name:" at the beginning of a line, whole; NULL: none. */
static const char *
field(const char *text, const char *name)
{
	size_t len = strlen(name);

	for (const char *p = text; p != NULL && *p != '\0';) {
		if (strncmp(p, name, len) == 0 && p[len] == ':') {
			p += len + 1;
			return strchr(p, '\n') != NULL ? p : NULL;
		}
		p = strchr(p, '\n');
		p = p != NULL ? p + 1 : NULL;
	}
	return NULL;
}

/* The numbers up to the end of the line. */
static json_t *
numbers(const char *p)
{
	json_t *list = json_array();
	int64_t value;

	while (list != NULL && proc_number(&p, &value))
		(void)json_array_append_new(list, json_integer(value));
	return list;
}

static json_t *
word(const char *p)
{
	p += strspn(p, " \t");
	return json_stringn(p, strcspn(p, " \t\n"));
}

static void
put_numbers(json_t *out, const char *text, const char *from, const char *to)
{
	const char *value = field(text, from);

	if (value != NULL)
		(void)json_object_set_new(out, to, numbers(value));
}

static void
put_word(json_t *out, const char *text, const char *from, const char *to)
{
	const char *value = field(text, from);

	if (value != NULL)
		(void)json_object_set_new(out, to, word(value));
}

/* The number of a field; -1: there is none. */
static int64_t
integer(const char *text, const char *name)
{
	const char *value = field(text, name);
	int64_t out;

	return value != NULL && proc_number(&value, &out) ? out : -1;
}

static json_t *
capabilities(const char *text)
{
	json_t *sets = json_object();

	put_word(sets, text, "CapInh", "inheritable");
	put_word(sets, text, "CapPrm", "permitted");
	put_word(sets, text, "CapEff", "effective");
	put_word(sets, text, "CapBnd", "bounding");
	put_word(sets, text, "CapAmb", "ambient");
	return sets;
}

static json_t *
seccomp(const char *text)
{
	static const char *const modes[] = { "none", "strict", "filter" };
	json_t *out = json_object();
	int64_t mode = integer(text, "Seccomp");
	int64_t filters = integer(text, "Seccomp_filters");

	if (mode >= 0 && mode <= 2)
		(void)json_object_set_new(out, "mode",
					  json_string(modes[mode]));
	if (filters >= 0)
		(void)json_object_set_new(out, "filters",
					  json_integer(filters));
	return out;
}

static void
put_status(json_t *out, const char *text)
{
	int64_t no_new_privs = integer(text, "NoNewPrivs");

	put_numbers(out, text, "Uid", "uid");
	put_numbers(out, text, "Gid", "gid");
	put_numbers(out, text, "Groups", "groups");
	(void)json_object_set_new(out, "capabilities", capabilities(text));
	if (no_new_privs >= 0)
		(void)json_object_set_new(out, "no_new_privs",
					  json_boolean(no_new_privs == 1));
	(void)json_object_set_new(out, "seccomp", seccomp(text));
	put_word(out, text, "Umask", "umask");
}

static void
put_stat(json_t *out, const char *text)
{
	int64_t pgid, sid, tty, nice;

	/* Fields as proc(5) counts them. */
	if (!proc_stat_field(text, 5, &pgid) ||
	    !proc_stat_field(text, 6, &sid) ||
	    !proc_stat_field(text, 7, &tty) ||
	    !proc_stat_field(text, 19, &nice))
		return;
	(void)json_object_set_new(out, "pgid", json_integer(pgid));
	(void)json_object_set_new(out, "sid", json_integer(sid));
	(void)json_object_set_new(out, "terminal", json_boolean(tty != 0));
	(void)json_object_set_new(out, "nice", json_integer(nice));
}

json_t *
applied_read(int32_t pid)
{
	json_t *out = json_object();
	char *status, *stat;

	if (out == NULL)
		return NULL;
	status = read_file(pid, "status");
	stat = read_file(pid, "stat");
	if (status != NULL)
		put_status(out, status);
	if (stat != NULL)
		put_stat(out, stat);
	free(status);
	free(stat);
	return out;
}
