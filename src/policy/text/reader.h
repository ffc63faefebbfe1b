/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of the reader share.  Sources give tokens, tokens become one
 * statement at a time, and a statement is applied to the slot of each system
 * call that it names; at the end the slots become the policy's rules.
 */
#ifndef POLICY_TEXT_READER_H
#define POLICY_TEXT_READER_H

#include "base/err.h"
#include "policy/text.h"

#include <sys/types.h>

#define READER_TOTAL_MAX  (4 * TEXT_SIZE_MAX) /* bytes, of all files */
#define READER_RULES_MAX  4096 /* of one architecture */
#define READER_COST_MAX   (1u << 18) /* calls, clauses and atoms */
#define READER_NAME_SIZE  64 /* bytes, with the NUL */
#define READER_PARENS_MAX 16 /* nested parentheses */

/* A file that is being read or has been; the texts stay for messages. */
struct text_source {
	const char *name; /* as shown: the policy's */
	uint16_t file; /* the index of name */
	const char *text;
	size_t len;
	char *heap; /* the text, if it is ours */
	char *path; /* from options->dir_fd */
	bool shipped; /* one that was built in */
	dev_t dev;
	ino_t ino;
	const struct text_source *parent; /* which includes it */
	unsigned depth;
};

struct text_place {
	const struct text_source *source;
	uint32_t line, column;
	size_t start; /* where the line begins */
};

/* Single characters are their own kind. */
enum token_kind {
	TOKEN_END = 256,
	TOKEN_EOL,
	TOKEN_WORD,
	TOKEN_NUMBER,
	TOKEN_PATH,
	TOKEN_OR,
	TOKEN_AND,
	TOKEN_EQ,
	TOKEN_NE,
	TOKEN_LE,
	TOKEN_GE,
	TOKEN_BAD,
};

struct token {
	int kind;
	const char *text;
	size_t len;
	struct text_place at;
};

struct lexer {
	const struct text_source *source;
	size_t pos, start;
	uint32_t line;
};

/* A constant expression, which may differ between architectures. */
struct text_value {
	uint64_t v[POLICY_ARCHS_MAX];
	uint8_t differs; /* bit i: constant has another value there */
	const char *constant;
	size_t len;
};

struct text_atom {
	struct text_place at;
	uint8_t arg, op;
	struct text_value value, mask;
	bool noted;
};

/* atoms[first] and the n - 1 after it; n is 0: always. */
struct text_clause {
	struct text_place at;
	size_t first, n;
	uint32_t action;
	bool noted;
};

/* One of those before the colon. */
struct text_name {
	struct token token;
	uint8_t archs; /* bit i: meant for that one */
	uint8_t width; /* 32 or 64, whatever @arg-width says; 0: as it says */
	uint32_t nr; /* of a number */
};

struct statement {
	struct text_place at;
	struct text_name *names;
	size_t n_names, names_room;
	struct text_atom *atoms;
	size_t n_atoms, atoms_room;
	struct text_clause *clauses;
	size_t n_clauses, clauses_room;
	bool refuses; /* some action is not allow or log */
	/* Groups that said otherwise before: how many calls, and one. */
	size_t conflicts;
	const char *conflict; /* its name */
	uint32_t conflict_with; /* record */
};

/* What remains of a statement until the end. */
struct text_record {
	struct text_place at;
	uint32_t applied, redundant; /* calls */
	bool plain; /* one action without conditions */
};

/* What one system call number has been given so far. */
struct slot {
	uint32_t nr, weight;
	uint32_t owner; /* the last statement: its record + 1; 0: none */
	bool group; /* by its name in a group only */
	bool overrides; /* something else was said by a group */
	struct policy_clause *clauses;
	size_t n, room;
};

struct slots {
	struct slot *v; /* sorted by number */
	size_t n, room;
};

struct setting {
	bool is_set;
	uint32_t action;
	struct text_place at;
};

struct reader {
	const struct text_options *options;
	struct caisson_error *err;
	struct notes *notes;
	struct policy *policy;
	struct text_source *sources[TEXT_FILES_MAX];
	size_t n_sources, total;
	struct lexer lex;
	struct token token; /* the one to be looked at */
	bool wide; /* @arg-width 64 */
	bool denylist;
	bool started; /* a rule was seen: the architectures are settled */
	struct setting standard, unknown; /* @default, @unknown */
	struct statement statement;
	struct text_record *records;
	size_t n_records, records_room;
	struct slots slots[POLICY_ARCHS_MAX];
	uint32_t cost;
	uint32_t weight; /* of a line of @frequency */
	int sys_errno; /* for the next error */
};

