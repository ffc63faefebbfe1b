/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How often calls are made, "NAME: COUNT" a line.  It makes a filter faster
 * and never says what is allowed.
 */
#include "policy/text/reader.h"

static int
add_weight(struct reader *r, const struct text_call *call)
{
	struct slot *slot = NULL;
	int result = text_rules_slot(r, call, &slot);

	if (result < 0)
		return result;
	if (__builtin_add_overflow(slot->weight, r->weight, &slot->weight))
		slot->weight = UINT32_MAX;
	return 0;
}

static int
parse_line(struct reader *r)
{
	struct text_name name;
	uint64_t count = 0;
	int result = text_names_parse(r, &name);

	if (result < 0)
		return result;
	if (!text_lex_accept(r, ':'))
		return text_expected(r, "\":\"");
	if (r->token.kind != TOKEN_NUMBER || r->token.text[0] == '-')
		return text_expected(r, "how often it is called");
	result = text_value_number(r, &count);
	if (result < 0)
		return result;
	text_lex_next(r);
	r->weight = count < UINT32_MAX ? (uint32_t)count : UINT32_MAX;
	return text_names_each(r, &name, add_weight);
}

int
text_frequency_read(struct reader *r, const struct text_source *source)
{
	int result = 0;

	r->statement.refuses = true;
	text_lex_begin(r, source);
	while (result == 0 && r->token.kind != TOKEN_END) {
		if (text_lex_accept(r, TOKEN_EOL))
			continue;
		result = parse_line(r);
		if (result == 0 && r->token.kind != TOKEN_EOL &&
		    r->token.kind != TOKEN_END)
			result = text_expected(r, "the end of the line");
	}
	return result;
}
