/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of the reader share.  A line is cut into words, and its first
 * one says what it is.
 */
#ifndef GRANT_READER_H
#define GRANT_READER_H

#include "base/err.h"
#include "grant/text.h"

#define GRANT_WORDS_MAX 512 /* in a line */

struct grant_word {
	const char *text;
	size_t len;
	uint32_t column;
	bool quoted;
};

struct grant_reader {
	struct grant_text *text;
	const struct grant_options *options; /* of text */
	struct caisson_error *err;
	size_t source; /* index */
	size_t pos, start; /* in its text: the next line, and this one */
	uint32_t line;
	struct grant_word words[GRANT_WORDS_MAX];
	size_t n_words, next;
	uint32_t end; /* the column behind the last one */
	struct grant_draft *rule; /* whose block this is; NULL: none's */
	uint32_t opened; /* its line */
};

/* ---- report.c: an error ends the reading, a remark does not ------------ */

/* Where the word is, or the end of the line. */
struct grant_place
grant_at(const struct grant_reader *r, const struct grant_word *word);
int grant_report(struct grant_reader *r, const struct grant_word *word,
		 int code, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
int grant_report_at(const struct grant_text *text, const struct grant_place *at,
		    struct caisson_error *err, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
void grant_warn_at(const struct grant_text *text, const struct grant_place *at,
		   const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void grant_warn(struct grant_reader *r, const struct grant_word *word,
		const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* "expected WHAT, found ..." about the next word. */
int grant_report_expected(struct grant_reader *r, const char *what);

#define grant_syntax(r, word, ...)                                       \
	((void)grant_report((r), (word), CAISSON_E_SYNTAX, __VA_ARGS__), \
	 CAISSON_E_SYNTAX)
#define grant_wrong(r, word, ...)                                        \
	((void)grant_report((r), (word), CAISSON_E_POLICY, __VA_ARGS__), \
	 CAISSON_E_POLICY)
#define grant_wrong_at(...) \
	((void)grant_report_at(__VA_ARGS__), CAISSON_E_POLICY)
#define grant_expected(r, what) \
	((void)grant_report_expected((r), (what)), CAISSON_E_SYNTAX)
#define grant_no_memory(err) err_no_memory((err), CAISSON_STAGE_POLICY)

/* ---- lex.c ------------------------------------------------------------- */

/* Bytes that no text has. */
int grant_lex_check(struct grant_reader *r);
/* The next line's words; *more is false at the end. */
int grant_lex_line(struct grant_reader *r, bool *more);
/* The next word of the line; NULL: there is none. */
const struct grant_word *grant_lex_look(const struct grant_reader *r);
bool grant_lex_is(const struct grant_reader *r, const char *text);
bool grant_lex_accept(struct grant_reader *r, const char *text);
/* The word as a string, cut to fit. */
void grant_lex_copy(const struct grant_word *word, char *out, size_t size);
/* The next word, to be a name or a value: copied, and *at is it. */
int grant_lex_take(struct grant_reader *r, const char *what, char *out,
		   size_t size, const struct grant_word **at);
/* Is the part of the line at its end?  A comma ends one of a case. */
bool grant_lex_ended(const struct grant_reader *r);

/* ---- values.c: false: it is none --------------------------------------- */

bool grant_value_number(const char *text, uint64_t *out);
bool grant_value_signed(const char *text, int *out);
bool grant_value_duration(const char *text, uint64_t *out_ms);
/* With K, M, G, T: times 1,024, and so on; or "unlimited". */
bool grant_value_limit(const char *text, bool is_size, uint64_t *out);

/* ---- whom.c: "user agent", "uid 1000 gid 1000" ------------------------- */

/* Callers, separated by commas; of a case: one. */
int grant_read_callers(struct grant_reader *r, struct grant_draft *draft);
int
grant_read_caller_of_case(struct grant_reader *r, struct grant_draft *draft);
int grant_read_target(struct grant_reader *r, struct grant_draft *draft);

/* ---- ceiling.c: a line of a block; what a case asks for ---------------- */

int grant_read_ceiling(struct grant_reader *r, struct grant_draft *rule);
int grant_read_asked(struct grant_reader *r, struct grant_case *c);

/* ---- ceiling_lists.c --------------------------------------------------- */

int grant_read_program(struct grant_reader *r, struct grant_draft *rule);
int grant_read_env(struct grant_reader *r, struct grant_draft *draft);
int grant_read_chroot(struct grant_reader *r, struct grant_draft *draft);
int grant_read_seccomp(struct grant_reader *r, struct grant_draft *rule);
int grant_read_capabilities(struct grant_reader *r, struct grant_draft *draft);
/* A path as a program's: absolute, canonical but for a slash at its end. */
int grant_check_path(struct grant_reader *r, const struct grant_word *word,
		     const char *path);

/* ---- review.c: rules that none reaches --------------------------------- */

int grant_review(const struct grant_text *text, struct caisson_error *err);

/* ---- cases.c ----------------------------------------------------------- */

int grant_cases_check(const struct grant_text *text,
		      const struct grant_set *set, struct caisson_error *err);

#endif
