/* SPDX-License-Identifier: Apache-2.0 */
/* What is said about policies: remarks and errors, with the line meant. */
#include "cli/policy.h"

#include "base/err.h"
#include "base/fd.h"
#include "cli/answer.h"
#include "cli/cli.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* One write, so that lines of several processes do not mix. */
static void
say_note(const char *verb, const char *kind, const struct note *note)
{
	char *shown = notes_show(note);
	char *text = NULL;

	if (shown != NULL &&
	    asprintf(&text, "caisson: %s: %s%s", verb, kind, shown) >= 0)
		(void)fd_write_all(STDERR_FILENO, text, strlen(text));
	else
		cli_say(verb, "%s%s", kind, note->text);
	free(text);
	free(shown);
}

void
policy_say_notes(const struct policy_request *r, const struct notes *notes,
		 size_t n)
{
	for (size_t i = 0; !r->quiet && i < n; i++)
		say_note(r->verb, "warning: ", &notes->v[i]);
}

json_t *
policy_notes_json(const struct policy_request *r, const struct notes *notes)
{
	json_t *list = json_array();

	for (size_t i = 0; !r->quiet && i < notes->n; i++) {
		const struct note *note = &notes->v[i];
		json_t *o = json_pack("{s:s, s:s}", "file", note->file,
				      "message", note->text);

		if (o != NULL && note->line != 0) {
			(void)json_object_set_new(o, "line",
						  json_integer(note->line));
			(void)json_object_set_new(o, "column",
						  json_integer(note->column));
		}
		(void)json_array_append_new(list, o);
	}
	return list;
}

/* The note that the error is, which is the last one; NULL: none is. */
static const struct note *
note_of(const struct notes *notes, const struct caisson_error *err)
{
	const struct note *last;
	size_t len, msg;

	if (notes == NULL || notes->n == 0)
		return NULL;
	last = &notes->v[notes->n - 1];
	if (last->line != err->line || last->column != err->column)
		return NULL;
	/* Of a file, and no place in it: it must be the same text. */
	len = strlen(last->text);
	msg = strlen(err->msg);
	if (err->line == 0 &&
	    (len > msg || strcmp(err->msg + msg - len, last->text) != 0))
		return NULL;
	return last;
}

int
policy_fail(const struct policy_request *r, const struct notes *notes,
	    const struct caisson_error *err)
{
	const struct note *note = note_of(notes, err);

	if (notes != NULL)
		policy_say_notes(r, notes,
				 note != NULL ? notes->n - 1 : notes->n);
	if (note != NULL)
		say_note(r->verb, "", note);
	else
		cli_say(r->verb, "%s", err->msg);
	if (r->json)
		return answer_print(r->verb, answer_error(err), CLI_FAILED);
	return CLI_FAILED;
}

int
policy_usage(const struct policy_request *r, const char *fmt, ...)
{
	struct caisson_error err;
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	(void)err_usage(&err, "%s", text);
	return policy_fail(r, NULL, &err);
}

int
policy_no_memory(const struct policy_request *r)
{
	struct caisson_error err;

	(void)err_no_memory(&err, CAISSON_STAGE_NONE);
	return policy_fail(r, NULL, &err);
}
