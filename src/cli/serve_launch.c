/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A program of a session begins.  What the session itself reads and writes is
 * not for programs: their input is empty and their output ours to tell of,
 * unless the spec says otherwise.
 */
#include "cli/serve.h"

#include "base/err.h"
#include "caisson_handshake.h"
#include "cli/engine.h"
#include "cli/facts.h"
#include "run/handle.h"
#include "run/session/session.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int
serve_open_launcher(struct serve *s, struct caisson_error *err)
{
	const struct caisson_session_options options = {
		.size = sizeof(options),
		.launcher = s->launcher_path,
	};
	int code;

	if (s->launcher != NULL)
		return 0;
	code = caisson_session_open(&options, &s->launcher, err);
	if (code == 0)
		serve_strays_spare(s, session_launcher(s->launcher));
	return code;
}

static int
check_inherited(const struct serve *s, const struct facts *facts,
		struct caisson_error *err)
{
	for (size_t i = 0; i < facts->n_inherited; i++) {
		int fd = facts->inherited[i];

		if (fd == STDIN_FILENO || fd == STDOUT_FILENO)
			return err_usage(err,
					 "/spec: descriptor %d is the "
					 "session's own: no program may "
					 "inherit it",
					 fd);
		if (fd > STDERR_FILENO &&
		    ((unsigned)fd >= SERVE_FDS_MAX || !s->given[fd]))
			return err_usage(err,
					 "/spec: the session was not started "
					 "with a descriptor %d",
					 fd);
	}
	return 0;
}

/* Nobody is there to do it once it has been let go. */
static int
check_detach(const struct serve_child *c, const struct facts *facts,
	     struct caisson_error *err)
{
	if (!c->detach)
		return 0;
	if (facts->timeout_ms > 0)
		return err_usage(err, "/detach: a timeout needs a supervisor "
				      "who stays");
	if (c->log_denials)
		return err_usage(err, "/detach: refused calls need a "
				      "supervisor who stays to answer them");
	if (facts->parent_death_signal != 0)
		return err_usage(err, "/detach: a parent death signal would "
				      "end it");
	if (facts->n_ends > 0)
		return err_usage(err,
				 "/detach: nobody would be at the other end of "
				 "descriptor %d",
				 facts->ends[0]);
	return 0;
}

/* A terminal would have to be handed around, a tracer to be there. */
static int
check_facts(const struct serve *s, const struct facts *facts,
	    struct caisson_error *err)
{
	if (facts->is_foreground)
		return err_usage(err, "/spec/process/foreground: a session "
				      "hands no terminal around");
	if (facts->is_traced)
		return err_usage(err, "/spec/process/ptrace: a session is no "
				      "tracer");
	return check_inherited(s, facts, err);
}

static int
load(struct caisson_spec *spec, const json_t *value, struct caisson_error *err)
{
	char *text = json_dumps(value, JSON_COMPACT);
	int code;

	if (text == NULL)
		return err_no_memory(err, CAISSON_STAGE_PARSE);
	code = caisson_spec_load(spec, text, strlen(text), err);
	serve_wipe(text, strlen(text));
	return code;
}

/* What the spec does not say. */
static int
fill(struct caisson_spec *spec, bool detach, struct caisson_error *err)
{
	struct facts facts;
	int code = 0;

	facts_read(spec, &facts);
	if (!facts_name_stdio(spec, STDIN_FILENO))
		code = caisson_spec_fd_null(spec, STDIN_FILENO, err);
	for (int fd = STDOUT_FILENO; code == 0 && fd <= STDERR_FILENO; fd++)
		if (!facts_name_stdio(spec, fd))
			code = detach ? caisson_spec_fd_null(spec, fd, err)
				      : caisson_spec_fd_pipe(spec, fd,
							     CAISSON_FROM_CHILD,
							     err);
	/* should nobody be left to kill it */
	if (code == 0 && !detach && facts.parent_death_signal == 0)
		code = caisson_spec_set_parent_death_signal(spec, SIGKILL, err);
	return code == 0 ? caisson_spec_freeze(spec, err) : code;
}

static int
read_spec(const json_t *root, bool detach, struct caisson_spec **out,
	  struct caisson_error *err)
{
	const json_t *value = json_object_get(root, "spec");
	int code;

	if (!json_is_object(value))
		return err_usage(err, "/spec: must be an object, see "
				      "caisson-spec(5)");
	code = caisson_spec_new(out, err);
	if (code == 0)
		code = load(*out, value, err);
	return code == 0 ? fill(*out, detach, err) : code;
}

