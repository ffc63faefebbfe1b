/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Grants as an administrator writes them, to rules of numbers.
 * docs/man/caisson-grants.5 is the language.  Names are looked up here, once,
 * and programs are looked at; what was read is decided upon by grant_decide,
 * whoever asks.
 */
#ifndef GRANT_TEXT_H
#define GRANT_TEXT_H

#include "confine/user.h"
#include "grant/draft.h"
#include "grant/trust.h"
#include "policy/notes.h"

#define GRANT_TEXT_SIZE_MAX (1u << 20) /* bytes, of a file */
#define GRANT_FILES_MAX     256u
#define GRANT_CASES_MAX     4096u
#define GRANT_NAME_SIZE     256u

/*
 * What the text is read against: users, groups, programs and profiles.  Each
 * has the error's text in err->msg; what is not there is CAISSON_E_IDENTITY.
 */
struct grant_system {
	void *arg;
	/* group NULL: the user's own. */
	int (*user)(void *arg, const char *name, const char *group,
		    struct user_ids *out, struct caisson_error *err);
	int (*group)(void *arg, const char *name, uint32_t *out,
		     struct caisson_error *err);
	/* The name that is nearest, or "": of groups, or of users. */
	void (*nearest)(void *arg, bool groups, const char *name,
			char out[GRANT_NAME_SIZE]);
	void (*trust)(void *arg, const char *path, enum trust_kind kind,
		      struct trust *out);
	/* A profile by name, or a policy by path, as a filter; heap. */
	int (*filter)(void *arg, const char *name, void **out, size_t *len,
		      struct caisson_error *err);
};

/* The one that asks the system. */
extern const struct grant_system grant_system;

/* A text that was read, kept for messages. */
struct grant_source {
	char *name, *text;
	size_t len;
};

struct grant_place {
	size_t source; /* index */
	uint32_t line, column;
	size_t start; /* of the line */
};

/* "expect": the launch is a rule in which everything is what is asked for. */
struct grant_case {
	struct grant_place at;
	bool permit, script, unfiltered, no_timeout;
	char *path; /* NULL: to signal */
	struct grant_draft asked;
};

struct grant_options {
	const struct grant_system *system;
	struct notes
	    *notes; /* borrowed: gets warnings and the error, or NULL */
	bool trusted; /* files are read only where root alone can write */
};

/* Begins as zero but for options, which are borrowed. */
struct grant_text {
	const struct grant_options *options;
	struct grant_source *sources;
	size_t n_sources;
	struct grant_draft *rules;
	struct grant_place *places; /* of rules */
	size_t n_rules;
	struct grant_case *cases;
	size_t n_cases;
};

void grant_text_done(struct grant_text *text); /* again is ok */

/*
 * Adds what a file says.  CAISSON_E_SYNTAX: it is not of the language;
 * CAISSON_E_POLICY: it is wrong; both with stage CAISSON_STAGE_POLICY, line and
 * column, and the message "FILE:LINE:COLUMN: text".  After an error text can
 * only be freed.
 */
CAISSON_CHECK int grant_text_add(struct grant_text *text, const char *file,
				 const char *bytes, size_t len,
				 struct caisson_error *err);

/*
 * The same of a file; and of all *.grants in a directory, in the order of
 * their names.  options->trusted: every directory on the way there, and what
 * is there, are root's, and nobody else may write to them.  CAISSON_E_SYSTEM:
 * it cannot be read.
 */
CAISSON_CHECK int grant_text_add_file(struct grant_text *text, const char *path,
				      struct caisson_error *err);
CAISSON_CHECK int grant_text_add_directory(struct grant_text *text,
					   const char *path,
					   struct caisson_error *err);

struct grant_bytes {
	uint8_t *data; /* heap */
	size_t len;
};

/*
 * Are all rules reachable, and do the cases hold?  *out = the file of numbers.
 */
CAISSON_CHECK int grant_text_finish(struct grant_text *text,
				    struct grant_bytes *out,
				    struct caisson_error *err);

#define GRANT_SAY_SIZE 512

/*
 * The launch of the last case that was added, whatever it expects: is it
 * permitted by the rules that bytes has?  said is the answer in words.
 */
CAISSON_CHECK int grant_text_answer(struct grant_text *text,
				    const struct grant_bytes *bytes,
				    char said[GRANT_SAY_SIZE], bool *out,
				    struct caisson_error *err);

/*
 * Puts the file in the place of DIRECTORY/NAME: at once and for good, or not
 * at all.  The directory must be root's.  CAISSON_E_SYSTEM, CAISSON_E_POLICY.
 */
CAISSON_CHECK int grant_apply(const char *directory, const char *name,
			      const struct grant_bytes *bytes,
			      struct caisson_error *err);

/*
 * An answer in words: "permitted by grants:3", "denied by grants:3: rlimit
 * nofile: at most 1024, asked for 4096".  The request is the one that was
 * decided.
 */
void grant_explain(const struct grant_answer *answer,
		   const struct grant_request *asked, char out[GRANT_SAY_SIZE]);

/*
 * What a line of a block begins with: "nice", "rlimit nofile"; of GRANT_FLAGS
 * that of one flag, which else is 0.
 */
void grant_explain_field(unsigned field, uint64_t flag, char out[64]);
/* The same of a field without a limit's name; "": it has no line. */
const char *grant_ceiling_word(unsigned field, uint64_t flag);
/* "as it is written": a number of that field, 64-bit. */
void grant_explain_number(unsigned field, uint64_t number, char out[64]);

#endif
