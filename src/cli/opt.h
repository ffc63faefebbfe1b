/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Command line options as a table: a row says what an option is called, what
 * it takes and what it does.  Parsing only finds rows and values; doing is
 * two passes over what was found, for some options must be known before there
 * is a spec that the others can change.
 */
#ifndef CLI_OPT_H
#define CLI_OPT_H

#include "caisson.h"

#include <stddef.h>

struct request;

enum opt_argument {
	OPT_NONE = 0, /* --quiet */
	OPT_REQUIRED = 1, /* --umask 0077, --umask=0077 */
	OPT_OPTIONAL = 2, /* --drop-sudo, --drop-sudo=if-set */
};

/* Verbs that have the option. */
#define OPT_RUN   1u
#define OPT_CHECK 2u
#define OPT_BOTH  (OPT_RUN | OPT_CHECK)

typedef int
opt_function(struct request *r, const char *value, struct caisson_error *err);

struct opt_row {
	const char *name;
	char letter; /* or 0 */
	unsigned char argument; /* enum opt_argument */
	unsigned char verbs;
	/* before there is a spec: members of struct request, by OPT_AT, or of
	 * another one, by OPT_AT_OF */
	unsigned short flag; /* a bool that becomes true */
	unsigned short text; /* a const char * that becomes the value */
	opt_function *note; /* or a function; or NULL */
	opt_function *apply; /* on the spec; or NULL */
	const char *metavar;
	const char *help;
};

/* 0 is "no member", so a member's place is counted from 1. */
#define OPT_AT_OF(type, member) (unsigned short)(offsetof(type, member) + 1u)
#define OPT_AT(member)          OPT_AT_OF(struct request, member)

struct opt_use {
	const struct opt_row *row;
	const char *value; /* NULL: none given */
};

struct opt_list {
	struct opt_use *uses; /* heap */
	size_t n;
	int rest; /* index of the first argument that is no option */
};

/*
 * rows end with a row without name; only those of verb count.  The list is to
 * be done in any case: where to report an error may stand before the error.
 */
CAISSON_CHECK int opt_parse(const struct opt_row *rows, unsigned verb,
			    char *const *argv, struct opt_list *list,
			    struct caisson_error *err);
/* Options among the words, which become argv[1] and what follows it. */
CAISSON_CHECK int opt_parse_mixed(const struct opt_row *rows, unsigned verb,
				  char **argv, struct opt_list *list,
				  struct caisson_error *err);
void opt_list_done(struct opt_list *list);

/* Only flags and texts, of a struct that is not a request. */
void opt_set(const struct opt_list *list, void *members);

/* All of them, even after an error, of which the first is returned. */
CAISSON_CHECK int opt_note(const struct opt_list *list, struct request *r,
			   struct caisson_error *err);
CAISSON_CHECK int opt_apply(const struct opt_list *list, struct request *r,
			    struct caisson_error *err);

/* One line an option, on standard output. */
void opt_print_help(const struct opt_row *rows, unsigned verb);

#endif