static int
read_secret(const json_t *root, struct caisson_secret **out,
	    struct caisson_error *err)
{
	const json_t *value = json_object_get(root, "secret");
	char *data = NULL;
	size_t len = 0;
	int code;

	if (value == NULL)
		return 0;
	code =
	    json_is_object(value) ? serve_get_data(value, &data, &len, err) : 0;
	if (code == 0 && (data == NULL || json_object_size(value) != 1))
		code = err_usage(err, "/secret: must be {\"text\": ...} or "
				      "{\"base64\": ...}");
	if (code == 0)
		code = caisson_secret_new(data, len, out, err);
	serve_wipe(data, len);
	return code;
}

/* Whether the launcher is needed is the library's to say. */
static int
choose(struct serve *s, const struct caisson_spec *spec, bool detach,
       struct caisson_launch_options *options, struct caisson_error *err)
{
	int code = 0;

	if (s->always)
		options->engine = CAISSON_ENGINE_LAUNCHER;
	else
		code = engine_choose(spec, options, err);
	if (code < 0 || options->engine != CAISSON_ENGINE_LAUNCHER)
		return code;
	/* only a session of its own can let go of it */
	options->detach = detach;
	if (detach)
		return 0;
	code = serve_open_launcher(s, err);
	options->session = s->launcher;
	return code;
}

static int
start(struct serve *s, const struct caisson_spec *spec,
      struct caisson_launch_options *options, struct serve_child *c,
      struct caisson_error *err)
{
	int code = choose(s, spec, c->detach, options, err);

	if (code < 0)
		return code;
	code = caisson_launch(spec, options, &c->child, err);
	if (code == 0) {
		c->pid = caisson_child_pid(c->child);
		serve_strays_begin(s, c->pid);
		/* one of its own */
		if (c->child->via != NULL && options->session == NULL)
			serve_strays_spare(s, session_child_launcher(
						  c->child->via));
	}
	/* what it leaves behind will not be ours to end either */
	if (code == 0 && c->detach && pids_add(&s->sweep.before, c->pid) < 0)
		code = err_no_memory(err, CAISSON_STAGE_NONE);
	return code;
}

static int
begin(struct serve *s, const struct serve_request *rq, struct serve_child *c,
      struct caisson_error *err)
{
	struct caisson_launch_options options = { .size = sizeof(options),
						  .caller_env = s->env,
						  .launcher = s->launcher_path,
						  .denials = c->log_denials };
	struct caisson_spec *spec = NULL;
	struct caisson_secret *secret = NULL;
	struct facts facts;
	int code = read_spec(rq->root, c->detach, &spec, err);

	if (code == 0) {
		facts_read(spec, &facts);
		code = check_facts(s, &facts, err);
	}
	if (code == 0)
		code = check_detach(c, &facts, err);
	if (code == 0)
		code = read_secret(rq->root, &secret, err);
	options.secret = secret;
	if (code == 0)
		code = start(s, spec, &options, c, err);
	if (code == 0)
		code = serve_pipes_open(c, facts.ends, facts.n_ends, err);
	caisson_secret_free(secret);
	caisson_spec_free(spec);
	return code;
}

static int
read_members(const json_t *root, struct serve_child *c,
	     struct caisson_error *err)
{
	int code = serve_get_bool(root, "detach", &c->detach, err);

	if (code == 0)
		code =
		    serve_get_bool(root, "log_denials", &c->log_denials, err);
	if (code == 0)
		code = serve_get_size(root, "output_max", &c->output_max, err);
	return code;
}

int
serve_launch(struct serve *s, const struct serve_request *rq,
	     struct caisson_error *err)
{
	json_t *id = json_object_get(rq->root, "id");
	struct serve_child *c;
	int code;

	if (serve_find(s, id) != NULL)
		return err_usage(err, "/id: what was launched with it still "
				      "runs");
	if (s->n_children >= SERVE_CHILDREN_MAX)
		return err_usage(err, "%u programs run: no more at a time",
				 SERVE_CHILDREN_MAX);
	c = calloc(1, sizeof(*c));
	if (c == NULL)
		return err_no_memory(err, CAISSON_STAGE_NONE);
	c->output_max = UINT64_MAX;
	c->tags = json_pack("{s:O}", "id", id);
	code = c->tags != NULL ? read_members(rq->root, c, err)
			       : err_no_memory(err, CAISSON_STAGE_NONE);
	if (code == 0)
		code = begin(s, rq, c, err);
	if (code == 0)
		code = serve_add(s, c, err);
	if (code == 0)
		serve_started(s, c);
	else
		serve_child_done(c);
	return code;
}
