/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text to JSON values, strictly.  jansson parses; what it leaves open (NUL
 * bytes between tokens, depth) is closed here, and its messages, which differ
 * between versions, are replaced by our own.
 */
#include "spec/json_text.h"

#include "base/err.h"
#include "spec/spec.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define NEAR_MAX 20 /* bytes of a token that a message shows */

/* Fills the error and returns the code, as err_set does. */
static int
syntax(struct caisson_error *err, const char *text, size_t at, const char *what)
{
	uint32_t line = 1, column = 1;
	int r;

	for (size_t i = 0; i < at; i++) {
		column = text[i] == '\n' ? 1 : column + 1;
		line += text[i] == '\n';
	}
	r = err_set(err, CAISSON_E_SYNTAX, CAISSON_STAGE_PARSE, 0,
		    "line %u, column %u: %s", line, column, what);
	if (err != NULL) {
		err->line = line;
		err->column = column;
	}
	return r;
}

/*
 * Where the token begins that jansson had read when it stopped at `end`: a
 * string that is complete, a run of letters and digits, or one character.
 */
static size_t
token_start(const char *text, size_t end)
{
	static const char word[] = "abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "0123456789+-.";
	size_t i = end;

	if (end == 0)
		return 0;
	if ((unsigned char)text[end - 1] >= 0x80) {
		while (i > 1 && ((unsigned char)text[i - 1] & 0xc0) == 0x80)
			i--;
		return i - 1;
	}
	if (text[end - 1] != '"') {
		while (i > 0 && memchr(word, text[i - 1], sizeof(word) - 1))
			i--;
		return i < end ? i : end - 1;
	}
	for (i = end - 1; i > 0; i--)
		if (text[i - 1] == '"' && (i < 2 || text[i - 2] != '\\'))
			return i - 1;
	return end - 1;
}

struct description {
	enum json_error_code code;
	const char *text;
};

static const char *
describe(enum json_error_code code)
{
	static const struct description table[] = {
		{ json_error_invalid_utf8, "invalid UTF-8" },
		{ json_error_premature_end_of_input,
		  "the text ends too early" },
		{ json_error_end_of_input_expected, "more text after the end" },
		{ json_error_null_character, "a string may not contain NUL" },
		{ json_error_null_byte_in_key, "a string may not contain NUL" },
		{ json_error_duplicate_key, "duplicate key" },
		{ json_error_numeric_overflow, "number out of range" },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (table[i].code == code)
			return table[i].text;
	return "syntax error";
}

static int
depth_error(const char *text, size_t at, struct caisson_error *err)
{
	return syntax(err, text, at, "nested deeper than 16 levels");
}

/*
 * Where the bracket is that goes too deep; len if none does.  Up to there the
 * text has been parsed, so brackets match.
 */
static size_t
find_depth(const char *text, size_t len)
{
	bool in_string = false;
	size_t depth = 0, i;

	for (i = 0; i < len; i++) {
		char c = text[i];

		if (c == '"')
			in_string = !in_string;
		else if (in_string && c == '\\')
			i++;
		else if (!in_string && (c == '[' || c == '{'))
			depth++;
		else if (!in_string && (c == ']' || c == '}'))
			depth--;
		if (depth > SPEC_DEPTH_MAX)
			return i;
	}
	return len;
}

/* jansson has refused the text: say so in our words. */
static int
explain(const char *text, size_t len, const json_error_t *error,
	struct caisson_error *err)
{
	enum json_error_code code = json_error_code(error);
	size_t end = (size_t)error->position, at;
	char what[64], shown[NEAR_MAX + 1];

	/* Some failed allocations leave the error empty. */
	if (code == json_error_unknown || code == json_error_out_of_memory)
		return err_no_memory(err, CAISSON_STAGE_PARSE);
	if (code == json_error_stack_overflow)
		return depth_error(text, find_depth(text, len), err);
	if (end > len)
		end = len;
	if (code == json_error_invalid_utf8 ||
	    code == json_error_premature_end_of_input)
		return syntax(err, text, end, describe(code));
	at = token_start(text, end);
	err_escape(text + at, end - at, shown, sizeof(shown));
	(void)snprintf(what, sizeof(what), "%s near %s", describe(code), shown);
	return syntax(err, text, at, what);
}

int
json_text_parse(const char *text, size_t len, json_t **out,
		struct caisson_error *err)
{
	json_error_t error;
	const char *nul;
	json_t *root;
	size_t deep;

	if (len > SPEC_TEXT_MAX)
		return err_set(err, CAISSON_E_SYNTAX, CAISSON_STAGE_PARSE, 0,
			       "the text is longer than %u bytes",
			       SPEC_TEXT_MAX);
	/* jansson forgets a NUL byte that follows a number or a word. */
	nul = memchr(text, '\0', len);
	if (nul != NULL)
		return syntax(err, text, (size_t)(nul - text),
			      "the text contains a NUL byte");
	root = json_loadb(text, len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY,
			  &error);
	if (root == NULL)
		return explain(text, len, &error, err);
	deep = find_depth(text, len);
	if (deep < len) {
		json_decref(root);
		return depth_error(text, deep, err);
	}
	*out = root;
	return 0;
}
