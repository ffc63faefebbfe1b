/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Errors and remarks of the reader: each names its place and shows its line.
 * Errors are filled here and nowhere else in the reader.
 */
#include "policy/text/reader.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SAID_SIZE 1024

#undef text_expected
#undef text_no_memory

static struct note_place
place_of(const struct text_place *at)
{
	return (struct note_place){
		.file = at->source->name,
		.line = at->line,
		.column = at->column,
		.source = at->source->text + at->start,
		.len = at->source->len - at->start,
	};
}

int
text_fail(struct reader *r, const struct text_place *at, int code,
	  const char *fmt, ...)
{
	struct note_place place = place_of(at);
	char said[SAID_SIZE];
	const char *reason = "";
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(said, sizeof(said), fmt, ap);
	va_end(ap);
	if (r->sys_errno != 0)
		reason = strerrordesc_np(r->sys_errno);
	if (reason == NULL)
		reason = "unknown error";
	notes_add(r->notes, &place, "%s%s%s", said,
		  r->sys_errno != 0 ? ": " : "", reason);
	code =
	    err_set(r->err, code, CAISSON_STAGE_POLICY, r->sys_errno,
		    "%s:%u:%u: %s", place.file, place.line, place.column, said);
	if (r->err != NULL) {
		r->err->line = place.line;
		r->err->column = place.column;
	}
	return code;
}

/* Room is left for saying that there are more, and for the error. */
void
text_warn(struct reader *r, const struct text_place *at, const char *fmt, ...)
{
	struct note_place place = place_of(at);
	char said[SAID_SIZE];
	va_list ap;

	if (r->notes->n >= NOTES_MAX)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(said, sizeof(said), fmt, ap);
	va_end(ap);
	if (r->notes->n == NOTES_MAX - 1)
		(void)snprintf(said, sizeof(said),
			       "further remarks are not shown");
	notes_add(r->notes, &place, "%s", said);
}

int
text_no_memory(struct reader *r)
{
	return err_no_memory(r->err, CAISSON_STAGE_POLICY);
}

void
text_token(const struct token *token, char *out, size_t size)
{
	size_t len = token->len < size ? token->len : size - 1;

	memcpy(out, token->text, len);
	out[len] = '\0';
}

int
text_expected(struct reader *r, const char *what)
{
	const struct token *token = &r->token;
	char shown[44], *dots;

	if (token->kind == TOKEN_END || token->kind == TOKEN_EOL)
		return text_fail(r, &token->at, CAISSON_E_SYNTAX,
				 "expected %s before the end of the line",
				 what);
	if (token->kind == TOKEN_BAD && token->text[0] == '\\')
		return text_fail(r, &token->at, CAISSON_E_SYNTAX,
				 "a backslash joins lines only where it is the "
				 "last character of one, and another follows");
	text_token(token, shown, sizeof(shown));
	if (token->len >= sizeof(shown)) {
		dots = shown + sizeof(shown) - 4;
		memcpy(dots, "...", 4);
	}
	return text_fail(r, &token->at, CAISSON_E_SYNTAX,
			 "expected %s, found \"%s\"", what, shown);
}

void *
text_grow(void *v, size_t n, size_t *room, size_t size)
{
	size_t more = *room == 0 ? 4 : *room * 2;
	void *grown;

	if (n < *room)
		return v;
	grown = reallocarray(v, more, size);
	if (grown != NULL)
		*room = more;
	return grown;
}
