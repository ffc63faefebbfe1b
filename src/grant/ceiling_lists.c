/* SPDX-License-Identifier: Apache-2.0 */
/* What is granted by name: programs, variables, filters, capabilities. */
#include "grant/reader.h"

#include "base/suggest.h"
#include "confine/cred.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define PATH_SIZE (GRANT_TEXT_MAX + 1)

/* They run what they are told to, whatever else is granted or not. */
static const char *const runners[] = {
	"sh",    "bash",   "dash",    "zsh",     "ksh",   "fish",   "busybox",
	"env",   "python", "python3", "perl",    "ruby",  "node",   "lua",
	"xargs", "find",   "nice",    "timeout", "nohup", "setsid", "ssh",
};

/* A program becomes another one by these. */
static const char *const dangerous[] = {
	"LD_PRELOAD",
	"LD_LIBRARY_PATH",
	"LD_AUDIT",
	"GLIBC_TUNABLES",
	"GCONV_PATH",
	"LOCPATH",
	"NLSPATH",
	"BASH_ENV",
	"ENV",
	"SHELLOPTS",
	"BASHOPTS",
	"PS4",
	"IFS",
	"BASH_FUNC_x",
	"PERL5LIB",
	"PERL5OPT",
	"PERL5DB",
	"PERLLIB",
	"PYTHONPATH",
	"PYTHONHOME",
	"PYTHONSTARTUP",
	"PYTHONINSPECT",
	"RUBYOPT",
	"RUBYLIB",
	"NODE_OPTIONS",
	"NODE_PATH",
	"GIT_SSH_COMMAND",
	"GIT_SSH",
	"GIT_EXTERNAL_DIFF",
	"JAVA_TOOL_OPTIONS",
	"MAKEFLAGS",
};

static int
add_item(struct grant_reader *r, struct grant_draft_items *items,
	 const struct grant_word *word, struct grant_draft_item *item)
{
	const struct grant_draft_item *other =
	    grant_draft_find(items, item->text);

	if (other != NULL) {
		free(item->data);
		return grant_wrong(r, word, "said in line %u already",
				   other->line);
	}
	item->line = r->line;
	item->column = word->column;
	return grant_draft_add_item(items, item) < 0 ? grant_no_memory(r->err)
						     : 0;
}

/* Is this component "", "." or ".."? */
static bool
is_detour(const char *name, size_t len)
{
	return len == 0 || (len <= 2 && strncmp(name, "..", len) == 0);
}

int
grant_check_path(struct grant_reader *r, const struct grant_word *word,
		 const char *path)
{
	const char *p = path;

	if (path[0] != '/')
		return grant_wrong(r, word,
				   "a path begins with a slash: nothing is "
				   "looked up");
	if (path[strcspn(path, "*?[")] != '\0')
		return grant_wrong(r, word,
				   "no patterns: name a program, or a "
				   "directory with a slash at its end");
	while (*p == '/' && p[1] != '\0') {
		size_t len = strcspn(++p, "/");

		if (is_detour(p, len))
			return grant_wrong(r, word,
					   "a path has no empty component, no "
					   "\".\" and no \"..\"");
		p += len;
	}
	return 0;
}

static void
warn_runner(struct grant_reader *r, const struct grant_word *word,
	    const char *path)
{
	const char *name = strrchr(path, '/') + 1;

	for (size_t i = 0; i < sizeof(runners) / sizeof(runners[0]); i++)
		if (strcmp(name, runners[i]) == 0)
			grant_warn(r, word,
				   "%s runs whatever it is told to: this "
				   "grants every program",
				   name);
}

/* Only what nobody but root could have put there. */
static int
check_trust(struct grant_reader *r, const struct grant_word *word,
	    const char *path, enum trust_kind kind)
{
	const struct grant_system *system = r->options->system;
	struct trust trust;
	char said[512];

	system->trust(system->arg, path, kind, &trust);
	if (trust.flaw == TRUST_OK)
		return 0;
	trust_explain(path, &trust, kind, said);
	return grant_wrong(r, word, "%s", said);
}

int
grant_read_program(struct grant_reader *r, struct grant_draft *rule)
{
	struct grant_draft_item item = { 0 };
	const struct grant_word *word = NULL;
	char path[PATH_SIZE];
	bool directory;
	int result = grant_lex_take(r, "a path", path, sizeof(path), &word);

	if (result == 0)
		result = grant_check_path(r, word, path);
	if (result < 0)
		return result;
	directory = path[strlen(path) - 1] == '/';
	if (directory && path[1] == '\0')
		return grant_wrong(r, word,
				   "this is every program of the system: name "
				   "directories below it");
	item.text = path;
	item.number = directory ? GRANT_PREFIX : 0;
	if (grant_lex_accept(r, "scripts"))
		item.number |= GRANT_SCRIPTS;
	result =
	    check_trust(r, word, path, directory ? TRUST_TREE : TRUST_PROGRAM);
	if (result < 0)
		return result;
	if (!directory)
		warn_runner(r, word, path);
	return add_item(r, grant_draft_items(rule, GRANT_PROGRAMS), word,
			&item);
}

