/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A map of strings in VOM.  Pure: bytes to a map and back.
 *
 *	stream	prefix, number (the bytes of body), body
 *	body	number (of entries), and so often key, value
 *	key	number (of bytes), bytes; a value likewise
 *	number	0 to 0x7f: one byte; else a byte 0x100 - n, and n bytes, 1 to
 *		8, big-endian
 *
 * The prefix says which version this is, and that a map of strings follows: a
 * description of that type in front, its number behind.  It is always the
 * same, and so it is not taken apart.
 *
 * Numbers that are longer than needed are refused, though the older readers
 * take them: no writer makes them, and so there is one form only of each.
 */
#include "handshake/vom.h"

#include "base/err.h"
#include "handshake/config.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHORT_MAX 0x7fu
#define NUMBER    8u /* bytes of the longest, without the first */
#define PREFIX    16u /* room for either */

struct prefix {
	uint8_t version;
	size_t len;
	uint8_t bytes[PREFIX];
};

static const struct prefix prefixes[] = {
	{ VOM_80,
	  11,
	  { 0xff, 0x81, 0x06, 0x16, 0x01, 0x03, 0x01, 0x03, 0x00, 0xff,
	    0x82 } },
	{ VOM_81,
	  10,
	  { 0x81, 0x51, 0x06, 0x05, 0x01, 0x03, 0x02, 0x03, 0xe1, 0x52 } },
};

/* The callers know no others. */
static const struct prefix *
prefix_of(uint8_t version)
{
	return &prefixes[version == prefixes[0].version ? 0 : 1];
}

/* Bytes of n after the first, where it needs more than that one. */
static unsigned
number_bytes(uint64_t n)
{
	unsigned bytes = 1;

	while (bytes < NUMBER && n >> (8 * bytes) != 0)
		bytes++;
	return bytes;
}

static size_t
number_size(uint64_t n)
{
	return n <= SHORT_MAX ? 1 : 1 + number_bytes(n);
}

static uint8_t *
put_number(uint8_t *out, uint64_t n)
{
	unsigned bytes = number_bytes(n);

	if (n <= SHORT_MAX) {
		*out++ = (uint8_t)n;
		return out;
	}
	*out++ = (uint8_t)(0x100 - bytes);
	while (bytes-- > 0)
		*out++ = (uint8_t)(n >> (8 * bytes) & 0xff);
	return out;
}

static uint8_t *
put_bytes(uint8_t *out, const void *data, size_t len)
{
	if (len > 0)
		memcpy(out, data, len);
	return out + len;
}

static uint8_t *
put_string(uint8_t *out, struct caisson_bytes s)
{
	return put_bytes(put_number(out, s.len), s.data, s.len);
}

/* All of that is in memory already, so it is a number. */
static size_t
body_size(const struct caisson_config *config)
{
	size_t n = caisson_config_count(config), size = number_size(n);

	for (size_t i = 0; i < n; i++) {
		struct caisson_bytes key, value;

		caisson_config_entry(config, i, &key, &value);
		size += number_size(key.len) + key.len;
		size += number_size(value.len) + value.len;
	}
	return size;
}

int
vom_encode(const struct caisson_config *config, uint8_t version, void **out,
	   size_t *out_len, struct caisson_error *err)
{
	const struct prefix *prefix = prefix_of(version);
	size_t n = caisson_config_count(config), body = body_size(config);
	size_t size = prefix->len + number_size(body) + body;
	uint8_t *data = malloc(size), *p = data;

	if (data == NULL)
		return err_no_memory(err, CAISSON_STAGE_PAYLOAD);
	p = put_bytes(p, prefix->bytes, prefix->len);
	p = put_number(p, body);
	p = put_number(p, n);
	for (size_t i = 0; i < n; i++) {
		struct caisson_bytes key, value;

		caisson_config_entry(config, i, &key, &value);
		p = put_string(put_string(p, key), value);
	}
	*out = data;
	*out_len = size;
	return 0;
}

struct input {
	const uint8_t *data;
	size_t len, at;
	struct caisson_error *err;
};

