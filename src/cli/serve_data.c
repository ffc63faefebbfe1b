/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes in JSON: as text where they are UTF-8, which every reader of JSON takes,
 * and else in base64.  Strict: there is one form of each.
 */
#include "cli/serve.h"

#include "base/err.h"
#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

static const char digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void
serve_wipe(char *data, size_t len)
{
	if (data != NULL)
		explicit_bzero(data, len);
	free(data);
}

/* NUL is not text: some readers of JSON refuse it. */
static bool
is_text(const unsigned char *data, size_t len)
{
	for (size_t i = 0, n; i < len; i += n) {
		n = utf8_length(data + i, len - i);
		if (n == 0 || data[i] == '\0')
			return false;
	}
	return true;
}

static json_t *
base64(const unsigned char *data, size_t len)
{
	char *text = malloc((len + 2) / 3 * 4 + 1), *p = text;
	json_t *out;

	if (text == NULL)
		return NULL;
	for (size_t i = 0; i < len; i += 3) {
		size_t left = len - i;
		uint32_t v = (uint32_t)data[i] << 16;

		v |= left > 1 ? (uint32_t)data[i + 1] << 8 : 0;
		v |= left > 2 ? (uint32_t)data[i + 2] : 0;
		*p++ = digits[v >> 18];
		*p++ = digits[v >> 12 & 63];
		*p++ = left > 1 ? digits[v >> 6 & 63] : '=';
		*p++ = left > 2 ? digits[v & 63] : '=';
	}
	out = json_stringn(text, (size_t)(p - text));
	free(text);
	return out;
}

void
serve_put_data(json_t *o, const unsigned char *data, size_t len)
{
	if (is_text(data, len))
		(void)json_object_set_new(o, "text",
					  json_stringn((const char *)data,
						       len));
	else
		(void)json_object_set_new(o, "base64", base64(data, len));
}

/* Of four digits, the bits; -1: they are none.  *n: bytes that they are. */
static int32_t
quantum(const char *text, size_t *n)
{
	int32_t v = 0;

	*n = text[3] != '=' ? 3 : text[2] != '=' ? 2 : 1;
	for (size_t i = 0; i < 4; i++) {
		const char *d = NULL;

		if (i <= *n)
			d = memchr(digits, text[i], sizeof(digits) - 1);
		else if (text[i] == '=')
			d = digits; /* nothing, as "A" is */
		if (d == NULL)
			return -1;
		v = v * 64 + (int32_t)(d - digits);
	}
	/* bits that are no byte's must be 0 */
	return (v & ((1 << 8 * (3 - *n)) - 1)) == 0 ? v : -1;
}

static bool
decode(const char *text, size_t len, char *out, size_t *out_len)
{
	size_t at = 0, n = 3;

	if (len % 4 != 0)
		return false;
	for (size_t i = 0; i < len; i += 4) {
		int32_t v = n == 3 ? quantum(text + i, &n) : -1;

		if (v < 0)
			return false;
		for (size_t k = 0; k < n; k++)
			out[at++] = (char)(v >> (16 - 8 * k) & 255);
	}
	*out_len = at;
	return true;
}

int
serve_get_data(const json_t *o, char **out, size_t *len,
	       struct caisson_error *err)
{
	const json_t *text = json_object_get(o, "text");
	const json_t *coded = json_object_get(o, "base64");
	const json_t *value = text != NULL ? text : coded;
	char *data;

	if (value == NULL)
		return 0;
	if (text != NULL && coded != NULL)
		return err_spec(err, "/base64", "there is text already");
	if (!json_is_string(value))
		return err_spec(err, text != NULL ? "/text" : "/base64",
				"must be a string");
	data = malloc(json_string_length(value) + 1);
	if (data == NULL)
		return err_no_memory(err, CAISSON_STAGE_NONE);
	*len = json_string_length(value);
	if (text != NULL) {
		memcpy(data, json_string_value(value), *len);
	} else if (!decode(json_string_value(value), *len, data, len)) {
		serve_wipe(data, json_string_length(value));
		return err_spec(err, "/base64", "is not base64");
	}
	*out = data;
	return 0;
}
