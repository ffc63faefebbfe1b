/* SPDX-License-Identifier: Apache-2.0 */
/* Lines that begin with "@" and are no group. */
#include "policy/text/reader.h"

#include "base/suggest.h"

#include <string.h>

/* Sets what calls without a rule get. */
static void
set(struct reader *r, struct setting *setting, uint32_t action,
    const struct text_place *at)
{
	if (setting->is_set)
		text_warn(r, at, "this replaces what %s:%u says",
			  setting->at.source->name, setting->at.line);
	*setting = (struct setting){ true, action, *at };
}

static int
refuse_permissive(struct reader *r, const struct text_place *at,
		  uint32_t action)
{
	if (action == SECCOMP_RET_ALLOW && !r->denylist)
		return text_wrong(r, at,
				  "calls without a rule are allowed only after "
				  "@denylist");
	if (action == SECCOMP_RET_TRACE)
		return text_wrong(r, at,
				  "trace depends on a tracer: it is for rules, "
				  "not for all other calls");
	if (action == SECCOMP_RET_LOG)
		text_warn(r, at,
			  "log allows: calls without a rule are carried out, "
			  "and logged");
	return 0;
}

static int
parse_default(struct reader *r)
{
	struct text_place at = r->token.at;
	uint32_t action = 0;
	int result = text_action_parse(r, &action);

	if (result == 0)
		result = refuse_permissive(r, &at, action);
	if (result < 0)
		return result;
	if (!r->denylist) {
		set(r, &r->standard, action, &at);
		return 0;
	}
	if (action != SECCOMP_RET_ALLOW)
		return text_wrong(r, &at,
				  "this contradicts @denylist, which allows "
				  "calls without a rule");
	return 0;
}

static int
parse_unknown(struct reader *r)
{
	struct text_place at = r->token.at;
	uint32_t action = 0;
	int result = text_action_parse(r, &action);

	if (result == 0)
		result = refuse_permissive(r, &at, action);
	if (result == 0)
		set(r, &r->unknown, action, &at);
	return result;
}

static int
parse_denylist(struct reader *r)
{
	if (r->started)
		return text_wrong(r, &r->token.at,
				  "@denylist stands before the first rule");
	if (r->standard.is_set && !r->denylist)
		return text_wrong(r, &r->token.at,
				  "@denylist allows calls without a rule, but "
				  "%s:%u says otherwise",
				  r->standard.at.source->name,
				  r->standard.at.line);
	r->denylist = true;
	r->standard = (struct setting){ true, SECCOMP_RET_ALLOW, r->token.at };
	return 0;
}

static int
add_arch(struct reader *r)
{
	char name[READER_NAME_SIZE];
	const struct calls_arch *arch;
	size_t before = r->policy->n_archs;

	if (r->token.kind != TOKEN_WORD)
		return text_expected(r, "an architecture");
	text_token(&r->token, name, sizeof(name));
	arch = calls_arch_by_name(name);
	if (arch == NULL)
		return text_unknown_arch(r, &r->token);
	if (policy_add_arch(r->policy, arch) == NULL)
		return text_wrong(r, &r->token.at, "more than %d architectures",
				  POLICY_ARCHS_MAX);
	if (r->policy->n_archs == before)
		text_warn(r, &r->token.at, "%s was named before", arch->name);
	text_lex_next(r);
	return 0;
}

static int
parse_arch(struct reader *r)
{
	int result;

	if (r->started)
		return text_wrong(r, &r->token.at,
				  "@arch stands before the first rule");
	do
		result = add_arch(r);
	while (result == 0 && r->token.kind != TOKEN_EOL &&
	       r->token.kind != TOKEN_END);
	return result;
}

static bool
is_text(const struct token *token, const char *text)
{
	return token->len == strlen(text) &&
	       memcmp(token->text, text, token->len) == 0;
}

static int
parse_width(struct reader *r)
{
	if (is_text(&r->token, "64"))
		r->wide = true;
	else if (is_text(&r->token, "kernel"))
		r->wide = false;
	else
		return text_expected(r, "\"64\" or \"kernel\"");
	text_lex_next(r);
	return 0;
}

struct directive {
	const char *name;
	int (*parse)(struct reader *r);
	bool path; /* its argument is one */
};

static const struct directive directives[] = {
	{ "@arch", parse_arch, false },
	{ "@arg-width", parse_width, false },
	{ "@default", parse_default, false },
	{ "@denylist", parse_denylist, false },
	{ "@frequency", text_include_frequency, true },
	{ "@include", text_include_parse, true },
	{ "@unknown", parse_unknown, false },
};

#define N_DIRECTIVES (sizeof(directives) / sizeof(directives[0]))

bool
text_directive_is_next(const struct reader *r)
{
	const struct text_source *source = r->lex.source;
	size_t pos = r->lex.pos;

	if (r->token.kind != TOKEN_WORD || r->token.text[0] != '@')
		return false;
	while (pos < source->len &&
	       (source->text[pos] == ' ' || source->text[pos] == '\t'))
		pos++;
	return pos == source->len ||
	       (source->text[pos] != ':' && source->text[pos] != '[');
}

static int
unknown_directive(struct reader *r)
{
	char name[READER_NAME_SIZE];
	struct suggest s;

	text_token(&r->token, name, sizeof(name));
	if (calls_group(name) != NULL)
		return text_syntax(r, &r->token.at,
				   "after the group %s a \":\" is missing",
				   name);
	suggest_init(&s, name);
	for (size_t i = 0; i < N_DIRECTIVES; i++)
		suggest_offer(&s, directives[i].name);
	if (s.best != NULL)
		return text_syntax(r, &r->token.at,
				   "no directive \"%s\"; did you mean %s?",
				   name, s.best);
	return text_syntax(r, &r->token.at, "no directive \"%s\"", name);
}

int
text_directive_parse(struct reader *r)
{
	for (size_t i = 0; i < N_DIRECTIVES; i++) {
		if (!is_text(&r->token, directives[i].name))
			continue;
		if (directives[i].path)
			text_lex_path(r);
		else
			text_lex_next(r);
		return directives[i].parse(r);
	}
	return unknown_directive(r);
}
