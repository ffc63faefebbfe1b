/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzz target: a request against a set of grants.  The input is the length of
 * the file, the file, and then the request.  The promises that are kept for
 * every input: the same question gets the same answer; what is permitted is so
 * by a rule, by a canonical path, and by the next question that asks for less;
 * what is denied names a field, and is denied to who asks for more.
 */
#include "target.h"

#include "grant/rule.h"

#include <stdlib.h>
#include <string.h>

#define TEXTS  8
#define GROUPS 4

struct input {
	struct wire_reader r;
	char *texts[TEXTS];
	size_t n;
};

static uint64_t
next_number(struct input *in)
{
	uint64_t value = 0;

	return wire_read_u64(&in->r, &value) ? value : 0;
}

/* NULL where the input is at its end. */
static const char *
next_text(struct input *in)
{
	const uint8_t *text;
	size_t len;

	if (in->n == TEXTS || !wire_read_bytes(&in->r, 4096, &text, &len))
		return NULL;
	in->texts[in->n] = calloc(1, len + 1);
	PROMISE(in->texts[in->n] != NULL);
	if (len > 0)
		memcpy(in->texts[in->n], text, len);
	return in->texts[in->n++];
}

static void
fill(struct input *in, struct grant_request *out, uint32_t ids[2 * GROUPS],
     const char *env[4])
{
	uint64_t bits = next_number(in);

	*out = (struct grant_request){
		.caller_uid = (uint32_t)next_number(in),
		.uid = (uint32_t)next_number(in),
		.gid = (uint32_t)next_number(in),
		.n_caller_gids = bits & 3,
		.n_groups = bits >> 2 & 3,
		.caller_gids = ids,
		.groups = ids + GROUPS,
		.script = (bits >> 4 & 1) != 0,
		.filtered = (bits >> 5 & 1) != 0,
		.signal = (bits >> 63 & 1) != 0,
		.env = env,
	};
	for (size_t i = 0; i < out->n_caller_gids; i++)
		ids[i] = (uint32_t)next_number(in);
	for (size_t i = 0; i < out->n_groups; i++)
		ids[GROUPS + i] = (uint32_t)next_number(in);
	out->path = next_text(in);
	out->chroot = (bits >> 6 & 1) != 0 ? next_text(in) : NULL;
	for (; out->n_env < 4 && out->n_env < (bits >> 7 & 7); out->n_env++) {
		env[out->n_env] = next_text(in);
		if (env[out->n_env] == NULL)
			break;
	}
	for (unsigned i = GRANT_FLAGS; i < GRANT_FIELDS; i++)
		if ((bits >> (10 + i) & 1) != 0) {
			out->asked[i] = next_number(in);
			out->own[i] = next_number(in);
		}
}

static void
check_less(const struct grant_set *set, const struct grant_request *asked)
{
	struct grant_request less = *asked;
	struct grant_answer answer;

	less.script = false;
	less.chroot = NULL;
	less.n_env = 0;
	less.filtered = true;
	for (unsigned i = GRANT_FLAGS; i < GRANT_FIELDS; i++)
		less.asked[i] /= 2;
	less.asked[GRANT_FLAGS] &= asked->asked[GRANT_FLAGS];
	less.asked[GRANT_CAPABILITIES] &= asked->asked[GRANT_CAPABILITIES];
	PROMISE(grant_decide(set, &less, &answer) == GRANT_PERMIT);
}

static void
check_more(const struct grant_set *set, const struct grant_request *asked,
	   bool has_rule)
{
	struct grant_request more = *asked;
	struct grant_answer answer;

	more.script = true;
	more.filtered = false;
	for (unsigned i = GRANT_FLAGS; has_rule && i < GRANT_FIELDS; i++)
		more.asked[i] |= 1;
	PROMISE(grant_decide(set, &more, &answer) == GRANT_DENY);
}

static void
check(const struct grant_set *set, const struct grant_request *asked)
{
	struct grant_answer answer, again;
	int verdict = grant_decide(set, asked, &answer);

	PROMISE(grant_decide(set, asked, &again) == verdict);
	PROMISE(answer.verdict == verdict && again.field == answer.field);
	PROMISE(verdict == GRANT_PERMIT || verdict == GRANT_DENY);
	PROMISE((verdict == GRANT_PERMIT) ==
		(answer.has_rule && answer.field == GRANT_NONE));
	if (verdict == GRANT_DENY) {
		PROMISE(answer.field < GRANT_FIELDS);
		PROMISE(answer.field != GRANT_ENV ||
			answer.index < asked->n_env);
		check_more(set, asked, answer.has_rule);
		return;
	}
	PROMISE(grant_number(&answer.rule, GRANT_UID, UINT64_MAX) ==
		asked->uid);
	if (asked->signal)
		return;
	PROMISE(asked->path != NULL);
	PROMISE(asked->path[0] == '/' && strstr(asked->path, "//") == NULL &&
		strstr(asked->path, "/../") == NULL);
	check_less(set, asked);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { .r = { data, size } };
	uint32_t ids[2 * GROUPS] = { 0 };
	const char *env[4] = { NULL };
	struct grant_request asked;
	struct grant_set set;
	const uint8_t *file;
	size_t len;

	if (!wire_read_bytes(&in.r, size, &file, &len) ||
	    !grant_take(file, len, &set))
		return 0;
	fill(&in, &asked, ids, env);
	check(&set, &asked);
	for (size_t i = 0; i < in.n; i++)
		free(in.texts[i]);
	return 0;
}
