/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the launcher has denied, in the same words as "caisson grants why" has
 * for it, and what to do where there is no rule at all.
 */
#include "run/session/internal.h"

#include "base/err.h"
#include "base/sys.h"
#include "base/wire.h"
#include "grant/text.h"
#include "run/process_text.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* What is allowed to a rule that says nothing: as the launcher sees it. */
static bool
is_own(unsigned field, uint64_t allowed)
{
	struct rlimit own = { 0, 0 };
	int score = 0;

	if (field == GRANT_OOM_SCORE_ADJ)
		return process_own_oom_score(&score) == 0 &&
		       allowed == GRANT_OOM_NUMBER(score);
	if (field == GRANT_NICE)
		return allowed ==
		       GRANT_NICE_NUMBER(getpriority(PRIO_PROCESS, 0));
	return field >= GRANT_RLIMIT && field < GRANT_FIELDS &&
	       getrlimit((__rlimit_resource_t)(field - GRANT_RLIMIT), &own) ==
		   0 &&
	       allowed == own.rlim_max;
}

static size_t
count(char *const *v)
{
	size_t n = 0;

	while (v != NULL && v[n] != NULL)
		n++;
	return n;
}

/* The answer as it was before it was sent, as far as it is spoken of. */
static void
restore(const struct session_request *request, uint8_t line[WIRE_U64],
	struct grant_answer *out)
{
	const struct frame_denied *d = &request->answer.denied;
	struct wire_writer w = { line, WIRE_U64 };

	memset(out, 0, sizeof(*out));
	out->verdict = GRANT_DENY;
	out->field = (unsigned)d->field;
	out->index = (size_t)d->index;
	out->allowed = d->allowed;
	out->asked = d->asked;
	out->has_rule = d->line > 0;
	if (!out->has_rule || !wire_write_u64(&w, d->line))
		return;
	if (out->field < GRANT_FIELDS && !is_own(out->field, out->allowed))
		out->rule.field[out->field] =
		    (struct wire_reader){ line, WIRE_U64 };
	out->rule.field[GRANT_LINE] = (struct wire_reader){ line, WIRE_U64 };
	if (request->file != NULL)
		out->rule.field[GRANT_FILE] =
		    (struct wire_reader){ (const uint8_t *)request->file,
					  strlen(request->file) };
}

/* Answers that no launcher gives would have no words. */
static bool
has_words(const struct grant_answer *answer, const struct session_asked *asked)
{
	if (answer->field >= GRANT_FIELDS)
		return false;
	if (!answer->has_rule)
		return true;
	if (answer->field == GRANT_ENV)
		return answer->index < count(asked->env);
	return answer->field != GRANT_CHROOTS || asked->chroot != NULL;
}

int
session_explain_denied(const struct session_request *request,
		       const struct session_asked *asked,
		       struct caisson_error *err)
{
	const struct grant_request words = {
		.uid = asked->uid,
		.gid = asked->gid,
		.path = asked->path,
		.chroot = asked->chroot,
		.env = (const char *const *)asked->env,
		.n_env = count(asked->env),
		.signal = asked->signal,
	};
	struct grant_answer answer;
	uint8_t line[WIRE_U64];
	char said[GRANT_SAY_SIZE];

	restore(request, line, &answer);
	if (!has_words(&answer, asked))
		return err_set(err, CAISSON_E_DENIED, CAISSON_STAGE_GRANT, 0,
			       "denied, for a reason that this version does "
			       "not know (%u)",
			       answer.field);
	if (!answer.has_rule && answer.field == GRANT_LAUNCHES)
		return err_set(err, CAISSON_E_DENIED, CAISSON_STAGE_GRANT, 0,
			       "denied: %llu programs of this caller run, and "
			       "that is as many as may",
			       (unsigned long long)answer.allowed);
	if (!answer.has_rule && asked->signal)
		return err_set(err, CAISSON_E_DENIED, CAISSON_STAGE_GRANT, 0,
			       "denied: no rule for the caller and the "
			       "process's user says signal");
	grant_explain(&answer, &words, said);
	return err_set(err, CAISSON_E_DENIED, CAISSON_STAGE_GRANT, 0, "%s%s",
		       said,
		       answer.has_rule ? ""
				       : "; \"caisson grants list\" says what "
					 "is granted");
}
