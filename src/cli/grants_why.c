/* SPDX-License-Identifier: Apache-2.0 */
/*
 * caisson grants why: is it permitted, by which rule, and what is the ceiling
 * of each of its fields?  A spec becomes the same plan, the same question and
 * the same answer as with the launcher, only that nothing is started.
 */
#include "cli/grants.h"

#include "base/err.h"
#include "base/fd.h"
#include "cli/answer.h"
#include "cli/cli.h"
#include "cli/proc.h"
#include "cli/request.h"
#include "plan/ask.h"
#include "run/launch.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* ---- in words --------------------------------------------------------- */

/* "expect permit WORDS": what has a blank, or nothing, is quoted. */
static char *
write_case(const struct policy_request *r)
{
	char *out = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&out, &size);

	if (f == NULL)
		return NULL;
	(void)fputs("expect permit", f);
	for (size_t i = 0; i < r->n_words; i++) {
		const char *word = r->words[i];
		bool quote = word[0] == '\0' || strpbrk(word, " \t#") != NULL;

		(void)fprintf(f, quote ? " \"%s\"" : " %s", word);
	}
	(void)fputc('\n', f);
	if (fclose(f) != 0) {
		free(out);
		return NULL;
	}
	return out;
}

static int
ask(struct grants_input *input, const char *line, char said[GRANT_SAY_SIZE],
    bool *permitted, struct caisson_error *err)
{
	int r = grant_text_add(&input->text, "command line", line, strlen(line),
			       err);

	if (r < 0)
		return r;
	return grant_text_answer(&input->text, &input->bytes, said, permitted,
				 err);
}

static int
answer(const struct policy_request *r, const char *said, bool permitted)
{
	int status = permitted ? EXIT_SUCCESS : GRANTS_DENIED;

	if (r->json)
		return answer_print(r->verb,
				    json_pack("{s:b, s:b, s:s}", "ok", 1,
					      "permitted", permitted ? 1 : 0,
					      "message", said),
				    status);
	(void)puts(said);
	return cli_flush(r->verb, status);
}

static int
why_words(const struct policy_request *r, struct grants_input *input)
{
	struct caisson_error err;
	char said[GRANT_SAY_SIZE];
	bool permitted = false;
	char *line = write_case(r);
	int status;

	if (line == NULL)
		return policy_no_memory(r);
	if (ask(input, line, said, &permitted, &err) < 0)
		status = policy_fail(r, input->notes, &err);
	else
		status = answer(r, said, permitted);
	free(line);
	return status;
}

/* ---- a spec ----------------------------------------------------------- */

struct question {
	struct caisson_spec *spec;
	struct launch *launch;
	struct plan_asker who;
	uint32_t *gids; /* heap */
	struct grant_request asked;
};

static void
question_done(struct question *q)
{
	launch_free(q->launch);
	caisson_spec_free(q->spec);
	free(q->gids);
}

static int
read_caller(struct question *q, struct caisson_error *err)
{
	char *text = proc_read("/proc/self/oom_score_adj");
	const char *p = text;
	int64_t score = 0;

	if (text != NULL && proc_number(&p, &score))
		q->who.oom_score_adj = (int)score;
	free(text);
	for (unsigned i = 0; i < GRANT_RLIMITS; i++) {
		struct rlimit limit = { 0, 0 };

		if (getrlimit((__rlimit_resource_t)i, &limit) == 0)
			q->who.hard[i] = limit.rlim_max;
	}
	q->who.nice = getpriority(PRIO_PROCESS, 0);
	q->who.uid = getuid();
	q->gids = grants_own_groups(&q->who.n_gids);
	q->who.gids = q->gids;
	return q->gids != NULL ? 0 : err_no_memory(err, CAISSON_STAGE_NONE);
}

/* What opening files and making pipes would add: their numbers only. */
static void
count_fds(struct launch *l)
{
	size_t n = l->spec->n_extra + (l->spec->handshake.has ? 2 : 0);

	for (size_t i = 0; i < n; i++)
		l->fds[i] = (struct plan_fd){ STDERR_FILENO + 1 + (int)i, -1 };
	l->plan.fds = l->fds;
	l->plan.n_fds = n;
}

/* exec decides about it later; one that we cannot read may be one. */
static bool
is_script(const char *path)
{
	FD_OWNED fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	char start[2];
	size_t n;

	return fd >= 0 && fd_read_all(fd, start, sizeof(start), &n) == 0 &&
	       n == sizeof(start) && memcmp(start, "#!", n) == 0;
}

static int
read_question(const struct policy_request *r, struct question *q,
	      struct caisson_error *err)
{
	struct caisson_launch_options options = {
		.size = sizeof(options),
		.engine = CAISSON_ENGINE_LAUNCHER,
		.caller_env = (const char *const *)r->env,
		.detach = r->detach,
	};
	struct frame_launch beside = { .detach = r->detach };
	char *text = NULL;
	size_t len = 0;
	int code = specfile_slurp("", r->words[0], &text, &len, err);

	if (code == 0)
		code = caisson_spec_parse(text, len, &q->spec, err);
	free(text);
	if (code == 0)
		code = launch_new(q->spec, &options, &q->launch, err);
	if (code == 0)
		code = read_caller(q, err);
	if (code < 0 || q->launch == NULL)
		return code;
	count_fds(q->launch);
	beside.timeout_ms = (uint64_t)q->spec->timeout_ms;
	beside.kill_grace_ms = (uint64_t)q->spec->kill_grace_ms;
	plan_ask(&q->launch->plan, &q->who, &beside, &q->asked);
	q->asked.script = q->asked.chroot == NULL && is_script(q->asked.path);
	return 0;
}

static int
say(const struct policy_request *r, const struct grants_input *input,
    const struct question *q)
{
	struct grants_verdict v = { .asked = &q->asked };
	int status;

	if (!grant_take(input->bytes.data, input->bytes.len, &v.set))
		return policy_no_memory(r);
	status = grant_decide(&v.set, v.asked, &v.answer) == GRANT_PERMIT
		     ? EXIT_SUCCESS
		     : GRANTS_DENIED;
	if (r->json)
		return answer_print(r->verb, grants_verdict_json(&v), status);
	grants_verdict_print(&v);
	return cli_flush(r->verb, status);
}

static int
why_spec(const struct policy_request *r, const struct grants_input *input)
{
	struct question q = { .spec = NULL };
	struct caisson_error err;
	int status;

	if (read_question(r, &q, &err) < 0)
		status = policy_fail(r, NULL, &err);
	else
		status = say(r, input, &q);
	if (getuid() == 0 && !r->quiet)
		cli_say(r->verb, "remark: root can do it itself, and needs no "
				 "grant");
	question_done(&q);
	return status;
}

int
grants_why(const struct policy_request *r)
{
	char *files[] = { NULL, NULL };
	struct grants_input input;
	int status;

	/* as argv has them: not const, and not changed */
	memcpy(&files[0], &r->from, sizeof(files[0]));
	status = grants_read(r, files, r->from != NULL ? 1 : 0, &input);
	if (status == 0 && r->from == NULL)
		grants_compare(r, &input);
	if (status == 0)
		status = r->n_words == 1 ? why_spec(r, &input)
					 : why_words(r, &input);
	grants_input_done(&input);
	return status;
}
