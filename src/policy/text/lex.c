/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Policy text to tokens.  A line that ends with a backslash goes on in the
 * next; a comment ends with its own line.  Bytes that no policy may have are
 * found before; here nothing fails, but a character may be no token.
 */
#include "policy/text/reader.h"

#include <string.h>

static bool
is_word_start(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
	       c == '@';
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The byte at pos, or NUL at the end: no text has one. */
static char
look(const struct lexer *lex, size_t pos)
{
	return pos < lex->source->len ? lex->source->text[pos] : '\0';
}

/* How long is the end of the line that begins here?  0: none does. */
static size_t
line_end(const struct lexer *lex, size_t pos)
{
	if (look(lex, pos) == '\n')
		return 1;
	return look(lex, pos) == '\r' && look(lex, pos + 1) == '\n' ? 2 : 0;
}

static struct text_place
here(const struct lexer *lex)
{
	return (struct text_place){
		.source = lex->source,
		.line = lex->line,
		.column = (uint32_t)(lex->pos - lex->start) + 1,
		.start = lex->start,
	};
}

static void
skip_line_end(struct lexer *lex)
{
	lex->pos += line_end(lex, lex->pos);
	lex->start = lex->pos;
	lex->line++;
}

/* Past a comment, and past the end of its line if a backslash precedes it. */
static void
skip_comment(struct reader *r)
{
	struct lexer *lex = &r->lex;
	struct text_place at = here(lex);

	while (lex->pos < lex->source->len && line_end(lex, lex->pos) == 0)
		lex->pos++;
	if (lex->pos == lex->source->len || look(lex, lex->pos - 1) != '\\')
		return;
	text_warn(r, &at,
		  "a comment ends with its line: the next one is read, though "
		  "a backslash stands before it");
	skip_line_end(lex);
}

static void
skip_blanks(struct reader *r)
{
	struct lexer *lex = &r->lex;

	for (;;) {
		char c = look(lex, lex->pos);

		if (c == ' ' || c == '\t' ||
		    (c == '\r' && lex->pos + 1 == lex->source->len)) {
			lex->pos++;
		} else if (c == '#') {
			skip_comment(r);
		} else if (c == '\\' && line_end(lex, lex->pos + 1) > 0) {
			lex->pos++;
			skip_line_end(lex);
		} else {
			return;
		}
	}
}

static size_t
word_length(const struct lexer *lex)
{
	size_t n = 1;

	for (;; n++) {
		char c = look(lex, lex->pos + n);

		if (!is_word_start(c) && !is_digit(c) && c != '-')
			return n;
	}
}

static size_t
number_length(const struct lexer *lex)
{
	size_t n = look(lex, lex->pos) == '-' ? 2 : 1;

	for (;; n++) {
		char c = look(lex, lex->pos + n);

		if (!is_word_start(c) && !is_digit(c))
			return n;
	}
}

struct pair {
	char text[3];
	int kind;
};

static size_t
sign(const struct lexer *lex, int *kind)
{
	static const struct pair pairs[] = {
		{ "||", TOKEN_OR }, { "&&", TOKEN_AND }, { "==", TOKEN_EQ },
		{ "!=", TOKEN_NE }, { "<=", TOKEN_LE },  { ">=", TOKEN_GE },
	};
	char c = look(lex, lex->pos), next = look(lex, lex->pos + 1);

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		if (pairs[i].text[0] == c && pairs[i].text[1] == next) {
			*kind = pairs[i].kind;
			return 2;
		}
	}
	*kind = strchr(":;,~(){}[]|&<>=", c) != NULL ? c : TOKEN_BAD;
	return 1;
}

static size_t
measure(const struct lexer *lex, int *kind)
{
	char c = look(lex, lex->pos);

	if (lex->pos == lex->source->len) {
		*kind = TOKEN_END;
		return 0;
	}
	if (line_end(lex, lex->pos) > 0) {
		*kind = TOKEN_EOL;
		return 0;
	}
	if (is_word_start(c)) {
		*kind = TOKEN_WORD;
		return word_length(lex);
	}
	if (is_digit(c) || (c == '-' && is_digit(look(lex, lex->pos + 1)))) {
		*kind = TOKEN_NUMBER;
		return number_length(lex);
	}
	return sign(lex, kind);
}

static void
emit(struct reader *r, int kind, size_t len)
{
	struct lexer *lex = &r->lex;

	r->token = (struct token){
		.kind = kind,
		.text = lex->source->text + lex->pos,
		.len = len,
		.at = here(lex),
	};
	lex->pos += len;
	if (kind == TOKEN_EOL)
		skip_line_end(lex);
}

void
text_lex_next(struct reader *r)
{
	size_t len;
	int kind;

	skip_blanks(r);
	len = measure(&r->lex, &kind);
	emit(r, kind, len);
}

void
text_lex_path(struct reader *r)
{
	struct lexer *lex = &r->lex;
	size_t n = 0;

	skip_blanks(r);
	while (lex->pos + n < lex->source->len &&
	       strchr(" \t\r\n", look(lex, lex->pos + n)) == NULL)
		n++;
	if (n == 0)
		text_lex_next(r);
	else
		emit(r, TOKEN_PATH, n);
}

bool
text_lex_accept(struct reader *r, int kind)
{
	if (r->token.kind != kind)
		return false;
	text_lex_next(r);
	return true;
}

void
text_lex_begin(struct reader *r, const struct text_source *source)
{
	r->lex = (struct lexer){ .source = source, .line = 1 };
	text_lex_next(r);
}
