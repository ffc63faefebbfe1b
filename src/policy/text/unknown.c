/* SPDX-License-Identifier: Apache-2.0 */
/* Names that are none: what could have been meant. */
#include "policy/text/reader.h"

#include "base/suggest.h"

#include <stdio.h>
#include <string.h>

#define LISTED_MAX 4 /* architectures in a message */
#define SAY_SIZE   512

struct list {
	char text[160];
	size_t used, n;
};

static void
list_add(struct list *list, const char *name)
{
	int n;

	if (list->n++ >= LISTED_MAX)
		return;
	n = snprintf(list->text + list->used, sizeof(list->text) - list->used,
		     "%s%s", list->n == 1 ? "" : ",", name);
	if (n > 0 && (size_t)n < sizeof(list->text) - list->used)
		list->used += (size_t)n;
}

/* Architectures that have a call of this name: the policy's, or else any. */
static void
list_having(const struct reader *r, const char *name, struct list *list)
{
	const struct calls_arch *arch;
	uint32_t nr;

	for (size_t i = 0; i < r->policy->n_archs; i++)
		if (calls_number(r->policy->archs[i].calls, name, &nr))
			list_add(list, r->policy->archs[i].calls->name);
	if (list->n > 0)
		return;
	for (size_t i = 0; (arch = calls_arch_at(i)) != NULL; i++)
		if (calls_number(arch, name, &nr))
			list_add(list, arch->name);
}

static void
describe(const struct reader *r, const char *name,
	 const struct calls_arch *arch, char out[SAY_SIZE])
{
	struct list list = { .n = 0 };
	const char *near;

	if (calls_is_name(name)) {
		list_having(r, name, &list);
		(void)snprintf(out, SAY_SIZE,
			       "%s is no system call of %s, but of others: "
			       "write %s[arch=%s]",
			       name, arch->name, name, list.text);
		return;
	}
	near = calls_nearest(arch, name);
	if (near != NULL)
		(void)snprintf(out, SAY_SIZE,
			       "no system call \"%s\" on %s; did you mean %s?",
			       name, arch->name, near);
	else
		(void)snprintf(out, SAY_SIZE,
			       "no system call \"%s\" on %s; one that is newer "
			       "than this build is written as its number",
			       name, arch->name);
}

int
text_unknown_call(struct reader *r, const struct token *token,
		  const struct calls_arch *arch)
{
	char name[READER_NAME_SIZE], said[SAY_SIZE];

	text_token(token, name, sizeof(name));
	if (name[0] != '@' && strchr(name, '@') != NULL)
		return text_wrong(r, &token->at,
				  "minijail's groups of libraries are not "
				  "known; groups of system calls are written "
				  "@NAME");
	describe(r, name, arch, said);
	if (!r->options->ignore_unknown || r->statement.refuses)
		return text_wrong(r, &token->at, "%s", said);
	text_warn(r, &token->at, "left out: %s", said);
	return 0;
}

int
text_unknown_group(struct reader *r, const struct token *token)
{
	char name[READER_NAME_SIZE];
	struct suggest s;

	text_token(token, name, sizeof(name));
	suggest_init(&s, name);
	for (size_t i = 0; calls_group_at(i) != NULL; i++)
		suggest_offer(&s, calls_group_at(i));
	if (s.best != NULL)
		return text_wrong(r, &token->at,
				  "no group \"%s\"; did you mean %s?", name,
				  s.best);
	return text_wrong(r, &token->at,
			  "no group \"%s\": caisson-policy(5) lists them",
			  name);
}

int
text_unknown_arch(struct reader *r, const struct token *token)
{
	const struct calls_arch *arch;
	char name[READER_NAME_SIZE];
	struct suggest s;

	text_token(token, name, sizeof(name));
	suggest_init(&s, name);
	for (size_t i = 0; (arch = calls_arch_at(i)) != NULL; i++)
		suggest_offer(&s, arch->name);
	if (s.best != NULL)
		return text_wrong(r, &token->at,
				  "no architecture \"%s\"; did you mean %s?",
				  name, s.best);
	return text_wrong(r, &token->at,
			  "no architecture \"%s\": x86_64 and aarch64 are two",
			  name);
}
