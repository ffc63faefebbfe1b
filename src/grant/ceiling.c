/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lines of a block, which raise what is granted, and what a case asks for,
 * in the same words.
 */
#include "grant/reader.h"

#include "base/names.h"
#include "base/suggest.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

enum where {
	IN_RULE = 1,
	IN_CASE = 2,
	IN_BOTH = 3
};

/* Its word is in words.c. */
struct ceiling {
	enum where where;
	unsigned field;
	uint64_t flag;
	int (*read)(struct grant_reader *r, struct grant_draft *draft);
};

static int read_rlimit(struct grant_reader *r, struct grant_draft *draft);

static const struct ceiling ceilings[] = {
	{ IN_RULE, GRANT_PROGRAMS, 0, grant_read_program },
	{ IN_RULE, GRANT_FLOORS, 0, grant_read_seccomp },
	{ IN_BOTH, GRANT_CAPABILITIES, 0, grant_read_capabilities },
	{ IN_BOTH, GRANT_RLIMIT, 0, read_rlimit },
	{ IN_BOTH, GRANT_ENV, 0, grant_read_env },
	{ IN_BOTH, GRANT_CHROOTS, 0, grant_read_chroot },
	{ IN_BOTH, GRANT_EXTRA_FDS, 0, NULL },
	{ IN_BOTH, GRANT_TIMEOUT, 0, NULL },
	{ IN_BOTH, GRANT_NICE, 0, NULL },
	{ IN_BOTH, GRANT_OOM_SCORE_ADJ, 0, NULL },
	{ IN_BOTH, GRANT_LAUNCHES, 0, NULL },
	{ IN_BOTH, GRANT_FLAGS, GRANT_DETACH, NULL },
	{ IN_BOTH, GRANT_FLAGS, GRANT_TERMINAL, NULL },
	{ IN_RULE, GRANT_FLAGS, GRANT_SIGNAL, NULL },
	{ IN_RULE, GRANT_FLAGS, GRANT_ROOT, NULL },
};

#define N_CEILINGS (sizeof(ceilings) / sizeof(ceilings[0]))

static const char *
word_of(const struct ceiling *ceiling)
{
	return grant_ceiling_word(ceiling->field, ceiling->flag);
}

/* What others call it. */
static const char *const meant[][2] = {
	{ "command", "program" },   { "programs", "program" },
	{ "path", "program" },      { "exec", "program" },
	{ "environment", "env" },   { "capability", "capabilities" },
	{ "caps", "capabilities" }, { "limit", "rlimit" },
	{ "limits", "rlimit" },     { "rlimits", "rlimit" },
	{ "fds", "extra_fds" },     { "timeout_ms", "timeout" },
	{ "tty", "terminal" },      { "profile", "seccomp" },
	{ "policy", "seccomp" },    { "kill", "signal" },
	{ "jobs", "launches" },     { "concurrent", "launches" },
};

static bool
is_number_in(const char *text, uint64_t least, uint64_t most, uint64_t *out)
{
	return grant_value_number(text, out) && *out >= least && *out <= most;
}

static bool
parse_number(unsigned field, const char *text, uint64_t *out)
{
	int value = 0;

	switch (field) {
	case GRANT_EXTRA_FDS:
		return is_number_in(text, 0, 128, out);
	case GRANT_TIMEOUT:
		return grant_value_duration(text, out) && *out > 0;
	case GRANT_LAUNCHES:
		return is_number_in(text, 1, UINT32_MAX, out);
	case GRANT_NICE:
		if (!grant_value_signed(text, &value) || value < -20 ||
		    value > 19)
			return false;
		*out = GRANT_NICE_NUMBER(value);
		return true;
	case GRANT_OOM_SCORE_ADJ:
		if (!grant_value_signed(text, &value))
			return false;
		*out = GRANT_OOM_NUMBER(value);
		return true;
	default:
		return false;
	}
}

static const char *
wanted(unsigned field)
{
	static const char *const texts[GRANT_FIELDS] = {
		[GRANT_EXTRA_FDS] = "a number from 0 to 128",
		[GRANT_TIMEOUT] = "a time such as 90s, 10min or 1h, and not 0",
		[GRANT_LAUNCHES] = "a number from 1 on",
		[GRANT_NICE] = "a number from -20 to 19",
		[GRANT_OOM_SCORE_ADJ] = "a number from -1000 to 1000",
	};

	return texts[field];
}

static int
refuse_second(struct grant_reader *r, const struct grant_word *word,
	      uint32_t line)
{
	char name[32];

	grant_lex_copy(word, name, sizeof(name));
	return grant_wrong(r, word, "%s is said in line %u already", name,
			   line);
}

static int
read_number(struct grant_reader *r, struct grant_draft *draft,
	    const struct ceiling *ceiling)
{
	const struct grant_word *word = &r->words[r->next - 1], *at = NULL;
	char text[GRANT_NAME_SIZE];
	uint64_t number = 0;
	int result;

	if (draft->line[ceiling->field] != 0)
		return refuse_second(r, word, draft->line[ceiling->field]);
	result =
	    grant_lex_take(r, wanted(ceiling->field), text, sizeof(text), &at);
	if (result < 0)
		return result;
	if (!parse_number(ceiling->field, text, &number))
		return grant_wrong(r, at, "%s wants %s", word_of(ceiling),
				   wanted(ceiling->field));
	grant_draft_set(draft, ceiling->field, number);
	draft->line[ceiling->field] = r->line;
	return 0;
}