/* A system call that a statement speaks of. */
struct text_call {
	size_t arch; /* index */
	uint32_t nr;
	const char *name; /* NULL: it has none */
	const struct text_place *at;
	uint8_t width; /* of the name that it is called by */
	bool group;
};

/* report.c: an error ends the reading, a remark does not. */
int text_fail(struct reader *r, const struct text_place *at, int code,
	      const char *fmt, ...) __attribute__((format(printf, 4, 5)));
void text_warn(struct reader *r, const struct text_place *at, const char *fmt,
	       ...) __attribute__((format(printf, 3, 4)));
/* "expected WHAT, found ..." about the token. */
int text_expected(struct reader *r, const char *what);
int text_no_memory(struct reader *r);
/* The token as a string, cut to fit. */
void text_token(const struct token *token, char *out, size_t size);

#define text_syntax(r, at, ...)                                     \
	((void)text_fail((r), (at), CAISSON_E_SYNTAX, __VA_ARGS__), \
	 CAISSON_E_SYNTAX)
#define text_wrong(r, at, ...)                                      \
	((void)text_fail((r), (at), CAISSON_E_POLICY, __VA_ARGS__), \
	 CAISSON_E_POLICY)
#define text_expected(r, what) \
	((void)text_expected((r), (what)), CAISSON_E_SYNTAX)
#define text_no_memory(r) ((void)text_no_memory(r), CAISSON_E_NO_MEMORY)

/* v with room for one more; NULL: no memory, and v is as it was. */
void *text_grow(void *v, size_t n, size_t *room, size_t size);

/* lex.c */
void text_lex_begin(struct reader *r, const struct text_source *source);
void text_lex_next(struct reader *r); /* r->token = the next one */
void text_lex_path(struct reader *r); /* the same, to the next blank */
bool
text_lex_accept(struct reader *r, int kind); /* is it that?  Then the next */
/* bytes.c: those that no policy has. */
int text_lex_check(struct reader *r, const struct text_source *source);

/* value.c */
int text_value_parse(struct reader *r, struct text_value *out);
int text_value_number(struct reader *r, uint64_t *out); /* of the token */

/* action.c */
int text_action_parse(struct reader *r, uint32_t *out);

/* expr.c: what follows the colon, into r->statement. */
bool text_expr_is_argument(const struct token *token);
int text_expr_parse(struct reader *r);

/* fit.c: an atom for one architecture and call. */
int text_fit_atom(struct reader *r, const struct text_call *call,
		  struct text_atom *atom, struct policy_atom *out);

/* names.c: one of those before the colon; and what they stand for. */
int text_names_parse(struct reader *r, struct text_name *out);
typedef int text_names_visit(struct reader *r, const struct text_call *call);
int text_names_each(struct reader *r, const struct text_name *name,
		    text_names_visit *visit);

/* unknown.c: what is said about names that are none. */
int text_unknown_call(struct reader *r, const struct token *token,
		      const struct calls_arch *arch);
int text_unknown_group(struct reader *r, const struct token *token);
int text_unknown_arch(struct reader *r, const struct token *token);

/* rules.c */
int text_rules_slot(struct reader *r, const struct text_call *call,
		    struct slot **out);
int text_rules_apply(struct reader *r, const struct text_call *call);
void text_rules_done(struct reader *r);

/* merge.c: clauses to those that a slot has. */
int text_merge_clauses(struct reader *r, const struct text_call *call,
		       struct slot *slot, struct slot *fresh);
bool text_merge_is_same(const struct slot *a, const struct slot *b);
void text_merge_clear(struct slot *slot);

/* statement.c */
int text_statement_parse(struct reader *r);
void text_statement_settle(struct reader *r); /* the architectures */

/* directive.c: is the token one?  A group's name may look like one. */
bool text_directive_is_next(const struct reader *r);
int text_directive_parse(struct reader *r);

/* include.c */
int text_include_parse(struct reader *r);
int text_include_frequency(struct reader *r);
int text_include_first(struct reader *r, const char *text, size_t len);

/* frequency.c */
int text_frequency_read(struct reader *r, const struct text_source *source);

/* open.c: a file for @include into source. */
int text_open_source(struct reader *r, const struct token *path,
		     struct text_source *source);
/* All of a file, heap.  -1 with errno; 0: it is not a regular file. */
int text_open_read(int fd, char **out, size_t *len);

/* parse.c: a source to its end. */
int text_parse_source(struct reader *r, const struct text_source *source);

/* finish.c: slots to rules. */
int text_finish_policy(struct reader *r);

/* shipped.c: a text that was built in, by file name; NULL: none. */
const char *text_shipped_file(const char *file, size_t *len);
bool text_shipped_is_text(const char *text); /* is it the very one? */

#endif
