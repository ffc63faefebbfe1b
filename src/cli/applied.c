/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What holds for a process: /proc/PID/status and stat turned into JSON.  It
 * reports what the kernel says and never what was asked for; what cannot be
 * read is absent rather than guessed.
 */
#include "cli/applied.h"

#include "base/fd.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* 65536 groups of ten digits would not fit: the list is then left out. */
#define FILE_MAX (256u * 1024u)

/* The whole file, terminated; NULL: cannot be read.  free() it. */
static char *
read_file(int32_t pid, const char *name)
{
	char path[64];
	FD_OWNED fd = -1;
	char *text;
	size_t len = 0;

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	text = fd < 0 ? NULL : malloc(FILE_MAX);
	if (text == NULL)
		return NULL;
	while (len < FILE_MAX - 1) {
		ssize_t n = read(fd, text + len, FILE_MAX - 1 - len);

		if (n <= 0)
			break;
		len += (size_t)n;
	}
	text[len] = '\0';
	return text;
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

	while (list != NULL && *p != '\n') {
		char *end;
		unsigned long long value;

		if (*p == ' ' || *p == '\t') {
			p++;
			continue;
		}
		value = strtoull(p, &end, 10);
		if (end == p)
			break;
		(void)json_array_append_new(list,
					    json_integer((json_int_t)value));
		p = end;
	}
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

static void
put_integer(json_t *out, const char *text, const char *from, const char *to)
{
	const char *value = field(text, from);

	if (value != NULL)
		(void)json_object_set_new(out, to, json_integer(atoll(value)));
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
	const char *mode = field(text, "Seccomp");
	json_t *out = json_object();
	long value = mode != NULL ? atol(mode) : -1;

	if (value >= 0 && value <= 2)
		(void)json_object_set_new(out, "mode",
					  json_string(modes[value]));
	put_integer(out, text, "Seccomp_filters", "filters");
	return out;
}

static void
put_status(json_t *out, const char *text)
{
	const char *nnp = field(text, "NoNewPrivs");

	put_numbers(out, text, "Uid", "uid");
	put_numbers(out, text, "Gid", "gid");
	put_numbers(out, text, "Groups", "groups");
	(void)json_object_set_new(out, "capabilities", capabilities(text));
	if (nnp != NULL)
		(void)json_object_set_new(out, "no_new_privs",
					  json_boolean(atoi(nnp) == 1));
	(void)json_object_set_new(out, "seccomp", seccomp(text));
	put_word(out, text, "Umask", "umask");
}

/*
 * "pid (comm) state ppid pgrp session tty ... nice": the name may contain
 * anything, so fields count from its last parenthesis.
 */
static void
put_stat(json_t *out, const char *text)
{
	const char *p = strrchr(text, ')');
	int pgid, sid, tty;
	long nice;

	if (p == NULL ||
	    sscanf(p + 1,
		   " %*c %*d %d %d %d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d "
		   "%*d %ld",
		   &pgid, &sid, &tty, &nice) != 4)
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
