/* SPDX-License-Identifier: Apache-2.0 */
/* Remarks on policies, and how they are shown. */
#include "policy/notes.h"

#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_MAX_SHOWN 512

struct notes *
notes_new(void)
{
	return calloc(1, sizeof(struct notes));
}

void
notes_free(struct notes *notes)
{
	if (notes == NULL)
		return;
	for (size_t i = 0; i < notes->n; i++) {
		free(notes->v[i].file);
		free(notes->v[i].text);
		free(notes->v[i].source);
	}
	free(notes->v);
	free(notes);
}

/*
 * One byte of the source is one column of what is shown; tabs are spaces.  Of a
 * long line it is the part around the place.
 */
static char *
copy_source(const struct note_place *place, uint32_t *caret)
{
	const char *source = place->source;
	const char *end = memchr(source, '\n', place->len);
	size_t len = end != NULL ? (size_t)(end - source) : place->len;
	size_t skipped = 0;
	char *copy;

	if (len > LINE_MAX_SHOWN && place->column > LINE_MAX_SHOWN / 2)
		skipped = place->column - LINE_MAX_SHOWN / 2;
	if (skipped > len)
		skipped = len;
	len -= skipped;
	if (len > LINE_MAX_SHOWN)
		len = LINE_MAX_SHOWN;
	copy = malloc(len + 1);
	if (copy == NULL)
		return NULL;
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)source[skipped + i];

		copy[i] = (char)c;
		if (c == '\t')
			copy[i] = ' ';
		else if (c < 0x20 || c >= 0x7f)
			copy[i] = '?';
	}
	copy[len] = '\0';
	*caret = place->column - (uint32_t)skipped;
	return copy;
}

static struct note *
new_note(struct notes *notes)
{
	struct note *v;

	if (notes == NULL || notes->n > NOTES_MAX)
		return NULL;
	v = reallocarray(notes->v, notes->n + 1, sizeof(*v));
	if (v == NULL)
		return NULL;
	notes->v = v;
	return &v[notes->n];
}

static char *
escaped(const char *text)
{
	size_t len = strlen(text), size = 4 * len + 1;
	char *out = malloc(size);

	if (out != NULL)
		err_escape(text, len, out, size);
	return out;
}

void
notes_add(struct notes *notes, const struct note_place *place, const char *fmt,
	  ...)
{
	struct note *note = new_note(notes);
	char text[1024];
	va_list ap;
	int n;

	if (note == NULL)
		return;
	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	*note = (struct note){ .line = place->line, .column = place->column };
	note->file = escaped(place->file);
	note->text = escaped(n < 0 ? "" : text);
	if (note->file == NULL || note->text == NULL) {
		free(note->file);
		free(note->text);
		return;
	}
	if (place->source != NULL)
		note->source = copy_source(place, &note->caret);
	notes->n++;
}

/* "FILE", "FILE:LINE" or "FILE:LINE:COLUMN", and ": ". */
static void
show_place(FILE *f, const struct note *note)
{
	(void)fputs(note->file, f);
	if (note->line > 0)
		(void)fprintf(f, ":%u", note->line);
	if (note->line > 0 && note->column > 0)
		(void)fprintf(f, ":%u", note->column);
	(void)fputs(": ", f);
}

char *
notes_show(const struct note *note)
{
	char *out = NULL;
	size_t size;
	FILE *f = open_memstream(&out, &size);

	if (f == NULL)
		return NULL;
	show_place(f, note);
	(void)fprintf(f, "%s\n", note->text);
	if (note->source != NULL && note->caret > 0) {
		(void)fprintf(f, "    %s\n", note->source);
		(void)fprintf(f, "    %*s\n", (int)note->caret, "^");
	}
	if (fclose(f) != 0) {
		free(out);
		return NULL;
	}
	return out;
}
