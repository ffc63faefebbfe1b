/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading /proc: whole files and the numbers in them.  Nothing is taken for
 * granted but that the kernel wrote it.
 */
#include "cli/proc.h"

#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A list of as many children as there can be processes. */
#define FILE_MAX (64u * 1024u * 1024u)
#define FIRST    4096u

static ssize_t
read_some(int fd, char *to, size_t room)
{
	ssize_t n;

	do
		n = read(fd, to, room);
	while (n < 0 && errno == EINTR);
	return n;
}

char *
proc_read(const char *path)
{
	FD_OWNED fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t room = FIRST, len = 0;
	char *text = fd < 0 ? NULL : malloc(room);

	while (text != NULL) {
		ssize_t n = read_some(fd, text + len, room - len - 1);
		char *larger;

		if (n > 0)
			len += (size_t)n;
		if (n <= 0) {
			text[len] = '\0';
			break;
		}
		if (len < room - 1)
			continue;
		room *= 2;
		/* The beginning of a file may end within a number. */
		larger = room <= FILE_MAX ? realloc(text, room) : NULL;
		if (larger == NULL)
			free(text);
		text = larger;
	}
	return text;
}

bool
proc_number(const char **p, int64_t *out)
{
	const char *s = *p + strspn(*p, " \t");
	bool negative = *s == '-';
	char *end;
	unsigned long long value;

	s += negative ? 1 : 0;
	if (*s < '0' || *s > '9')
		return false;
	value = strtoull(s, &end, 10);
	if (value > INT64_MAX)
		return false;
	*out = negative ? -(int64_t)value : (int64_t)value;
	*p = end;
	return true;
}

bool
proc_stat_field(const char *stat, unsigned n, int64_t *out)
{
	/* "pid (name) state ppid ...": the name may contain anything. */
	const char *p = strrchr(stat, ')');

	if (p == NULL)
		return false;
	for (unsigned i = 2; i < n; i++) {
		p = strchr(p, ' ');
		if (p == NULL)
			return false;
		p++;
	}
	return proc_number(&p, out);
}
