/* SPDX-License-Identifier: Apache-2.0 */
/* The text of grants to rules and cases: all or nothing. */
#include "grant/reader.h"

#include "base/suggest.h"

#include <stdlib.h>
#include <string.h>

static void
case_done(struct grant_case *c)
{
	free(c->path);
	grant_draft_done(&c->asked);
}

void
grant_text_done(struct grant_text *text)
{
	for (size_t i = 0; i < text->n_sources; i++) {
		free(text->sources[i].name);
		free(text->sources[i].text);
	}
	for (size_t i = 0; i < text->n_rules; i++)
		grant_draft_done(&text->rules[i]);
	for (size_t i = 0; i < text->n_cases; i++)
		case_done(&text->cases[i]);
	free(text->sources);
	free(text->rules);
	free(text->places);
	free(text->cases);
	*text = (struct grant_text){ 0 };
}

static bool
has_room_for_rule(struct grant_text *text)
{
	struct grant_draft *rules =
	    reallocarray(text->rules, text->n_rules + 1, sizeof(*rules));
	struct grant_place *places =
	    reallocarray(text->places, text->n_rules + 1, sizeof(*places));

	if (rules != NULL)
		text->rules = rules;
	if (places != NULL)
		text->places = places;
	return rules != NULL && places != NULL;
}

/* A rule without anything, of which r->rule is the draft. */
static int
add_rule(struct grant_reader *r, const struct grant_word *word)
{
	struct grant_text *text = r->text;

	if (text->n_rules == GRANT_RULES_MAX)
		return grant_wrong(r, word, "more than %u rules",
				   GRANT_RULES_MAX);
	if (!has_room_for_rule(text))
		return grant_no_memory(r->err);
	text->places[text->n_rules] = grant_at(r, word);
	r->rule = &text->rules[text->n_rules++];
	*r->rule = (struct grant_draft){ 0 };
	r->opened = r->line;
	r->rule->file = strdup(text->sources[r->source].name);
	if (r->rule->file == NULL)
		return grant_no_memory(r->err);
	grant_draft_set(r->rule, GRANT_LINE, r->line);
	return 0;
}

static int
read_permit(struct grant_reader *r, const struct grant_word *word)
{
	int result = add_rule(r, word);

	if (result == 0)
		result = grant_read_callers(r, r->rule);
	if (result == 0)
		result = grant_read_target(r, r->rule);
	if (result == 0 && !grant_lex_accept(r, "{"))
		result = grant_expected(r, "\"{\", and then what is granted");
	return result;
}

static bool
is_roots(const struct grant_draft *rule)
{
	const struct grant_draft_ids *groups =
	    &rule->ids[GRANT_GROUPS - GRANT_CALLER_UIDS];

	return rule->number[GRANT_UID] == 0 || rule->number[GRANT_GID] == 0 ||
	       (groups->n > 0 && groups->v[0] == 0);
}

/* The end of a block: is it a rule? */
static int
end_rule(struct grant_reader *r, const struct grant_word *word)
{
	struct grant_draft *rule = r->rule;
	bool root = (rule->number[GRANT_FLAGS] & GRANT_ROOT) != 0;

	r->rule = NULL;
	if (grant_draft_items(rule, GRANT_PROGRAMS)->n == 0)
		return grant_wrong(r, word,
				   "this rule permits nothing: say program and "
				   "a path");
	if (is_roots(rule) && !root)
		return grant_wrong(r, word,
				   "the target is root, or in root's group: if "
				   "that is meant, say root in a line of the "
				   "block");
	if (root && !is_roots(rule))
		return grant_wrong(r, word,
				   "line %u says root, and the target is not: "
				   "leave it out",
				   rule->flag_line[1]);
	rule->has[GRANT_FLAGS] = true;
	return 0;
}

static int
read_verdict(struct grant_reader *r, struct grant_case *c)
{
	c->permit = grant_lex_accept(r, "permit");
	if (!c->permit && !grant_lex_accept(r, "deny"))
		return grant_expected(r, "permit or deny");
	return 0;
}

/* A path, which need not be there, or the word signal. */
static int
read_case_path(struct grant_reader *r, struct grant_case *c)
{
	const struct grant_word *word = NULL;
	char path[GRANT_TEXT_MAX + 1];
	int result;

	if (grant_lex_accept(r, "signal"))
		return 0;
	result = grant_lex_take(r, "the path of a program, or signal", path,
				sizeof(path), &word);
	if (result == 0)
		result = grant_check_path(r, word, path);
	if (result < 0)
		return result;
	if (path[strlen(path) - 1] == '/')
		return grant_wrong(r, word, "a case is about one program");
	c->path = strdup(path);
	return c->path != NULL ? 0 : grant_no_memory(r->err);
}

static int
read_case(struct grant_reader *r, struct grant_case *c)
{
	int result = read_verdict(r, c);

	if (result == 0)
		result = grant_read_caller_of_case(r, &c->asked);
	if (result == 0)
		result = grant_read_target(r, &c->asked);
	if (result == 0)
		result = read_case_path(r, c);
	if (result < 0 || !grant_lex_accept(r, "with"))
		return result;
	do
		result = grant_read_asked(r, c);
	while (result == 0 && grant_lex_accept(r, ","));
	return result;
}