int
grant_read_chroot(struct grant_reader *r, struct grant_draft *draft)
{
	struct grant_draft_item item = { 0 };
	const struct grant_word *word = NULL;
	char path[PATH_SIZE];
	int result = grant_lex_take(r, "a path", path, sizeof(path), &word);

	if (result == 0)
		result = grant_check_path(r, word, path);
	if (result < 0)
		return result;
	if (path[strlen(path) - 1] == '/')
		return grant_wrong(r, word,
				   "a root directory is named without a slash "
				   "at the end, and is another one than /");
	if (r->rule != NULL)
		result = check_trust(r, word, path, TRUST_DIRECTORY);
	item.text = path;
	if (result < 0)
		return result;
	return add_item(r, grant_draft_items(draft, GRANT_CHROOTS), word,
			&item);
}

/* "LC_*" is LC_ and what goes on from there. */
static int
check_env(struct grant_reader *r, const struct grant_word *word, char *name,
	  bool prefix)
{
	size_t len = strlen(name);

	if (len == 0)
		return grant_wrong(r, word,
				   "this is every variable, LD_PRELOAD as "
				   "well: name those that are needed");
	if (strpbrk(name, "=*") != NULL)
		return grant_wrong(r, word,
				   "a name has no \"=\", and \"*\" stands only "
				   "at its end");
	for (size_t i = 0; i < sizeof(dangerous) / sizeof(dangerous[0]); i++) {
		if (strncmp(dangerous[i], name, prefix ? len : len + 1) != 0)
			continue;
		if (prefix)
			return grant_wrong(r, word,
					   "%s* is also %s, which makes of a "
					   "program what the caller likes: "
					   "name those that are needed",
					   name, dangerous[i]);
		grant_warn(r, word,
			   "by %s the caller makes the program run code of its "
			   "own",
			   name);
	}
	return 0;
}

int
grant_read_env(struct grant_reader *r, struct grant_draft *draft)
{
	struct grant_draft_items *items = grant_draft_items(draft, GRANT_ENV);
	int result = 0;

	do {
		struct grant_draft_item item = { 0 };
		const struct grant_word *word = NULL;
		char name[GRANT_NAME_SIZE];
		size_t len;

		result = grant_lex_take(r, "the name of a variable", name,
					sizeof(name), &word);
		if (result < 0)
			return result;
		len = strlen(name);
		if (name[len - 1] == '*') {
			name[len - 1] = '\0';
			item.number = GRANT_PREFIX;
		}
		item.text = name;
		result = check_env(r, word, name, item.number != 0);
		if (result == 0)
			result = add_item(r, items, word, &item);
	} while (result == 0 && !grant_lex_ended(r));
	return result;
}

static int
refuse_filter(struct grant_reader *r, const struct grant_word *word,
	      const struct caisson_error *why)
{
	const char *said = why->msg;

	if (why->code == CAISSON_E_NO_MEMORY)
		return grant_no_memory(r->err);
	if (strncmp(said, "/seccomp/profile: ", 18) == 0)
		said += 18;
	return grant_wrong(r, word, "%s", said);
}

/* A profile that ships, or a policy of root's. */
int
grant_read_seccomp(struct grant_reader *r, struct grant_draft *rule)
{
	struct grant_draft_items *items = grant_draft_items(rule, GRANT_FLOORS);
	const struct grant_system *system = r->options->system;
	const struct grant_word *word = NULL;
	struct grant_draft_item item = { 0 };
	struct caisson_error why = { 0 };
	char name[PATH_SIZE];
	int result = grant_lex_take(r, "a profile, or the path of a policy",
				    name, sizeof(name), &word);

	if (result < 0)
		return result;
	if (items->n == GRANT_FLOORS_MAX)
		return grant_wrong(r, word, "more than %u filters",
				   GRANT_FLOORS_MAX);
	if (strcmp(name, "unconfined") == 0)
		return grant_wrong(r, word,
				   "unconfined is no filter: without this line "
				   "any filter will do, and none");
	if (name[0] == '/')
		result = check_trust(r, word, name, TRUST_FILE);
	if (result < 0)
		return result;
	if (system->filter(system->arg, name, &item.data, &item.data_len,
			   &why) < 0)
		return refuse_filter(r, word, &why);
	item.text = name;
	return add_item(r, items, word, &item);
}

static int
unknown_capability(struct grant_reader *r, const struct grant_word *word,
		   const char *name)
{
	const char *bare = strncasecmp(name, "cap_", 4) == 0 ? name + 4 : name;
	struct suggest s;

	suggest_init(&s, bare);
	for (uint32_t i = 0; cred_cap_name(i) != NULL; i++)
		suggest_offer(&s, cred_cap_name(i) + 4);
	if (s.best != NULL)
		return grant_wrong(r, word,
				   "no capability \"%.64s\"; did you mean %s?",
				   name, s.best);
	return grant_wrong(r, word,
			   "no capability \"%.64s\": capabilities(7) lists "
			   "them",
			   name);
}

int
grant_read_capabilities(struct grant_reader *r, struct grant_draft *draft)
{
	do {
		const struct grant_word *word = NULL;
		char name[GRANT_NAME_SIZE];
		uint32_t cap = 0;
		int result = grant_lex_take(r, "the name of a capability", name,
					    sizeof(name), &word);

		if (result < 0)
			return result;
		if (cred_cap_number(name, &cap) < 0 || cap > 63)
			return unknown_capability(r, word, name);
		if ((draft->number[GRANT_CAPABILITIES] >> cap & 1) != 0)
			return grant_wrong(r, word, "%s is there already",
					   name);
		draft->number[GRANT_CAPABILITIES] |= (uint64_t)1 << cap;
		draft->has[GRANT_CAPABILITIES] = true;
	} while (!grant_lex_ended(r));
	return 0;
}
