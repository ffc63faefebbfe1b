/* SPDX-License-Identifier: Apache-2.0 */
/* What a policy answers: the words for it. */
#include "policy/text/reader.h"

#include "base/suggest.h"

#include <string.h>

#define ERRNO_MAX 4095

struct action_word {
	const char *name;
	uint32_t action;
};

static const struct action_word words[] = {
	{ "allow", SECCOMP_RET_ALLOW },
	{ "kill", SECCOMP_RET_KILL_PROCESS },
	{ "kill-process", SECCOMP_RET_KILL_PROCESS },
	{ "kill-thread", SECCOMP_RET_KILL_THREAD },
	{ "log", SECCOMP_RET_LOG },
	{ "trace", SECCOMP_RET_TRACE },
	{ "trap", SECCOMP_RET_TRAP },
	{ "user-notify", SECCOMP_RET_USER_NOTIF },
};

#define N_WORDS (sizeof(words) / sizeof(words[0]))

static int
unknown_errno(struct reader *r, const char *name)
{
	struct suggest s;

	suggest_init(&s, name);
	for (int i = 1; i <= ERRNO_MAX; i++)
		if (calls_errno_name(i) != NULL)
			suggest_offer(&s, calls_errno_name(i));
	if (s.best != NULL)
		return text_wrong(r, &r->token.at,
				  "no error \"%s\"; did you mean %s?", name,
				  s.best);
	return text_wrong(r, &r->token.at,
			  "no error \"%s\": EPERM and ENOSYS are usual", name);
}

/* After the word return. */
static int
parse_errno(struct reader *r, uint32_t *out)
{
	char name[READER_NAME_SIZE];
	uint64_t value = 0;
	int number = 0, result = 0;

	if (r->token.kind == TOKEN_NUMBER) {
		result = text_value_number(r, &value);
	} else if (r->token.kind == TOKEN_WORD) {
		text_token(&r->token, name, sizeof(name));
		if (!calls_errno(name, &number))
			result = unknown_errno(r, name);
		value = (uint64_t)number;
	} else {
		result = text_expected(r, "an error's name or number");
	}
	if (result < 0)
		return result;
	if (value > ERRNO_MAX)
		return text_wrong(r, &r->token.at,
				  "errors are numbers from 0 to %d", ERRNO_MAX);
	if (value == 0)
		text_warn(r, &r->token.at,
			  "\"return 0\" does not do the call, and says that "
			  "it succeeded");
	text_lex_next(r);
	*out = SECCOMP_RET_ERRNO | (uint32_t)value;
	return 0;
}

static int
unknown_action(struct reader *r)
{
	char name[READER_NAME_SIZE];
	struct suggest s;
	int number;

	text_token(&r->token, name, sizeof(name));
	suggest_init(&s, name);
	suggest_offer(&s, "return");
	for (size_t i = 0; i < N_WORDS; i++)
		suggest_offer(&s, words[i].name);
	if (calls_errno(name, &number))
		return text_syntax(r, &r->token.at,
				   "an error is written \"return %s\"", name);
	if (s.best != NULL)
		return text_syntax(r, &r->token.at,
				   "no action \"%s\"; did you mean \"%s\"?",
				   name, s.best);
	return text_syntax(r, &r->token.at,
			   "no action \"%s\": there are allow, kill-process, "
			   "kill-thread, trap, trace, log, user-notify, and "
			   "\"return\" with an error",
			   name);
}

int
text_action_parse(struct reader *r, uint32_t *out)
{
	char name[READER_NAME_SIZE];
	uint64_t value;
	int result;

	if (r->token.kind == TOKEN_NUMBER) {
		result = text_value_number(r, &value);
		if (result < 0)
			return result;
		if (value != 1)
			return text_expected(r, "1, which is \"allow\"");
		text_lex_next(r);
		*out = SECCOMP_RET_ALLOW;
		return 0;
	}
	if (r->token.kind != TOKEN_WORD)
		return text_expected(r, "an action");
	text_token(&r->token, name, sizeof(name));
	if (strcmp(name, "return") == 0) {
		text_lex_next(r);
		return parse_errno(r, out);
	}
	for (size_t i = 0; i < N_WORDS; i++) {
		if (strcmp(name, words[i].name) == 0) {
			text_lex_next(r);
			*out = words[i].action;
			return 0;
		}
	}
	return unknown_action(r);
}
