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

struct note_place
grant_place(const struct grant_text *text, const struct grant_place *at)
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

int
grant_fail(struct caisson_error *err, const struct grant_options *options,
	   const struct note_place *place, int code, const char *text)
{
	notes_add(options->notes, place, "%s", text);
	code = err_set(err, code, CAISSON_STAGE_POLICY, 0, "%s:%u:%u: %s",
		       place->file, place->line, place->column, text);
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
	struct note_place place = grant_place(r->text, &at);
	char said[SAID_SIZE];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(said, sizeof(said), fmt, ap);
	va_end(ap);
	return grant_fail(r->err, r->options, &place, code, said);
}

int
grant_report_at(const struct grant_text *text,
		const struct grant_options *options,
		const struct grant_place *at, struct caisson_error *err,
		const char *fmt, ...)
{
	struct note_place place = grant_place(text, at);
	char said[SAID_SIZE];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(said, sizeof(said), fmt, ap);
	va_end(ap);
	return grant_fail(err, options, &place, CAISSON_E_POLICY, said);
}

/* Room is left for saying that there are more, and for the error. */
static void
warn(const struct grant_options *options, const struct note_place *place,
     const char *fmt, va_list ap)
{
	struct notes *notes = options->notes;
	char said[SAID_SIZE];

	if (notes == NULL || notes->n >= NOTES_MAX)
		return;
	(void)vsnprintf(said, sizeof(said), fmt, ap);
	notes_add(notes, place, "%s",
		  notes->n == NOTES_MAX - 1 ? "further remarks are not shown"
					    : said);
}

void
grant_warn_at(const struct grant_text *text,
	      const struct grant_options *options, const struct grant_place *at,
	      const char *fmt, ...)
{
	struct note_place place = grant_place(text, at);
	va_list ap;

	va_start(ap, fmt);
	warn(options, &place, fmt, ap);
	va_end(ap);
}

void
grant_warn(struct grant_reader *r, const struct grant_word *word,
	   const char *fmt, ...)
{
	struct grant_place at = grant_at(r, word);
	struct note_place place = grant_place(r->text, &at);
	va_list ap;

	va_start(ap, fmt);
	warn(r->options, &place, fmt, ap);
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
