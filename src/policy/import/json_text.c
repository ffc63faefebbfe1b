/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Foreign text to JSON values, strictly.  jansson parses; its integers end at
 * 2^63 - 1, and profiles have masks above, so an integer from there on to
 * 2^64 - 1 is handed to it as the negative number of the same bits, and a
 * number that the text has as a negative one as a real, which nothing here
 * takes for an integer.  No line is made longer or shorter by a newline.
 */
#include "policy/import/json.h"

#include "base/err.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define U64_DIGITS 20

static int
syntax(const struct json_reader *reader, uint32_t line, const char *what)
{
	struct note_place place = { .file = reader->file, .line = line };
	int r;

	notes_add(reader->notes, &place, "%s", what);
	if (line == 0)
		return err_set(reader->err, CAISSON_E_SYNTAX,
			       CAISSON_STAGE_POLICY, 0, "%s: %s", reader->file,
			       what);
	r = err_set(reader->err, CAISSON_E_SYNTAX, CAISSON_STAGE_POLICY, 0,
		    "%s:%" PRIu32 ": %s", reader->file, line, what);
	if (reader->err != NULL)
		reader->err->line = line;
	return r;
}

static uint32_t
line_of(const char *text, size_t at)
{
	uint32_t line = 1;

	for (size_t i = 0; i < at; i++)
		line += text[i] == '\n';
	return line;
}

/* A run of what numbers are made of. */
static size_t
number_length(const char *text, size_t len)
{
	size_t n = 0;

	while (n < len && text[n] != '\0' &&
	       strchr("0123456789+-.eE", text[n]) != NULL)
		n++;
	return n;
}

/* Digits alone that make a number from 2^63 to 2^64 - 1. */
static bool
is_large(const char *digits, size_t n, uint64_t *out)
{
	uint64_t value = 0;

	if (n + 1 < U64_DIGITS || n > U64_DIGITS || digits[0] == '0')
		return false;
	for (size_t i = 0; i < n; i++) {
		uint64_t digit = (uint64_t)(unsigned char)digits[i] - '0';

		if (digit > 9 || value > (UINT64_MAX - digit) / 10)
			return false;
		value = 10 * value + digit;
	}
	*out = value;
	return value > INT64_MAX;
}

static bool
is_negative_integer(const char *number, size_t n)
{
	if (n < 2 || number[0] != '-')
		return false;
	for (size_t i = 1; i < n; i++)
		if (number[i] < '0' || number[i] > '9')
			return false;
	return true;
}

/* Writes the number to out, which has room for n + 2 bytes. */
static size_t
rewrite_number(const char *number, size_t n, char *out)
{
	uint64_t value;
	char text[24];
	int len;

	if (is_large(number, n, &value)) {
		len = snprintf(text, sizeof(text), "%" PRId64, (int64_t)value);
		/* at most 20 bytes, for 19 or 20 digits */
		memcpy(out, text, (size_t)len);
		return (size_t)len;
	}
	memcpy(out, number, n);
	if (!is_negative_integer(number, n))
		return n;
	memcpy(out + n, ".0", 2);
	return n + 2;
}

/* The text with its integers rewritten.  Heap; NULL: no memory. */
static char *
rewrite(const char *text, size_t len, size_t *out_len)
{
	char *out = malloc(2 * len + 2);
	bool in_string = false;
	size_t n, o = 0;

	if (out == NULL)
		return NULL;
	for (size_t i = 0; i < len; i += n) {
		n = in_string ? 0 : number_length(text + i, len - i);
		if (n > 0) {
			o += rewrite_number(text + i, n, out + o);
			continue;
		}
		n = in_string && text[i] == '\\' && i + 1 < len ? 2 : 1;
		if (text[i] == '"')
			in_string = !in_string;
		memcpy(out + o, text + i, n);
		o += n;
	}
	*out_len = o;
	return out;
}

struct reason {
	enum json_error_code code;
	const char *text;
};

/* Our words: those of jansson differ between versions. */
static const char *
describe(enum json_error_code code)
{
	static const struct reason table[] = {
		{ json_error_invalid_utf8, "invalid UTF-8" },
		{ json_error_premature_end_of_input,
		  "the text ends too early" },
		{ json_error_end_of_input_expected, "more text after the end" },
		{ json_error_null_character, "a string may not contain NUL" },
		{ json_error_null_byte_in_key, "a string may not contain NUL" },
		{ json_error_duplicate_key, "duplicate key" },
		{ json_error_numeric_overflow, "number out of range" },
		{ json_error_stack_overflow, "nested too deep" },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (table[i].code == code)
			return table[i].text;
	return "not JSON";
}

/* How deep the values are, which jansson has parsed. */
static bool
is_too_deep(json_t *value, unsigned depth)
{
	const char *key;
	json_t *v;
	size_t i;

	if (depth > JSON_DEPTH_MAX)
		return true;
	json_array_foreach(value, i, v)
	{
		if (is_too_deep(v, depth + 1))
			return true;
	}
	json_object_foreach(value, key, v)
	{
		if (is_too_deep(v, depth + 1))
			return true;
	}
	return false;
}

static int
explain(const struct json_reader *reader, const json_error_t *error)
{
	enum json_error_code code = json_error_code(error);

	/* Some failed allocations leave the error empty. */
	if (code == json_error_unknown || code == json_error_out_of_memory)
		return err_no_memory(reader->err, CAISSON_STAGE_POLICY);
	return syntax(reader, (uint32_t)error->line, describe(code));
}

int
json_parse(const struct json_reader *reader, const char *text, size_t len,
	   json_t **out)
{
	const char *nul = memchr(text, '\0', len);
	json_error_t error;
	json_t *root;
	char *copy;

	if (len > JSON_TEXT_MAX)
		return syntax(reader, 0, "longer than 1 MiB");
	if (nul != NULL)
		return syntax(reader, line_of(text, (size_t)(nul - text)),
			      "a NUL byte");
	copy = rewrite(text, len, &len);
	if (copy == NULL)
		return err_no_memory(reader->err, CAISSON_STAGE_POLICY);
	root = json_loadb(copy, len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY,
			  &error);
	free(copy);
	if (root == NULL)
		return explain(reader, &error);
	if (is_too_deep(root, 0)) {
		json_decref(root);
		return syntax(reader, 0, "nested too deep");
	}
	*out = root;
	return 0;
}
