/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules together: the first that fits decides, so one that stands behind
 * another for the same launches says nothing.
 */
#include "grant/reader.h"

#include <string.h>

static bool
has_ids(const struct grant_draft_ids *ids, const struct grant_draft_ids *others)
{
	size_t at = 0;

	for (size_t i = 0; i < others->n; i++) {
		while (at < ids->n && ids->v[at] < others->v[i])
			at++;
		if (at == ids->n || ids->v[at] != others->v[i])
			return false;
	}
	return true;
}

/* Is the first for everybody whom the second is for, and the same target? */
static bool
is_for_all_of(const struct grant_draft *first, const struct grant_draft *second)
{
	if (first->number[GRANT_UID] != second->number[GRANT_UID] ||
	    first->number[GRANT_GID] != second->number[GRANT_GID])
		return false;
	if ((first->number[GRANT_FLAGS] & GRANT_EVERYBODY) != 0)
		return true;
	return (second->number[GRANT_FLAGS] & GRANT_EVERYBODY) == 0 &&
	       has_ids(&first->ids[0], &second->ids[0]) &&
	       has_ids(&first->ids[1], &second->ids[1]);
}

static bool
covers(const struct grant_draft_item *first,
       const struct grant_draft_item *second)
{
	size_t len = strlen(first->text);

	if ((first->number & GRANT_PREFIX) != 0)
		return strncmp(first->text, second->text, len) == 0;
	return strcmp(first->text, second->text) == 0;
}

/* The rule before this one that decides about the program; n: none does. */
static size_t
decides_before(const struct grant_text *text, size_t n,
	       const struct grant_draft_item *program)
{
	for (size_t i = 0; i < n; i++) {
		const struct grant_draft_items *programs =
		    grant_draft_items(&text->rules[i], GRANT_PROGRAMS);

		if (!is_for_all_of(&text->rules[i], &text->rules[n]))
			continue;
		for (size_t p = 0; p < programs->n; p++)
			if (covers(&programs->v[p], program))
				return i;
	}
	return n;
}

static void
warn_program(const struct grant_text *text, size_t n,
	     const struct grant_draft_item *program)
{
	const struct grant_draft *before =
	    &text->rules[decides_before(text, n, program)];
	struct grant_place at = text->places[n];
	const struct grant_source *source = &text->sources[at.source];

	for (; at.line < program->line; at.line++) {
		const char *end = memchr(source->text + at.start, '\n',
					 source->len - at.start);

		at.start = (size_t)(end - source->text) + 1;
	}
	at.column = program->column;
	grant_warn_at(text, &at,
		      "the rule of %s:%llu decides about this program: here "
		      "it is in vain",
		      before->file,
		      (unsigned long long)before->number[GRANT_LINE]);
}

static int
review_rule(const struct grant_text *text, size_t n, struct caisson_error *err)
{
	const struct grant_draft_items *programs =
	    grant_draft_items(&text->rules[n], GRANT_PROGRAMS);
	size_t shadowed = 0, by = n;

	for (size_t p = 0; p < programs->n; p++) {
		size_t before = decides_before(text, n, &programs->v[p]);

		shadowed += before < n;
		by = before < n ? before : by;
	}
	if (shadowed == programs->n)
		return grant_wrong_at(
		    text, &text->places[n], err,
		    "this rule is never reached: the rule of %s:%llu is for "
		    "the same callers, target and programs, and stands before "
		    "it",
		    text->rules[by].file,
		    (unsigned long long)text->rules[by].number[GRANT_LINE]);
	for (size_t p = 0; p < programs->n; p++)
		if (decides_before(text, n, &programs->v[p]) < n)
			warn_program(text, n, &programs->v[p]);
	return 0;
}

int
grant_review(const struct grant_text *text, struct caisson_error *err)
{
	int result = 0;

	for (size_t n = 0; result == 0 && n < text->n_rules; n++)
		result = review_rule(text, n, err);
	return result;
}