/* Fills the error for the byte at `at`, from 0, and returns the code. */
static int __attribute__((format(printf, 3, 4)))
syntax(const struct input *in, size_t at, const char *fmt, ...)
{
	char what[128];
	va_list ap;
	int r;

	va_start(ap, fmt);
	(void)vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	r = err_set(in->err, CAISSON_E_SYNTAX, CAISSON_STAGE_PAYLOAD, 0,
		    "byte %zu of the map: %s", at + 1, what);
	if (in->err != NULL)
		in->err->column =
		    at < UINT32_MAX ? (uint32_t)at + 1 : UINT32_MAX;
	return r;
}

static int
take_prefix(struct input *in, uint8_t version)
{
	const struct prefix *prefix = prefix_of(version);

	for (size_t i = 0; i < prefix->len; i++) {
		if (i == in->len)
			return syntax(in, i, "ends too early");
		if (in->data[i] != prefix->bytes[i])
			return syntax(in, i, "0x%02x, but a map has 0x%02x",
				      in->data[i], prefix->bytes[i]);
	}
	in->at = prefix->len;
	return 0;
}

static int
take_number(struct input *in, uint64_t *out)
{
	size_t at = in->at, bytes;
	uint64_t n = 0;

	if (at == in->len)
		return syntax(in, at, "ends too early");
	if (in->data[at] <= SHORT_MAX) {
		*out = in->data[in->at++];
		return 0;
	}
	bytes = 0x100u - in->data[at];
	if (bytes > NUMBER)
		return syntax(in, at, "0x%02x begins no number", in->data[at]);
	if (bytes > in->len - at - 1)
		return syntax(in, in->len, "ends too early");
	for (size_t i = 1; i <= bytes; i++)
		n = n << 8 | in->data[at + i];
	if (number_size(n) != 1 + bytes)
		return syntax(in, at, "a number is longer than needed");
	in->at += 1 + bytes;
	*out = n;
	return 0;
}

static int
take_string(struct input *in, struct caisson_bytes *out)
{
	size_t at = in->at;
	uint64_t len = 0;
	int r = take_number(in, &len);

	if (r < 0)
		return r;
	if (len > in->len - in->at)
		return syntax(in, at, "a string of %llu bytes, where %zu are",
			      (unsigned long long)len, in->len - in->at);
	out->data = in->data + in->at;
	out->len = (size_t)len;
	in->at += out->len;
	return 0;
}

static int
take_entries(struct input *in, struct config_pair *pairs, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int r = take_string(in, &pairs[i].key);

		if (r == 0)
			r = take_string(in, &pairs[i].value);
		if (r < 0)
			return r;
		pairs[i].at = i;
	}
	if (in->at < in->len)
		return syntax(in, in->at, "more after the last entry");
	return 0;
}

/* How many entries: each has two bytes at least, so memory has a bound. */
static int
take_sizes(struct input *in, size_t *out)
{
	size_t at = in->at;
	uint64_t body = 0, n = 0;
	int r = take_number(in, &body);

	if (r < 0)
		return r;
	if (body != in->len - in->at)
		return syntax(in, at, "a body of %llu bytes, where %zu are",
			      (unsigned long long)body, in->len - in->at);
	at = in->at;
	r = take_number(in, &n);
	if (r < 0)
		return r;
	if (n > (in->len - in->at) / 2)
		return syntax(in, at, "%llu entries in %zu bytes",
			      (unsigned long long)n, in->len - in->at);
	*out = (size_t)n;
	return 0;
}

int
vom_decode(uint8_t version, struct caisson_bytes data,
	   struct caisson_config **out, struct caisson_error *err)
{
	struct input in = { data.data, data.len, 0, err };
	struct config_pair *pairs;
	size_t n = 0;
	int r = take_prefix(&in, version);

	if (r == 0)
		r = take_sizes(&in, &n);
	if (r < 0)
		return r;
	pairs = calloc(n + 1, sizeof(*pairs));
	if (pairs == NULL)
		return err_no_memory(err, CAISSON_STAGE_PAYLOAD);
	r = take_entries(&in, pairs, n);
	if (r == 0)
		r = config_from_pairs(pairs, n, out, err);
	free(pairs);
	return r;
}
