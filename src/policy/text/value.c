/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Constant expressions: numbers as in C, constants by name, "|", "~" and
 * parentheses.  Each is computed for every architecture of the policy at once.
 */
#include "policy/text/reader.h"

#include <string.h>

static int
digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return 99;
}

/* The base that the beginning says, and how long that is. */
static unsigned
base_of(const char *s, size_t len, size_t *skip)
{
	*skip = 0;
	if (len >= 2 && s[0] == '0' && (s[1] == 'x' || s[1] == 'X')) {
		*skip = 2;
		return 16;
	}
	return len >= 2 && s[0] == '0' ? 8 : 10;
}

static int
out_of_range(struct reader *r)
{
	return text_syntax(r, &r->token.at,
			   "the number does not fit in 64 bits");
}

int
text_value_number(struct reader *r, uint64_t *out)
{
	const char *s = r->token.text;
	bool minus = s[0] == '-';
	size_t len = r->token.len - minus, i;
	unsigned base = base_of(s + minus, len, &i);
	uint64_t value = 0;

	s += minus;
	if (i == len)
		return text_expected(r, "digits after 0x");
	for (; i < len; i++) {
		unsigned d = (unsigned)digit(s[i]);

		if (d >= base)
			return text_expected(r, base == 8    ? "an octal number"
						: base == 16 ? "a hexadecimal "
							       "number"
							     : "a number");
		if (__builtin_mul_overflow(value, base, &value) ||
		    __builtin_add_overflow(value, d, &value))
			return out_of_range(r);
	}
	if (minus && value > (uint64_t)INT64_MAX + 1)
		return out_of_range(r);
	*out = minus ? -value : value;
	return 0;
}

/* The token is a name. */
static int
parse_constant(struct reader *r, struct text_value *out)
{
	char name[READER_NAME_SIZE];
	const char *near;

	text_token(&r->token, name, sizeof(name));
	for (size_t i = 0; i < r->policy->n_archs; i++) {
		bool differs = false;

		if (calls_constant(r->policy->archs[i].calls, name, &out->v[i],
				   &differs))
			continue;
		if (differs) {
			out->differs |= (uint8_t)(1u << i);
			out->constant = r->token.text;
			out->len = r->token.len;
			continue;
		}
		near = calls_nearest_constant(name);
		if (near != NULL)
			return text_wrong(r, &r->token.at,
					  "no constant \"%s\"; did you mean "
					  "%s?",
					  name, near);
		return text_wrong(r, &r->token.at,
				  "no constant \"%s\": write its number", name);
	}
	return 0;
}

static void
combine(struct text_value *to, const struct text_value *from, bool complement)
{
	for (size_t i = 0; i < POLICY_ARCHS_MAX; i++)
		to->v[i] |= complement ? ~from->v[i] : from->v[i];
	to->differs |= from->differs;
	if (from->constant != NULL) {
		to->constant = from->constant;
		to->len = from->len;
	}
}

static int parse_value(struct reader *r, unsigned depth, struct text_value *to);

/* One operand, which is or'ed to what there is. */
static int
parse_operand(struct reader *r, unsigned depth, struct text_value *to)
{
	bool complement = text_lex_accept(r, '~');
	struct text_value value = { 0 };
	uint64_t number = 0;
	int result;

	if (complement && r->token.kind == '~')
		return text_expected(r, "no second complement");
	if (r->token.kind == '(') {
		if (depth == READER_PARENS_MAX)
			return text_syntax(r, &r->token.at,
					   "more than %d nested parentheses",
					   READER_PARENS_MAX);
		text_lex_next(r);
		result = parse_value(r, depth + 1, &value);
		if (result == 0 && r->token.kind != ')')
			result = text_expected(r, "\")\"");
	} else if (r->token.kind == TOKEN_NUMBER) {
		result = text_value_number(r, &number);
		for (size_t i = 0; i < POLICY_ARCHS_MAX; i++)
			value.v[i] = number;
	} else if (r->token.kind == TOKEN_WORD) {
		result = parse_constant(r, &value);
	} else {
		result = text_expected(r, "a number or a constant");
	}
	if (result < 0)
		return result;
	text_lex_next(r);
	combine(to, &value, complement);
	return 0;
}

static int
parse_value(struct reader *r, unsigned depth, struct text_value *to)
{
	int result;

	do
		result = parse_operand(r, depth, to);
	while (result == 0 && text_lex_accept(r, '|'));
	return result;
}

int
text_value_parse(struct reader *r, struct text_value *out)
{
	struct text_value value = { 0 };
	int result = parse_value(r, 0, &value);

	if (result == 0)
		*out = value;
	return result;
}
