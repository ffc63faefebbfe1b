/* SPDX-License-Identifier: Apache-2.0 */
/* Policy text to policy: all or nothing. */
#include "policy/text/reader.h"

#include <stdlib.h>

static int
parse_line(struct reader *r)
{
	int result = text_directive_is_next(r) ? text_directive_parse(r)
					       : text_statement_parse(r);

	if (result == 0 && r->token.kind != TOKEN_EOL &&
	    r->token.kind != TOKEN_END)
		result = text_expected(r, "the end of the line");
	return result;
}

int
text_parse_source(struct reader *r, const struct text_source *source)
{
	int result = 0;

	text_lex_begin(r, source);
	while (result == 0 && r->token.kind != TOKEN_END)
		if (!text_lex_accept(r, TOKEN_EOL))
			result = parse_line(r);
	return result;
}

static void
reader_done(struct reader *r)
{
	text_rules_done(r);
	for (size_t i = 0; i < r->n_sources; i++) {
		free(r->sources[i]->heap);
		free(r->sources[i]->path);
		free(r->sources[i]);
	}
	free(r->statement.names);
	free(r->statement.atoms);
	free(r->statement.clauses);
	free(r->records);
}

static int
read_policy(struct reader *r, const char *text, size_t len)
{
	int result = text_include_first(r, text, len);

	if (result == 0)
		result = text_parse_source(r, r->sources[0]);
	if (result < 0)
		return result;
	if (!r->started)
		text_statement_settle(r);
	return text_finish_policy(r);
}

int
text_parse(const char *text, size_t len, const struct text_options *options,
	   struct policy **out, struct caisson_error *err)
{
	struct reader r = { .options = options, .err = err };
	struct notes *own = options->notes == NULL ? notes_new() : NULL;
	int result;

	r.notes = own != NULL ? own : options->notes;
	r.policy = policy_new();
	if (r.notes == NULL || r.policy == NULL)
		result = text_no_memory(&r);
	else
		result = read_policy(&r, text, len);
	reader_done(&r);
	if (result < 0) {
		notes_free(own);
		policy_free(r.policy);
		return result;
	}
	if (own != NULL && own->n == 0) {
		notes_free(own);
		own = NULL;
	}
	r.policy->notes = own;
	*out = r.policy;
	return 0;
}
