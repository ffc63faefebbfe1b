/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a line asks for.  Each request has exactly one answer: what it began
 * ("started"), "done", or an "error"; the last two with the number of the line,
 * and all with the id if there is one.
 */
#include "cli/serve.h"

#include "base/err.h"
#include "base/suggest.h"
#include "cli/events_write.h"

#include <string.h>

#define ID_MAX 128u /* bytes */

void
serve_say_done(struct serve *s, json_t *tags)
{
	s->out.tags = tags;
	events_emit(&s->out, events_begin("done"));
	s->out.tags = NULL;
}

void
serve_say_error(struct serve *s, json_t *tags, const struct caisson_error *err)
{
	s->out.tags = tags;
	events_error(&s->out, err);
	s->out.tags = NULL;
}

int
serve_get_bool(const json_t *o, const char *name, bool *out,
	       struct caisson_error *err)
{
	const json_t *value = json_object_get(o, name);

	if (value == NULL)
		return 0;
	if (!json_is_boolean(value))
		return err_usage(err, "/%s: must be true or false", name);
	*out = json_is_true(value);
	return 0;
}

int
serve_get_size(const json_t *o, const char *name, uint64_t *out,
	       struct caisson_error *err)
{
	const json_t *value = json_object_get(o, name);

	if (value == NULL)
		return 0;
	if (!json_is_integer(value) || json_integer_value(value) < 0)
		return err_usage(err, "/%s: must be an integer, 0 or more",
				 name);
	*out = (uint64_t)json_integer_value(value);
	return 0;
}

static bool
is_id(const json_t *value)
{
	return json_is_integer(value) ||
	       (json_is_string(value) && json_string_length(value) > 0 &&
		json_string_length(value) <= ID_MAX);
}

int
serve_get_child(struct serve *s, const json_t *o, struct serve_child **out,
		struct caisson_error *err)
{
	const json_t *id = json_object_get(o, "child");

	if (!is_id(id))
		return err_usage(err, "/child: must be the id of a launch");
	*out = serve_find(s, id);
	if (*out == NULL)
		return err_set(err, CAISSON_E_NOT_FOUND, CAISSON_STAGE_NONE, 0,
			       "/child: nothing runs that was launched with "
			       "this id");
	return 0;
}

static int
close_session(struct serve *s, const struct serve_request *rq,
	      struct caisson_error *err)
{
	(void)err;
	s->ending = "close";
	serve_say_done(s, rq->tags);
	return 0;
}

/* "id" and "op" apart, which all have. */
static const struct op {
	const char *name;
	serve_op *run;
	const char *members[7];
} ops[] = {
	{ "launch",
	  serve_launch,
	  { "spec", "detach", "log_denials", "secret", "output_max", NULL } },
	{ "signal", serve_signal, { "child", "signal", "whom", NULL } },
	{ "write",
	  serve_write,
	  { "child", "fd", "text", "base64", "close", NULL } },
	{ "close", close_session, { NULL } },
};

#define N_OPS (sizeof(ops) / sizeof(ops[0]))

static bool
has_member(const struct op *op, const char *name)
{
	for (const char *const *m = op->members; *m != NULL; m++)
		if (strcmp(*m, name) == 0)
			return true;
	return strcmp(name, "id") == 0 || strcmp(name, "op") == 0;
}

static int
find_op(const char *name, const struct op **out, struct caisson_error *err)
{
	struct suggest near;

	suggest_init(&near, name);
	for (size_t i = 0; i < N_OPS; i++) {
		*out = &ops[i];
		if (strcmp(name, ops[i].name) == 0)
			return 0;
		suggest_offer(&near, ops[i].name);
	}
	if (near.best != NULL)
		return err_usage(err,
				 "/op: \"%.32s\" is none; did you mean %s?",
				 name, near.best);
	return err_usage(err,
			 "/op: \"%.32s\" is none of launch, signal, write, "
			 "close",
			 name);
}

static int
check_members(const struct op *op, json_t *root, struct caisson_error *err)
{
	struct suggest near;
	const char *name;
	json_t *value;

	json_object_foreach(root, name, value)
	{
		if (has_member(op, name))
			continue;
		suggest_init(&near, name);
		for (const char *const *m = op->members; *m != NULL; m++)
			suggest_offer(&near, *m);
		if (near.best != NULL)
			return err_usage(err,
					 "/%.32s: no such member of %s; did "
					 "you mean %s?",
					 name, op->name, near.best);
		return err_usage(err, "/%.32s: no such member of %s", name,
				 op->name);
	}
	return 0;
}

static int
carry_out(struct serve *s, struct serve_request *rq, struct caisson_error *err)
{
	json_t *id = json_object_get(rq->root, "id");
	json_t *name = json_object_get(rq->root, "op");
	const struct op *op = NULL;
	int code;

	if (!json_is_object(rq->root))
		return err_usage(err, "a request is an object");
	if (is_id(id))
		(void)json_object_set(rq->tags, "id", id);
	if (json_is_string(name))
		(void)json_object_set(rq->tags, "op", name);
	if (!is_id(id))
		return err_usage(err,
				 "/id: must be an integer, or a string of 1 "
				 "to %u bytes",
				 ID_MAX);
	if (!json_is_string(name))
		return err_usage(err, "/op: must be launch, signal, write or "
				      "close");
	code = find_op(json_string_value(name), &op, err);
	if (code == 0)
		code = check_members(op, rq->root, err);
	return code < 0 ? code : op->run(s, rq, err);
}

static void
answer(struct serve *s, json_t *root, int code, struct caisson_error *err)
{
	struct serve_request rq = {
		.root = root,
		.tags = json_pack("{s:I}", "request", (json_int_t)s->in.number),
	};

	if (rq.tags == NULL)
		code = err_no_memory(err, CAISSON_STAGE_NONE);
	if (code == 0)
		code = carry_out(s, &rq, err);
	if (code < 0)
		serve_say_error(s, rq.tags, err);
	json_decref(rq.tags);
	json_decref(root);
}

void
serve_requests(struct serve *s)
{
	while (s->ending == NULL && s->out.n_pending <= SERVE_UNREAD_MAX) {
		struct caisson_error err = { .code = 0 };
		json_t *root = NULL;
		enum serve_taken taken = serve_lines_take(&s->in, &root, &err);

		if (taken != SERVE_NOTHING)
			answer(s, root, taken == SERVE_LINE ? 0 : err.code,
			       &err);
		else if (s->in.ended)
			s->ending = "end";
		else
			return;
	}
}
