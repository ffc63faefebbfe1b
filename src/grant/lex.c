/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The text of grants: UTF-8 without control characters, checked first; then
 * lines, and their words.  A word ends at a blank, a comma or a brace; what
 * stands in quotes is one word, in which nothing is special.
 */
#include "base/utf8.h"
#include "grant/reader.h"

#include <string.h>

static const char *
complaint(const char *s, size_t left)
{
	unsigned char c = (unsigned char)s[0];
	char next = left > 1 ? s[1] : '\0';

	if (c == '\0')
		return "the text contains a NUL byte";
	if (c == '\r' && next != '\n')
		return "a carriage return stands only before a newline";
	if ((c < 0x20 && strchr("\t\r\n", c) == NULL) || c == 0x7f)
		return "the text contains a control character";
	if (utf8_length((const unsigned char *)s, left) == 0)
		return "this is not UTF-8";
	return NULL;
}

int
grant_lex_check(struct grant_reader *r)
{
	const struct grant_source *source = &r->text->sources[r->source];
	const char *s = source->text, *why = NULL;
	struct grant_word at = { .column = 1 };
	size_t i = 0;

	r->line = 1;
	if (source->len >= 3 && memcmp(s, "\xef\xbb\xbf", 3) == 0)
		return grant_syntax(r, &at,
				    "the file begins with a byte order mark: "
				    "save it without one");
	while (i < source->len) {
		why = complaint(s + i, source->len - i);
		if (why != NULL)
			break;
		if (s[i] == '\n') {
			r->line++;
			r->start = i + 1;
		}
		i += utf8_length((const unsigned char *)s + i, source->len - i);
	}
	at.column = (uint32_t)(i - r->start) + 1;
	return why == NULL ? 0 : grant_syntax(r, &at, "%s", why);
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static bool
is_mark(char c)
{
	return c == ',' || c == '{' || c == '}';
}

/* A word that begins at s; 0: its quotes are not closed. */
static size_t
measure(const char *s, size_t left, struct grant_word *word)
{
	const char *quote;
	size_t n = 1;

	*word = (struct grant_word){ .text = s, .len = 1 };
	if (is_mark(s[0]))
		return 1;
	if (s[0] == '"') {
		quote = memchr(s + 1, '"', left - 1);
		if (quote == NULL)
			return 0;
		word->quoted = true;
		word->text = s + 1;
		word->len = (size_t)(quote - s) - 1;
		return word->len + 2;
	}
	while (n < left && !is_blank(s[n]) && !is_mark(s[n]) && s[n] != '"')
		n++;
	word->len = n;
	return n;
}

static int
cut(struct grant_reader *r, const char *s, size_t len)
{
	size_t i = 0;

	while (i < len) {
		struct grant_word *word = &r->words[r->n_words];
		size_t n;

		if (is_blank(s[i])) {
			i++;
			continue;
		}
		if (s[i] == '#')
			break;
		r->end = (uint32_t)i + 1;
		if (r->n_words == GRANT_WORDS_MAX)
			return grant_syntax(r, NULL,
					    "more than %d words: go on in "
					    "another line of the same kind",
					    GRANT_WORDS_MAX);
		n = measure(s + i, len - i, word);
		word->column = r->end;
		if (n == 0)
			return grant_syntax(r, word,
					    "these quotes are not closed "
					    "before the end of the line");
		i += n;
		r->n_words++;
		r->end = (uint32_t)i + 1;
	}
	return 0;
}

int
grant_lex_line(struct grant_reader *r, bool *more)
{
	const struct grant_source *source = &r->text->sources[r->source];
	const char *s = source->text + r->pos, *newline;
	size_t len = source->len - r->pos;

	*more = len > 0;
	r->n_words = r->next = 0;
	r->end = 1;
	if (!*more)
		return 0;
	newline = memchr(s, '\n', len);
	if (newline != NULL)
		len = (size_t)(newline - s);
	r->start = r->pos;
	r->pos += len + (newline != NULL ? 1 : 0);
	r->line++;
	return cut(r, s, len);
}

const struct grant_word *
grant_lex_look(const struct grant_reader *r)
{
	return r->next < r->n_words ? &r->words[r->next] : NULL;
}

bool
grant_lex_is(const struct grant_reader *r, const char *text)
{
	const struct grant_word *word = grant_lex_look(r);

	return word != NULL && !word->quoted && word->len == strlen(text) &&
	       memcmp(word->text, text, word->len) == 0;
}

bool
grant_lex_accept(struct grant_reader *r, const char *text)
{
	if (!grant_lex_is(r, text))
		return false;
	r->next++;
	return true;
}

void
grant_lex_copy(const struct grant_word *word, char *out, size_t size)
{
	size_t len = word->len < size ? word->len : size - 1;

	memcpy(out, word->text, len);
	out[len] = '\0';
}

bool
grant_lex_ended(const struct grant_reader *r)
{
	const struct grant_word *word = grant_lex_look(r);

	return word == NULL || (!word->quoted && is_mark(word->text[0]));
}

int
grant_lex_take(struct grant_reader *r, const char *what, char *out, size_t size,
	       const struct grant_word **at)
{
	const struct grant_word *word = grant_lex_look(r);

	if (word == NULL || grant_lex_ended(r))
		return grant_expected(r, what);
	if (word->len == 0)
		return grant_syntax(r, word, "these quotes are empty");
	if (word->len >= size)
		return grant_wrong(r, word, "longer than %zu bytes", size - 1);
	grant_lex_copy(word, out, size);
	*at = word;
	r->next++;
	return 0;
}
