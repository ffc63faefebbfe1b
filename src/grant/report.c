/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Errors and remarks of the reader: each names its place and shows its line.
 * Errors are filled here and nowhere else in the reader.
 */
#include "grant/reader.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define SAID_SIZE 1024

static struct note_place
place_of(const struct grant_text *text, const struct grant_place *at)
{
	const struct grant_source *source = &text->sources[at->source];

	return (struct note_place){
		.file = source->name,
		.line = at->line,
		.column = at->column,
		.source = source->text + at->start,
		.len = source->len - at->start,
	};
}

struct grant_place
grant_at(const struct grant_reader *r, const struct grant_word *word)
{
	return (struct grant_place){
		.source = r->source,
		.line = r->line,
		.column = word != NULL ? word->column : r->end,
		.start = r->start,
	};
}

static int
fail(const struct grant_text *text, const struct note_place *place, int code,
     const char *said, struct caisson_error *err)
{
	notes_add(text->options->notes, place, "%s", said);
	code = err_set(err, code, CAISSON_STAGE_POLICY, 0, "%s:%u:%u: %s",
		       place->file, place->line, place->column, said);
	if (err != NULL) {
		err->line = place->line;
		err->column = place->column;
	}
	return code;
}

int
grant_report(struct grant_reader *r, const struct grant_word *word, int code,
	     const char *fmt, ...)
{
	struct grant_place at = grant_at(r, word);
	struct note_place place = place_of(r->text, &at);
	char said[SAID_SIZE];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(said, sizeof(said), fmt, ap);
	va_end(ap);
	return fail(r->text, &place, code, said, r->err);
}

int
grant_report_at(const struct grant_text *text, const struct grant_place *at,
		struct caisson_error *err, const char *fmt, ...)
{
	struct note_place place = place_of(text, at);
	char said[SAID_SIZE];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(said, sizeof(said), fmt, ap);
	va_end(ap);
	return fail(text, &place, CAISSON_E_POLICY, said, err);
}

/* Room is left for saying that there are more, and for the error. */
static void __attribute__((format(printf, 3, 0)))
remark(struct notes *notes, const struct note_place *place, const char *fmt,
       va_list ap)
{
	char said[SAID_SIZE];

	if (notes == NULL || notes->n >= NOTES_MAX)
		return;
	(void)vsnprintf(said, sizeof(said), fmt, ap);
	notes_add(notes, place, "%s",
		  notes->n == NOTES_MAX - 1 ? "further remarks are not shown"
					    : said);
}

void
grant_warn_at(const struct grant_text *text, const struct grant_place *at,
	      const char *fmt, ...)
{
	struct note_place place = place_of(text, at);
	va_list ap;

	va_start(ap, fmt);
	remark(text->options->notes, &place, fmt, ap);
	va_end(ap);
}

void
grant_warn(struct grant_reader *r, const struct grant_word *word,
	   const char *fmt, ...)
{
	struct grant_place at = grant_at(r, word);
	struct note_place place = place_of(r->text, &at);
	va_list ap;

	va_start(ap, fmt);
	remark(r->options->notes, &place, fmt, ap);
	va_end(ap);
}

int
grant_report_expected(struct grant_reader *r, const char *what)
{
	const struct grant_word *word = grant_lex_look(r);
	char shown[44];

	if (word == NULL)
		return grant_report(r, NULL, CAISSON_E_SYNTAX,
				    "expected %s before the end of the line",
				    what);
	grant_lex_copy(word, shown, sizeof(shown));
	return grant_report(r, word, CAISSON_E_SYNTAX,
			    "expected %s, found \"%s%s\"", what, shown,
			    word->len >= sizeof(shown) ? "..." : "");
}
