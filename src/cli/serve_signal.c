/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signals to what runs: the process, its group, or its tree.  What the launcher
 * has started is its to signal; of what is ours, the tree is stopped first, so
 * that nobody is missed.
 */
#include "cli/serve.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/names.h"
#include "cli/tree.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

#define FREEZE_MS 2000u

static int
get_signal(const json_t *o, int *out, struct caisson_error *err)
{
	const json_t *value = json_object_get(o, "signal");

	*out = -1;
	if (json_is_string(value))
		*out = names_signal(json_string_value(value));
	else if (json_is_integer(value) && json_integer_value(value) > 0 &&
		 json_integer_value(value) < NSIG)
		*out = (int)json_integer_value(value);
	if (*out <= 0)
		return err_usage(err, "/signal: must be a name, \"TERM\", or "
				      "a number");
	return 0;
}

static int
signal_tree(struct serve *s, struct serve_child *c, int signo,
	    struct caisson_error *err)
{
	uint64_t end = clock_mono_ms() + FREEZE_MS;
	struct tree t;
	int r;

	if (caisson_child_engine(c->child) == CAISSON_ENGINE_LAUNCHER)
		return caisson_child_signal(c->child, signo, CAISSON_SCOPE_TREE,
					    err);
	/* has it ended? */
	r = caisson_child_signal(c->child, SIGCONT, CAISSON_SCOPE_PROCESS, err);
	if (r < 0)
		return r;
	if (tree_init(&t, &s->sweep.before, s->sweep.since) < 0)
		return err_no_memory(err, CAISSON_STAGE_SIGNAL);
	r = tree_scope(&t, c->pid, caisson_child_pidfd(c->child));
	if (r == 0)
		r = tree_freeze(&t, end);
	tree_signal(&t, signo);
	tree_done(&t);
	if (r < 0)
		return err_set(err, CAISSON_E_SYSTEM, CAISSON_STAGE_SIGNAL,
			       ESRCH, "the tree cannot be seen");
	return caisson_child_signal(c->child, signo, CAISSON_SCOPE_GROUP, err);
}

int
serve_signal(struct serve *s, const struct serve_request *rq,
	     struct caisson_error *err)
{
	const json_t *whom = json_object_get(rq->root, "whom");
	const char *word = whom == NULL ? "process" : json_string_value(whom);
	struct serve_child *c = NULL;
	int signo = 0;
	int code = serve_get_child(s, rq->root, &c, err);

	if (code == 0)
		code = get_signal(rq->root, &signo, err);
	if (code < 0)
		return code;
	if (word != NULL && strcmp(word, "process") == 0)
		code = caisson_child_signal(c->child, signo,
					    CAISSON_SCOPE_PROCESS, err);
	else if (word != NULL && strcmp(word, "group") == 0)
		code = caisson_child_signal(c->child, signo,
					    CAISSON_SCOPE_GROUP, err);
	else if (word != NULL && strcmp(word, "tree") == 0)
		code = signal_tree(s, c, signo, err);
	else
		return err_usage(err, "/whom: must be process, group or tree");
	if (code == 0)
		serve_say_done(s, rq->tags);
	return code;
}