static bool
has_room_for_case(struct grant_text *text)
{
	struct grant_case *cases =
	    reallocarray(text->cases, text->n_cases + 1, sizeof(*cases));

	if (cases != NULL)
		text->cases = cases;
	return cases != NULL;
}

static int
read_expect(struct grant_reader *r, const struct grant_word *word)
{
	struct grant_text *text = r->text;
	struct grant_case *c;

	if (text->n_cases == GRANT_CASES_MAX)
		return grant_wrong(r, word, "more than %u cases",
				   GRANT_CASES_MAX);
	if (!has_room_for_case(text))
		return grant_no_memory(r->err);
	c = &text->cases[text->n_cases++];
	*c = (struct grant_case){ .at = grant_at(r, word) };
	return read_case(r, c);
}

static int
unknown(struct grant_reader *r, const struct grant_word *word)
{
	char name[GRANT_NAME_SIZE];
	struct suggest s;

	grant_lex_copy(word, name, sizeof(name));
	if (strcmp(name, "deny") == 0)
		return grant_syntax(r, word,
				    "nothing is granted that no rule permits, "
				    "so there is no deny; expect deny says "
				    "what must not be permitted");
	suggest_init(&s, name);
	suggest_offer(&s, "permit");
	suggest_offer(&s, "expect");
	if (strcmp(name, "allow") == 0 || strcmp(name, "grant") == 0)
		s.best = "permit";
	if (s.best != NULL)
		return grant_syntax(r, word,
				    "\"%.64s\" is unknown; did you mean %s?",
				    name, s.best);
	return grant_expected(r, "permit or expect");
}

static int
read_line(struct grant_reader *r)
{
	const struct grant_word *word = grant_lex_look(r);
	int result;

	if (r->rule != NULL && grant_lex_accept(r, "}"))
		result = end_rule(r, word);
	else if (r->rule != NULL)
		result = grant_read_ceiling(r, r->rule);
	else if (grant_lex_accept(r, "permit"))
		result = read_permit(r, word);
	else if (grant_lex_accept(r, "expect"))
		result = read_expect(r, word);
	else
		result = unknown(r, word);
	if (result == 0 && grant_lex_look(r) != NULL)
		return grant_expected(r, "the end of the line");
	return result;
}

static int
read_source(struct grant_reader *r)
{
	int result = grant_lex_check(r);
	bool more = true;

	r->line = 0;
	while (result == 0) {
		result = grant_lex_line(r, &more);
		if (result < 0 || !more)
			break;
		if (grant_lex_look(r) != NULL)
			result = read_line(r);
	}
	if (result == 0 && r->rule != NULL)
		return grant_syntax(r, NULL,
				    "the block that line %u opens is not "
				    "closed",
				    r->opened);
	return result;
}

static int
add_source(struct grant_text *text, const char *file, const char *bytes,
	   size_t len)
{
	struct grant_source *sources =
	    reallocarray(text->sources, text->n_sources + 1, sizeof(*sources));
	struct grant_source source = { strdup(file), malloc(len + 1), len };

	if (sources != NULL)
		text->sources = sources;
	if (sources == NULL || source.name == NULL || source.text == NULL) {
		free(source.name);
		free(source.text);
		return -1;
	}
	if (len > 0)
		memcpy(source.text, bytes, len);
	source.text[len] = '\0';
	sources[text->n_sources++] = source;
	return 0;
}

int
grant_text_add(struct grant_text *text, const char *file, const char *bytes,
	       size_t len, struct caisson_error *err)
{
	struct grant_reader *r;
	int result;

	if (len > GRANT_TEXT_SIZE_MAX)
		return err_set(err, CAISSON_E_POLICY, CAISSON_STAGE_POLICY, 0,
			       "%s: longer than %u bytes", file,
			       GRANT_TEXT_SIZE_MAX);
	r = calloc(1, sizeof(*r));
	if (r == NULL || add_source(text, file, bytes, len) < 0) {
		free(r);
		return grant_no_memory(err);
	}
	r->text = text;
	r->options = text->options;
	r->err = err;
	r->source = text->n_sources - 1;
	result = read_source(r);
	free(r);
	return result;
}

int
grant_text_finish(struct grant_text *text, struct grant_bytes *out,
		  struct caisson_error *err)
{
	struct grant_bytes bytes = { NULL, 0 };
	struct grant_set set;
	int result = grant_review(text, err);

	if (result == 0)
		result = grant_put(text->rules, text->n_rules, &bytes.data,
				   &bytes.len, err);
	if (result < 0)
		return result;
	if (grant_take(bytes.data, bytes.len, &set))
		result = grant_cases_check(text, &set, err);
	else
		result = err_set(err, CAISSON_E_MISMATCH, CAISSON_STAGE_POLICY,
				 0, "what was written cannot be read");
	if (result < 0)
		free(bytes.data);
	else
		*out = bytes;
	return result;
}
