/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a reader of policies remarks: at most one error, which ended it, and
 * any number of warnings (up to a bound; then one more says that there are
 * more).  Each knows its place and the line of text that it is about, so that
 * it can be shown with a caret.
 */
#ifndef POLICY_NOTES_H
#define POLICY_NOTES_H

#include "caisson.h"

#include <stddef.h>
#include <stdint.h>

#define NOTES_MAX 256

struct note {
	char *file; /* as shown; never NULL */
	uint32_t line, column; /* from 1, column in bytes; 0: of no line */
	char *text; /* one line of printable ASCII */
	char *source; /* the line of the file, escaped, of a long one the part
			 around the column; NULL: none */
	uint32_t caret; /* the column in source; 0: none */
};

struct notes {
	struct note *v;
	size_t n;
};

struct notes *notes_new(void); /* NULL: no memory */
void notes_free(struct notes *notes); /* NULL ok */

/* What a note is about. */
struct note_place {
	const char *file;
	uint32_t line, column;
	const char *source; /* where the line begins; NULL: not known */
	size_t len; /* of the text from there on; the line may end before */
};

/*
 * notes NULL: nothing happens.  Memory that runs out loses the note, nothing
 * else.
 */
void notes_add(struct notes *notes, const struct note_place *place,
	       const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/*
 * "FILE:LINE:COLUMN: text", then the line and a caret below the column, ended
 * by newlines.  Heap; NULL: no memory.
 */
char *notes_show(const struct note *note);

#endif
