/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cases: a launch that asks for nothing but what the case says, decided as the
 * launcher decides.
 */
#include "grant/reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of what is not asked for as little as there is; a timeout of 1 ms. */
static void
fill_numbers(const struct grant_case *c, struct grant_request *out)
{
	for (unsigned i = GRANT_FLAGS; i < GRANT_FIELDS; i++)
		out->asked[i] = c->asked.number[i];
	out->asked[GRANT_FLAGS] &= ~(uint64_t)GRANT_EVERYBODY;
	if (!c->asked.has[GRANT_TIMEOUT])
		out->asked[GRANT_TIMEOUT] = 1;
	if (c->no_timeout)
		out->asked[GRANT_TIMEOUT] = UINT64_MAX;
	out->own[GRANT_TIMEOUT] = UINT64_MAX;
	out->own[GRANT_LAUNCHES] = UINT64_MAX;
}

/* A prefix of a case is asked for as the name of just that. */
static int
fill_env(struct grant_case *c, struct grant_request *out)
{
	const struct grant_draft_items *env =
	    grant_draft_items(&c->asked, GRANT_ENV);
	char **v = calloc(env->n + 1, sizeof(*v));

	if (v == NULL)
		return -1;
	out->env = (const char *const *)v;
	for (; out->n_env < env->n; out->n_env++) {
		const char *name = env->v[out->n_env].text;
		size_t size = strlen(name) + 2;

		v[out->n_env] = malloc(size);
		if (v[out->n_env] == NULL)
			return -1;
		(void)snprintf(v[out->n_env], size, "%s=", name);
	}
	return 0;
}

static void
free_env(struct grant_request *asked)
{
	char **v;

	/* ours, though nobody else may change it */
	memcpy(&v, &asked->env, sizeof(v));
	for (size_t i = 0; i < asked->n_env; i++)
		free(v[i]);
	free(v);
}

static int
fill(struct grant_case *c, struct grant_request *out)
{
	const struct grant_draft_ids *uids =
	    grant_draft_ids(&c->asked, GRANT_CALLER_UIDS);
	const struct grant_draft_ids *gids =
	    grant_draft_ids(&c->asked, GRANT_CALLER_GIDS);
	const struct grant_draft_ids *groups =
	    grant_draft_ids(&c->asked, GRANT_GROUPS);
	const struct grant_draft_items *chroots =
	    grant_draft_items(&c->asked, GRANT_CHROOTS);

	*out = (struct grant_request){
		.caller_uid = uids->n > 0 ? uids->v[0] : USER_INVALID,
		.caller_gids = gids->v,
		.n_caller_gids = gids->n,
		.uid = (uint32_t)c->asked.number[GRANT_UID],
		.gid = (uint32_t)c->asked.number[GRANT_GID],
		.groups = groups->v,
		.n_groups = groups->n,
		.path = c->path,
		.signal = c->path == NULL,
		.script = c->script,
		.filtered = !c->unfiltered,
		.chroot = chroots->n > 0 ? chroots->v[0].text : NULL,
	};
	fill_numbers(c, out);
	return fill_env(c, out);
}

static int
check(const struct grant_text *text, struct grant_case *c,
      const struct grant_set *set, struct caisson_error *err)
{
	struct grant_request asked;
	struct grant_answer answer;
	char said[GRANT_SAY_SIZE];
	int result = 0;

	if (fill(c, &asked) < 0)
		result = grant_no_memory(err);
	else if ((grant_decide(set, &asked, &answer) == GRANT_PERMIT) !=
		 c->permit) {
		grant_explain(&answer, &asked, said);
		result = grant_wrong_at(text, &c->at, err,
					"this does not hold: %s", said);
	}
	free_env(&asked);
	return result;
}

int
grant_cases_check(const struct grant_text *text, const struct grant_set *set,
		  struct caisson_error *err)
{
	int result = 0;

	for (size_t i = 0; result == 0 && i < text->n_cases; i++)
		result = check(text, &text->cases[i], set, err);
	return result;
}

int
grant_text_answer(struct grant_text *text, const struct grant_bytes *bytes,
		  char said[GRANT_SAY_SIZE], bool *out,
		  struct caisson_error *err)
{
	struct grant_request asked;
	struct grant_answer answer;
	struct grant_set set;
	int result = 0;

	if (text->n_cases == 0 || !grant_take(bytes->data, bytes->len, &set))
		return err_usage(err, "no case, or no grants");
	if (fill(&text->cases[text->n_cases - 1], &asked) < 0) {
		result = grant_no_memory(err);
	} else {
		*out = grant_decide(&set, &asked, &answer) == GRANT_PERMIT;
		grant_explain(&answer, &asked, said);
	}
	free_env(&asked);
	return result;
}
