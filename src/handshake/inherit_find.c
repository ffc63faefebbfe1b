/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a launcher's data and our status are: in which protocol, on which
 * descriptors.  The only place of the library that reads the environment, and
 * it takes out what it has read: the program's own children were not started
 * like this.  It reads nothing from a descriptor.
 */
#include "handshake/inherit.h"

#include "base/err.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

struct found {
	const struct protocol *protocol;
	const char *version, *fds; /* NULL: absent */
	unsigned n_versions, n_fds;
};

static const char *
value_of(const char *entry, const char *name)
{
	size_t n = strlen(name);

	if (strncmp(entry, name, n) != 0 || entry[n] != '=')
		return NULL;
	return entry + n + 1;
}

/* An empty version is none: so older programs leave it to their children. */
static void
look_at(const char *entry, struct found *f)
{
	const char *value = value_of(entry, PROTOCOL_FDS_VARIABLE);

	if (value != NULL) {
		f->fds = value;
		f->n_fds++;
	}
	for (const struct protocol *p = protocols; p->name != NULL; p++) {
		value = value_of(entry, p->variable);
		if (value == NULL || value[0] == '\0')
			continue;
		f->protocol = p;
		f->version = value;
		f->n_versions++;
	}
}

/* A number as it is written by itself, from 3, and what comes after it. */
static bool
read_fd(const char **text, char after, int *out)
{
	int value = 0;

	if (**text == '0')
		return false;
	for (; **text >= '0' && **text <= '9'; ++*text) {
		int digit = **text - '0';

		if (value > (INT_MAX - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	*out = value;
	return value > STDERR_FILENO && *(*text)++ == after;
}

static int
read_fds(const char *text, struct inherit_place *place,
	 struct caisson_error *err)
{
	const char *p = text;

	if (!read_fd(&p, ':', &place->data_fd) ||
	    !read_fd(&p, '\0', &place->status_fd) ||
	    place->data_fd == place->status_fd)
		return err_set(err, CAISSON_E_PROTOCOL, CAISSON_STAGE_INHERIT,
			       0, "%s=%s: these are not two descriptors",
			       PROTOCOL_FDS_VARIABLE, text);
	return 0;
}

static int
look(struct inherit_place *place, struct caisson_error *err)
{
	struct found f = { NULL, NULL, NULL, 0, 0 };

	for (char **e = environ; e != NULL && *e != NULL; e++)
		look_at(*e, &f);
	if (f.protocol == NULL)
		return err_set(err, CAISSON_E_NOT_FOUND, CAISSON_STAGE_INHERIT,
			       0, "no variable of a handshake");
	if (f.n_versions > 1 || f.n_fds > 1)
		return err_set(err, CAISSON_E_UNSUPPORTED,
			       CAISSON_STAGE_INHERIT, 0,
			       "the variables of more than one handshake");
	if (strcmp(f.version, f.protocol->version) != 0)
		return err_set(err, CAISSON_E_UNSUPPORTED,
			       CAISSON_STAGE_INHERIT, 0,
			       "%s=%s: the version that is known is %s",
			       f.protocol->variable, f.version,
			       f.protocol->version);
	place->protocol = f.protocol;
	place->data_fd = PROTOCOL_DATA_FD;
	place->status_fd = PROTOCOL_STATUS_FD;
	/* The older protocols have one pair of descriptors, whatever it says. */
	if (f.fds != NULL && f.protocol->vom == 0)
		return read_fds(f.fds, place, err);
	return 0;
}

/*
 * A program with more privilege than who started it: what this one says would
 * have it read and write descriptors that it has opened itself.
 */
static int
look_if_trusted(struct inherit_place *place, struct caisson_error *err)
{
	if (getauxval(AT_SECURE) != 0)
		return err_set(err, CAISSON_E_NOT_FOUND, CAISSON_STAGE_INHERIT,
			       0,
			       "a set-user-ID program does not believe its "
			       "environment");
	return look(place, err);
}

int
inherit_find(struct inherit_place *out, struct caisson_error *err)
{
	int r = look_if_trusted(out, err);

	for (const struct protocol *p = protocols; p->name != NULL; p++)
		(void)unsetenv(p->variable);
	(void)unsetenv(PROTOCOL_FDS_VARIABLE);
	return r;
}

int
inherit_own_fd(int fd)
{
	return fcntl(fd, F_SETFD, FD_CLOEXEC) < 0 ? -1 : fd;
}

/* Nobody hands over a secret on a terminal, and what is typed is not ours. */
static bool
is_source(int fd)
{
	struct stat st;
	int flags = fcntl(fd, F_GETFL);

	if (fstat(fd, &st) < 0 || (flags & O_PATH) != 0)
		return false;
	return (flags & O_ACCMODE) != O_WRONLY &&
	       (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode) ||
		S_ISREG(st.st_mode));
}

static bool
is_writable(int fd)
{
	return (fcntl(fd, F_GETFL) & O_ACCMODE) != O_RDONLY;
}

int
inherit_check_fds(const struct inherit_place *place, const int fds[2],
		  struct caisson_error *err)
{
	if (fds[0] < 0 || fds[1] < 0)
		return err_set(err, CAISSON_E_PROTOCOL, CAISSON_STAGE_INHERIT,
			       0, "descriptor %d is not open",
			       fds[0] < 0 ? place->data_fd : place->status_fd);
	if (!is_source(fds[0]))
		return err_set(err, CAISSON_E_PROTOCOL, CAISSON_STAGE_INHERIT,
			       0,
			       "descriptor %d is no pipe, socket or file "
			       "to read from",
			       fds[0]);
	if (!is_writable(fds[1]))
		return err_set(err, CAISSON_E_PROTOCOL, CAISSON_STAGE_INHERIT,
			       0, "descriptor %d cannot be written to", fds[1]);
	return 0;
}
