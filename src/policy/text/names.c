/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What stands before the colon: names, numbers and groups of system calls,
 * with the architectures that they are meant for.
 */
#include "policy/text/reader.h"

#include <string.h>

#define GROUPS_DEPTH_MAX 8

/* The arch= of one metadata, as bits. */
static int
parse_archs(struct reader *r, uint8_t *out)
{
	const struct policy *policy = r->policy;
	char name[READER_NAME_SIZE];

	*out = 0;
	do {
		const struct calls_arch *arch;

		if (r->token.kind != TOKEN_WORD)
			return text_expected(r, "an architecture");
		text_token(&r->token, name, sizeof(name));
		arch = calls_arch_by_name(name);
		if (arch == NULL)
			return text_unknown_arch(r, &r->token);
		for (size_t i = 0; i < policy->n_archs; i++)
			if (policy->archs[i].calls == arch)
				*out |= (uint8_t)(1u << i);
		text_lex_next(r);
	} while (text_lex_accept(r, ','));
	return 0;
}

static bool
is_key(const struct token *token, const char *key)
{
	return token->kind == TOKEN_WORD && token->len == strlen(key) &&
	       memcmp(token->text, key, token->len) == 0;
}

static int
parse_width(struct reader *r, uint8_t *out)
{
	uint64_t value = 0;
	int result;

	if (r->token.kind != TOKEN_NUMBER)
		return text_expected(r, "32 or 64");
	result = text_value_number(r, &value);
	if (result < 0)
		return result;
	if (value != 32 && value != 64)
		return text_expected(r, "32 or 64");
	*out = (uint8_t)value;
	text_lex_next(r);
	return 0;
}

/* A key, its "=" and its value; each may be there once. */
static int
parse_pair(struct reader *r, bool seen[2], struct text_name *out)
{
	bool width = is_key(&r->token, "width");

	if (!width && !is_key(&r->token, "arch"))
		return text_expected(r, "\"arch\" or \"width\"");
	if (seen[width])
		return text_expected(r, width ? "\"width\" only once"
					      : "\"arch\" only once");
	seen[width] = true;
	text_lex_next(r);
	if (!text_lex_accept(r, '='))
		return text_expected(r, width ? "\"=\" after \"width\""
					      : "\"=\" after \"arch\"");
	return width ? parse_width(r, &out->width)
		     : parse_archs(r, &out->archs);
}

/* After the opening bracket. */
static int
parse_metadata(struct reader *r, struct text_name *out)
{
	bool seen[2] = { false, false };
	int result;

	do
		result = parse_pair(r, seen, out);
	while (result == 0 && text_lex_accept(r, ';'));
	if (result == 0 && !text_lex_accept(r, ']'))
		result = text_expected(r, "\",\" or \"]\"");
	return result;
}

static int
parse_number(struct reader *r, uint32_t *out)
{
	uint64_t value = 0;
	int result = text_value_number(r, &value);

	if (result < 0)
		return result;
	if (value >= CALLS_X32_BIT)
		return text_wrong(r, &r->token.at,
				  "system calls have numbers below 0x%x; for "
				  "those of x32, name it in @arch",
				  CALLS_X32_BIT);
	*out = (uint32_t)value;
	return 0;
}

int
text_names_parse(struct reader *r, struct text_name *out)
{
	int result = 0;

	*out = (struct text_name){ .token = r->token, .archs = UINT8_MAX };
	if (r->token.kind == TOKEN_NUMBER)
		result = parse_number(r, &out->nr);
	else if (r->token.kind != TOKEN_WORD)
		result = text_expected(r, "a system call's name");
	if (result < 0)
		return result;
	text_lex_next(r);
	if (text_lex_accept(r, '['))
		return parse_metadata(r, out);
	return 0;
}

static int visit_group(struct reader *r, const char *group, unsigned depth,
		       struct text_call *call, text_names_visit *visit);

