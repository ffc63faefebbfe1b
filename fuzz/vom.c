/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzz target: configuration maps in VOM.  The input is a map as it comes, or
 * the same without its beginning; and it is taken as a list of entries.  The
 * promises that are kept for every input: a refusal has a place and a line of
 * printable ASCII; what is accepted is sorted, encodes to no more bytes than
 * it came from, and in either version decodes to itself; and of entries that
 * are set one by one the last of each key arrives.
 */
#include "target.h"

#include "caisson_handshake.h"

#include <stdbool.h>
#include <string.h>

static const char *const protocols[] = { "v23", "veyron" };
static const struct caisson_bytes prefixes[] = {
	{ "\x81\x51\x06\x05\x01\x03\x02\x03\xe1\x52", 10 },
	{ "\xff\x81\x06\x16\x01\x03\x01\x03\x00\xff\x82", 11 },
};

static bool
is_equal(struct caisson_bytes a, struct caisson_bytes b)
{
	return a.len == b.len && memcmp(a.data, b.data, a.len) == 0;
}

static void
check_refusal(int r, const struct caisson_error *err, size_t size)
{
	size_t len = strnlen(err->msg, sizeof(err->msg));

	PROMISE(r == CAISSON_E_SYNTAX && err->code == r);
	PROMISE(err->line == 0);
	PROMISE(err->column > 0 && err->column <= size + 1);
	PROMISE(len > 0 && len < sizeof(err->msg));
	for (size_t i = 0; i < len; i++)
		PROMISE(err->msg[i] >= 0x20 && err->msg[i] < 0x7f);
}

static void
check_sorted(const struct caisson_config *c)
{
	struct caisson_bytes last = { NULL, 0 }, key, value, found;

	for (size_t i = 0; i < caisson_config_count(c); i++) {
		size_t len;
		int r;

		caisson_config_entry(c, i, &key, &value);
		len = key.len < last.len ? key.len : last.len;
		r = i > 0 ? memcmp(last.data, key.data, len) : -1;
		PROMISE(r < 0 || (r == 0 && last.len < key.len));
		PROMISE(caisson_config_get(c, key, &found, NULL) == 0);
		PROMISE(found.data == value.data && found.len == value.len);
		last = key;
	}
}

static struct caisson_bytes
encode(const struct caisson_config *c, const char *protocol)
{
	size_t len = 0;
	void *data = NULL;

	PROMISE(caisson_config_encode(c, protocol, &data, &len, NULL) == 0);
	return (struct caisson_bytes){ data, len };
}

static void
bytes_free(struct caisson_bytes bytes)
{
	free((void *)(uintptr_t)bytes.data);
}

/* The map's bytes of `protocol`, after it has been there and back. */
static struct caisson_bytes
through(const struct caisson_config *c, const char *via, const char *protocol)
{
	struct caisson_config *out = NULL;
	struct caisson_bytes sent = encode(c, via), again;

	PROMISE(caisson_config_decode(via, sent, &out, NULL) == 0);
	PROMISE(caisson_config_count(out) == caisson_config_count(c));
	again = encode(out, protocol);
	caisson_config_free(out);
	bytes_free(sent);
	return again;
}

/* Built again from its entries, from the last to the first, and merged. */
static struct caisson_bytes
rebuilt(const struct caisson_config *c, const char *protocol)
{
	struct caisson_config *one = NULL, *all = NULL;
	struct caisson_bytes key, value, out;

	PROMISE(caisson_config_new(&one, NULL) == 0);
	PROMISE(caisson_config_new(&all, NULL) == 0);
	for (size_t i = caisson_config_count(c); i-- > 0;) {
		caisson_config_entry(c, i, &key, &value);
		PROMISE(caisson_config_set(i % 2 == 0 ? one : all, key, value,
					   NULL) == 0);
		/* It is replaced by the merge. */
		PROMISE(caisson_config_set(all, key, i % 2 == 0 ? key : value,
					   NULL) == 0);
	}
	PROMISE(caisson_config_merge(all, one, NULL) == 0);
	out = encode(all, protocol);
	caisson_config_free(one);
	caisson_config_free(all);
	return out;
}

/* The size of its encoding. */
static size_t
check_accepted(const struct caisson_config *c, unsigned version)
{
	struct caisson_bytes direct = encode(c, protocols[version]), other;
	size_t size = direct.len;

	check_sorted(c);
	for (unsigned i = 0; i < 3; i++) {
		other = i < 2 ? through(c, protocols[i], protocols[version])
			      : rebuilt(c, protocols[version]);
		PROMISE(is_equal(direct, other));
		bytes_free(other);
	}
	bytes_free(direct);
	return size;
}

static void
check_decoding(unsigned version, struct caisson_bytes in)
{
	struct caisson_config *c = NULL;
	struct caisson_error err = { 0 };
	int r = caisson_config_decode(protocols[version], in, &c, &err);

	PROMISE((r == 0) == (c != NULL));
	if (r < 0)
		check_refusal(r, &err, in.len);
	else
		PROMISE(check_accepted(c, version) <= in.len);
	caisson_config_free(c);
}

/* The beginning of a map of so many bytes, and the bytes. */
static void
check_body(unsigned version, const uint8_t *data, size_t size)
{
	const struct caisson_bytes *prefix = &prefixes[version];
	uint8_t *all = malloc(prefix->len + 4 + size), *p = all;

	PROMISE(all != NULL);
	memcpy(p, prefix->data, prefix->len);
	p += prefix->len;
	if (size > 0xffff)
		size = 0xffff;
	if (size > 0xff) {
		*p++ = 0xfe;
		*p++ = (uint8_t)(size >> 8);
	} else if (size > 0x7f) {
		*p++ = 0xff;
	}
	*p++ = (uint8_t)size;
	memcpy(p, data, size);
	check_decoding(version,
		       (struct caisson_bytes){ all, (size_t)(p - all) + size });
	free(all);
}

/* The bytes that the next one says there are, or what is left. */
static struct caisson_bytes
next(const uint8_t **at, const uint8_t *end)
{
	struct caisson_bytes out = { "", 0 };
	size_t left = (size_t)(end - *at);

	if (left == 0)
		return out;
	out.data = *at + 1;
	out.len = **at < left ? **at : left - 1;
	*at += 1 + out.len;
	return out;
}

static void
check_list(unsigned version, const uint8_t *data, size_t size)
{
	struct caisson_config *c = NULL;
	const uint8_t *at = data, *end = data + size;
	struct caisson_bytes key, value, found;

	PROMISE(caisson_config_new(&c, NULL) == 0);
	while (at < end) {
		key = next(&at, end);
		value = next(&at, end);
		PROMISE(caisson_config_set(c, key, value, NULL) == 0);
		PROMISE(caisson_config_get(c, key, &found, NULL) == 0);
		PROMISE(is_equal(value, found));
	}
	(void)check_accepted(c, version);
	caisson_config_free(c);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned version, way;

	if (size == 0)
		return 0;
	version = data[0] & 1;
	way = data[0] >> 1 & 3;
	data++;
	size--;
	if (way == 0)
		check_decoding(version, (struct caisson_bytes){ data, size });
	else if (way == 1)
		check_body(version, data, size);
	else
		check_list(version, data, size);
	return 0;
}