static int
read_flag(struct grant_reader *r, struct grant_draft *draft,
	  const struct ceiling *ceiling)
{
	const struct grant_word *word = &r->words[r->next - 1];
	uint32_t *line = &draft->flag_line[__builtin_ctzll(ceiling->flag)];

	if (*line != 0)
		return refuse_second(r, word, *line);
	*line = r->line;
	draft->number[GRANT_FLAGS] |= ceiling->flag;
	return 0;
}

static int
unknown_rlimit(struct grant_reader *r, const struct grant_word *word,
	       const char *name)
{
	struct suggest s;

	suggest_init(&s, name);
	for (int i = 0; names_rlimit_name(i) != NULL; i++)
		suggest_offer(&s, names_rlimit_name(i));
	if (s.best != NULL)
		return grant_wrong(r, word,
				   "no limit \"%.64s\"; did you mean %s?", name,
				   s.best);
	return grant_wrong(r, word,
			   "no limit \"%.64s\": nofile, nproc, as, cpu, fsize "
			   "and core are some",
			   name);
}

static bool
is_size(int resource)
{
	static const int sizes[] = { RLIMIT_AS,      RLIMIT_CORE,
				     RLIMIT_DATA,    RLIMIT_FSIZE,
				     RLIMIT_MEMLOCK, RLIMIT_MSGQUEUE,
				     RLIMIT_RSS,     RLIMIT_STACK };

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		if (sizes[i] == resource)
			return true;
	return false;
}

static int
read_rlimit(struct grant_reader *r, struct grant_draft *draft)
{
	const struct grant_word *at = NULL, *value_at = NULL;
	char name[GRANT_NAME_SIZE], text[GRANT_NAME_SIZE];
	uint64_t value = 0;
	unsigned field;
	int resource;
	int result =
	    grant_lex_take(r, "the name of a limit", name, sizeof(name), &at);

	if (result < 0)
		return result;
	resource = names_rlimit(name);
	if (resource < 0)
		return unknown_rlimit(r, at, name);
	field = GRANT_RLIMIT + (unsigned)resource;
	if (draft->line[field] != 0)
		return refuse_second(r, at, draft->line[field]);
	result = grant_lex_take(r, "the highest value", text, sizeof(text),
				&value_at);
	if (result < 0)
		return result;
	if (!grant_value_limit(text, is_size(resource), &value))
		return grant_wrong(r, value_at,
				   "a limit is a number%s or unlimited",
				   is_size(resource) ? " of bytes, also with "
						       "K, M, G or T after it,"
						     : "");
	grant_draft_set(draft, field, value);
	draft->line[field] = r->line;
	return 0;
}

static int
unknown(struct grant_reader *r, enum where where)
{
	const struct grant_word *word = grant_lex_look(r);
	char name[GRANT_NAME_SIZE];
	struct suggest s;

	if (word == NULL)
		return grant_expected(r, "what is granted");
	grant_lex_copy(word, name, sizeof(name));
	if (r->rule != NULL &&
	    (grant_lex_is(r, "permit") || grant_lex_is(r, "expect")))
		return grant_syntax(r, word,
				    "%s stands outside of a block: close the "
				    "one of line %u with \"}\"",
				    name, r->opened);
	suggest_init(&s, name);
	for (size_t i = 0; i < N_CEILINGS; i++)
		if ((ceilings[i].where & where) != 0)
			suggest_offer(&s, word_of(&ceilings[i]));
	for (size_t i = 0; i < sizeof(meant) / sizeof(meant[0]); i++)
		if (strcmp(meant[i][0], name) == 0)
			s.best = meant[i][1];
	if (s.best != NULL)
		return grant_syntax(r, word,
				    "\"%.64s\" is unknown; did you mean %s?",
				    name, s.best);
	return grant_syntax(r, word,
			    "\"%.64s\" is unknown: caisson-grants(5) lists "
			    "what can be granted",
			    name);
}

static int
read_one(struct grant_reader *r, struct grant_draft *draft, enum where where)
{
	for (size_t i = 0; i < N_CEILINGS; i++) {
		const struct ceiling *ceiling = &ceilings[i];

		if ((ceiling->where & where) == 0 ||
		    !grant_lex_accept(r, word_of(ceiling)))
			continue;
		if (ceiling->read != NULL)
			return ceiling->read(r, draft);
		if (ceiling->flag != 0)
			return read_flag(r, draft, ceiling);
		return read_number(r, draft, ceiling);
	}
	return unknown(r, where);
}

int
grant_read_ceiling(struct grant_reader *r, struct grant_draft *rule)
{
	return read_one(r, rule, IN_RULE);
}

/* A case also asks for what a rule does not say with a line. */
int
grant_read_asked(struct grant_reader *r, struct grant_case *c)
{
	if (grant_lex_accept(r, "scripts")) {
		c->script = true;
		return 0;
	}
	if (grant_lex_accept(r, "seccomp")) {
		c->unfiltered = grant_lex_accept(r, "unconfined");
		return c->unfiltered ? 0
				     : grant_expected(r, "unconfined: any "
							 "filter will do");
	}
	if (grant_lex_is(r, "timeout") && r->next + 1 < r->n_words &&
	    r->words[r->next + 1].len == 4 &&
	    memcmp(r->words[r->next + 1].text, "none", 4) == 0) {
		r->next += 2;
		c->no_timeout = true;
		return 0;
	}
	return read_one(r, &c->asked, IN_CASE);
}
