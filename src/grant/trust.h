/* SPDX-License-Identifier: Apache-2.0 */
/*
 * May root believe what lies there?  Only if nobody but root could have put it
 * there or change it: every component of the path belongs to root, is writable
 * for nobody else, and none is a symbolic link.
 */
#ifndef GRANT_TRUST_H
#define GRANT_TRUST_H

#include "caisson.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum trust_kind {
	TRUST_PROGRAM = 1, /* a regular file, executable */
	TRUST_DIRECTORY,
	TRUST_TREE, /* a directory with all that are below it */
	TRUST_FILE, /* regular, under one name */
};

enum trust_flaw {
	TRUST_OK = 0,
	TRUST_ERROR, /* error says what */
	TRUST_LINK, /* a symbolic link */
	TRUST_OWNER, /* not root's */
	TRUST_WRITABLE, /* for its group or for others */
	TRUST_TYPE, /* not of the kind */
	TRUST_LINKS, /* a file with several names */
	TRUST_MANY, /* too much is below it to be looked at */
};

struct trust {
	enum trust_flaw flaw;
	int error; /* errno */
	size_t len; /* path up to here is what has the flaw */
	uint32_t uid; /* its owner */
	uint32_t mode;
	char below[256]; /* of a tree: the directory that has it, or "" */
};

#define TRUST_ENTRIES_MAX 200000u /* below a tree */
#define TRUST_DEPTH_MAX   24u

/*
 * Are there directories below dir, or below those, that are not root's or are
 * writable for others?  0, or -1 and *out says which.
 */
int trust_look_below(int dir, struct trust *out);

/*
 * Walks the absolute path by descriptors.  The last one, to be read, unless
 * there is a flaw; then -1.  A program's is O_PATH.
 */
int trust_open(const char *path, enum trust_kind kind, struct trust *out);

/* "/tmp is writable by others than root: ...": what to do about it. */
void trust_explain(const char *path, const struct trust *trust,
		   enum trust_kind kind, char out[512]);

#endif