/* What an architecture does not have is left out: that is what groups are for. */
static int
visit_member(struct reader *r, const char *member, unsigned depth,
	     struct text_call *call, text_names_visit *visit)
{
	const struct calls_arch *arch = r->policy->archs[call->arch].calls;

	if (member[0] == '@')
		return visit_group(r, member, depth + 1, call, visit);
	if (!calls_number(arch, member, &call->nr))
		return 0;
	call->name = member;
	return visit(r, call);
}

static int
visit_group(struct reader *r, const char *group, unsigned depth,
	    struct text_call *call, text_names_visit *visit)
{
	const char *const *members = calls_group(group);
	int result = 0;

	if (members == NULL || depth >= GROUPS_DEPTH_MAX)
		return 0;
	for (size_t i = 0; result == 0 && members[i] != NULL; i++)
		result = visit_member(r, members[i], depth, call, visit);
	return result;
}

static int
visit_word(struct reader *r, const struct text_name *name,
	   struct text_call *call, text_names_visit *visit)
{
	const struct calls_arch *arch = r->policy->archs[call->arch].calls;
	char word[READER_NAME_SIZE];

	text_token(&name->token, word, sizeof(word));
	if (name->token.len >= sizeof(word))
		return text_unknown_call(r, &name->token, arch);
	if (word[0] == '@') {
		if (calls_group(word) == NULL)
			return text_unknown_group(r, &name->token);
		call->group = true;
		return visit_group(r, word, 0, call, visit);
	}
	if (!calls_number(arch, word, &call->nr))
		return text_unknown_call(r, &name->token, arch);
	call->name = word;
	return visit(r, call);
}

static bool
is_wanted(const struct text_name *name, size_t arch)
{
	return (name->archs & (1u << arch)) != 0;
}

/* On no architecture of the policy: then it must be one of some other. */
static int
check_elsewhere(struct reader *r, const struct text_name *name)
{
	char word[READER_NAME_SIZE];

	text_token(&name->token, word, sizeof(word));
	if (name->token.kind == TOKEN_NUMBER)
		return 0;
	if (word[0] == '@')
		return calls_group(word) != NULL
			   ? 0
			   : text_unknown_group(r, &name->token);
	if (calls_is_name(word))
		return 0;
	return text_unknown_call(r, &name->token, r->policy->archs[0].calls);
}

/* A number is seldom the same call everywhere. */
static void
warn_number(struct reader *r, const struct text_name *name)
{
	const struct calls_arch *first = NULL, *arch;
	const char *meant = NULL, *other;

	for (size_t i = 0; i < r->policy->n_archs; i++) {
		arch = r->policy->archs[i].calls;
		other = calls_name(arch, name->nr | arch->bit);
		if (!is_wanted(name, i) || other == NULL)
			continue;
		if (meant != NULL && strcmp(meant, other) != 0) {
			text_warn(r, &name->token.at,
				  "%u is %s on %s, but %s on %s: names are "
				  "safer",
				  name->nr, meant, first->name, other,
				  arch->name);
			return;
		}
		meant = other;
		first = arch;
	}
}

int
text_names_each(struct reader *r, const struct text_name *name,
		text_names_visit *visit)
{
	bool wanted = false;
	int result = 0;

	if (name->token.kind == TOKEN_NUMBER)
		warn_number(r, name);
	for (size_t i = 0; result == 0 && i < r->policy->n_archs; i++) {
		const struct calls_arch *arch = r->policy->archs[i].calls;
		struct text_call call = {
			.arch = i,
			.at = &name->token.at,
			.width = name->width,
		};

		if (!is_wanted(name, i))
			continue;
		wanted = true;
		if (name->token.kind == TOKEN_WORD) {
			result = visit_word(r, name, &call, visit);
			continue;
		}
		call.nr = name->nr | arch->bit;
		call.name = calls_name(arch, call.nr);
		result = visit(r, &call);
	}
	return wanted ? result : check_elsewhere(r, name);
}
