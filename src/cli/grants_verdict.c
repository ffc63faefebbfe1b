/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An answer field by field: what is asked for, and what the rule allows.
 * Whether that is too much is asked of the decision itself, about each field
 * alone.
 */
#include "cli/grants.h"

#include "base/err.h"

#include <stdio.h>
#include <string.h>

struct row {
	char field[GRANT_SAY_SIZE], asked[64], allowed[64];
	bool exceeds;
};

typedef void row_function(void *to, const struct row *row);

/* For this caller, target and program, and nothing else: as little as can be. */
static struct grant_request
least(const struct grant_request *asked)
{
	struct grant_request q = *asked;

	q.script = false;
	q.chroot = NULL;
	q.env = NULL;
	q.n_env = 0;
	q.filtered = true;
	memset(q.asked, 0, sizeof(q.asked));
	return q;
}

static bool
exceeds(const struct grants_verdict *v, const struct grant_request *q,
	unsigned field)
{
	struct grant_answer answer;

	return grant_decide(&v->set, q, &answer) != GRANT_PERMIT &&
	       answer.field == field;
}

static void
put(struct row *row, const char *field, const char *asked, const char *allowed)
{
	(void)snprintf(row->field, sizeof(row->field), "%s", field);
	(void)snprintf(row->asked, sizeof(row->asked), "%s", asked);
	(void)snprintf(row->allowed, sizeof(row->allowed), "%s", allowed);
}

static void
each_name(const struct grants_verdict *v, row_function *f, void *to)
{
	const struct grant_request *asked = v->asked;
	struct grant_request q = least(asked);
	char path[64];
	struct row row;

	q.script = asked->script;
	row.exceeds = exceeds(v, &q, GRANT_PROGRAMS);
	err_escape(asked->path, strlen(asked->path), path, sizeof(path));
	put(&row, "program", path, row.exceeds ? "no scripts" : "this");
	f(to, &row);
	q = least(asked);
	row.exceeds = exceeds(v, &q, GRANT_GROUPS);
	put(&row, "groups", "", row.exceeds ? "others" : "these");
	f(to, &row);
	if (v->answer.rule.field[GRANT_FLOORS].left > 0) {
		q = least(asked);
		q.filtered = asked->filtered;
		row.exceeds = exceeds(v, &q, GRANT_FLOORS);
		put(&row, "seccomp", asked->filtered ? "a filter" : "none",
		    "a filter");
		f(to, &row);
	}
	if (asked->chroot != NULL) {
		q = least(asked);
		q.chroot = asked->chroot;
		row.exceeds = exceeds(v, &q, GRANT_CHROOTS);
		put(&row, "chroot", "", row.exceeds ? "others" : "this");
		f(to, &row);
	}
}

static void
each_variable(const struct grants_verdict *v, row_function *f, void *to)
{
	for (size_t i = 0; i < v->asked->n_env; i++) {
		const char *env = v->asked->env[i];
		struct grant_request q = least(v->asked);
		char name[128], field[160];
		struct row row;

		q.env = &env;
		q.n_env = 1;
		row.exceeds = exceeds(v, &q, GRANT_ENV);
		err_escape(env, strcspn(env, "="), name, sizeof(name));
		(void)snprintf(field, sizeof(field), "env %s", name);
		put(&row, field, "", row.exceeds ? "not" : "this");
		f(to, &row);
	}
}

static void
each_flag(const struct grants_verdict *v, row_function *f, void *to)
{
	for (uint64_t flag = GRANT_ROOT; flag < GRANT_FLAGS_ALL; flag <<= 1) {
		struct grant_request q = least(v->asked);
		char word[64];
		struct row row;

		q.asked[GRANT_FLAGS] = v->asked->asked[GRANT_FLAGS] & flag;
		if (q.asked[GRANT_FLAGS] == 0)
			continue;
		row.exceeds = exceeds(v, &q, GRANT_FLAGS);
		grant_explain_field(GRANT_FLAGS, flag, word);
		put(&row, word, "yes", row.exceeds ? "no" : "yes");
		f(to, &row);
	}
}

static void
each_number(const struct grants_verdict *v, row_function *f, void *to)
{
	for (unsigned i = GRANT_CAPABILITIES; i < GRANT_FIELDS; i++) {
		struct grant_request q = least(v->asked);
		uint64_t own = v->asked->own[i];
		uint64_t allowed = grant_number(&v->answer.rule, i, own);
		uint64_t asked = v->asked->asked[i];
		char word[64], wants[64], may[64];
		struct row row;

		/* neither asked for nor spoken of */
		if (v->answer.rule.field[i].left == 0 &&
		    (asked == own || asked == 0))
			continue;
		q.asked[i] = asked;
		row.exceeds = exceeds(v, &q, i);
		grant_explain_field(i, 0, word);
		grant_explain_number(i, asked, wants);
		grant_explain_number(i, allowed, may);
		/* how many run is known when it is launched */
		put(&row, word,
		    i == GRANT_LAUNCHES && asked == 0 ? "one more" : wants,
		    may);
		f(to, &row);
	}
}

static void
each_row(const struct grants_verdict *v, row_function *f, void *to)
{
	if (!v->answer.has_rule)
		return;
	each_name(v, f, to);
	each_variable(v, f, to);
	each_flag(v, f, to);
	each_number(v, f, to);
}

static void
print_row(void *to, const struct row *row)
{
	bool numbers = row->asked[0] != '\0';

	(void)to;
	(void)printf("  %-8s %s%s%s%s%s\n", row->exceeds ? "exceeds" : "within",
		     row->field, numbers ? ": asked for " : "", row->asked,
		     row->allowed[0] == '\0' ? "" : ", allowed: ",
		     row->allowed);
}

void
grants_verdict_print(const struct grants_verdict *v)
{
	char said[GRANT_SAY_SIZE];

	grant_explain(&v->answer, v->asked, said);
	(void)puts(said);
	each_row(v, print_row, NULL);
}

static void
add_row(void *to, const struct row *row)
{
	(void)json_array_append_new(to,
				    json_pack("{s:s, s:s, s:s, s:b}", "field",
					      row->field, "asked", row->asked,
					      "allowed", row->allowed,
					      "exceeds", row->exceeds ? 1 : 0));
}

json_t *
grants_verdict_json(const struct grants_verdict *v)
{
	const struct wire_reader *file = &v->answer.rule.field[GRANT_FILE];
	char said[GRANT_SAY_SIZE];
	json_t *o, *rows = json_array();

	grant_explain(&v->answer, v->asked, said);
	each_row(v, add_row, rows);
	o = json_pack("{s:b, s:b, s:s, s:o}", "ok", 1, "permitted",
		      v->answer.verdict == GRANT_PERMIT ? 1 : 0, "message",
		      said, "fields", rows);
	if (o != NULL && v->answer.has_rule) {
		(void)json_object_set_new(o, "file",
					  json_stringn((const char *)file->data,
						       file->left));
		(void)json_object_set_new(o, "line",
					  json_integer((json_int_t)grant_number(
					      &v->answer.rule, GRANT_LINE, 0)));
	}
	return o;
}
