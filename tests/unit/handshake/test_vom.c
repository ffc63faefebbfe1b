/* SPDX-License-Identifier: Apache-2.0 */
/* Maps in VOM: the bytes that the older systems were seen to send and take. */
#include "vom_testing.h"

#include <stdio.h>

static void
assert_encodes(const struct caisson_config *c, const char *protocol,
	       const char *hex)
{
	size_t len, out_len = 0;
	uint8_t *expected = from_hex(hex, &len);
	void *out = NULL;

	must(caisson_config_encode(c, protocol, &out, &out_len, &error));
	assert_int_equal(out_len, len);
	assert_memory_equal(out, expected, len);
	free(out);
	free(expected);
}

/* Keys and values, one after the other. */
static struct caisson_config *
config_of(const char *const *texts)
{
	struct caisson_config *c = NULL;

	must(caisson_config_new(&c, &error));
	for (; *texts != NULL; texts += 2)
		must(caisson_config_set(c, bytes(texts[0]), bytes(texts[1]),
					&error));
	return c;
}

static void
assert_equal(const struct caisson_config *a, const struct caisson_config *b)
{
	assert_int_equal(caisson_config_count(a), caisson_config_count(b));
	for (size_t i = 0; i < caisson_config_count(a); i++) {
		struct caisson_bytes keys[2], values[2];

		caisson_config_entry(a, i, &keys[0], &values[0]);
		caisson_config_entry(b, i, &keys[1], &values[1]);
		assert_int_equal(keys[0].len, keys[1].len);
		assert_memory_equal(keys[0].data, keys[1].data, keys[0].len);
		assert_int_equal(values[0].len, values[1].len);
		assert_memory_equal(values[0].data, values[1].data,
				    values[0].len);
	}
}

/* The whole stream of each protocol: encoded, and decoded again. */
static void
assert_golden(const char *const *texts, const char *v23, const char *veyron)
{
	struct caisson_config *c = config_of(texts);
	const char *const golden[] = { v23, veyron };

	for (size_t i = 0; i < 2; i++) {
		struct caisson_config *out = NULL;

		assert_encodes(c, protocols[i], golden[i]);
		must(decode_hex(protocols[i], golden[i], &out));
		assert_equal(c, out);
		caisson_config_free(out);
		/* Neither is the other. */
		must_fail(decode_hex(protocols[!i], golden[i], &out),
			  CAISSON_E_SYNTAX, "byte 1 of the map");
	}
	caisson_config_free(c);
}

static void
the_bytes_are_those_of_the_older_systems(void **state)
{
	(void)state;
	assert_golden((const char *const[]){ NULL }, "8151060501030203e1520100",
		      "ff8106160103010300ff820100");
	assert_golden((const char *const[]){ "foo", "bar", NULL },
		      "8151060501030203e152090103666f6f03626172",
		      "ff8106160103010300ff82090103666f6f03626172");
	assert_golden((const char *const[]){ "a", "", NULL },
		      "8151060501030203e1520401016100",
		      "ff8106160103010300ff820401016100");
}

/* A text of n times the byte in hexadecimal, behind others. */
static void
append(char *hex, const char *more, size_t n)
{
	while (n-- > 0)
		(void)strcat(hex, more);
}

static void
a_number_has_as_many_bytes_as_it_needs(void **state)
{
	static char text[131], hex[1024];
	struct caisson_config *c;

	(void)state;
	memset(text, 'x', 130);
	c = config_of((const char *const[]){ "k", text, NULL });
	(void)strcpy(hex, V23 "ff87 01 016b ff82");
	append(hex, "78", 130);
	assert_encodes(c, "v23", hex);
	caisson_config_free(c);
	text[127] = '\0';
	c = config_of((const char *const[]){ "k", text, NULL });
	(void)strcpy(hex, VEYRON "ff83 01 016b 7f");
	append(hex, "78", 127);
	assert_encodes(c, "veyron", hex);
	caisson_config_free(c);
}

static void
every_size_and_byte_comes_back(void **state)
{
	static const size_t sizes[] = { 0,   1,   126,   127,   128,
					255, 256, 65535, 65536, 1u << 24 };

	(void)state;
	for (size_t i = 0; i < 2 * sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct caisson_config *c = NULL, *out = NULL;
		size_t len = sizes[i / 2], data_len = 0;
		uint8_t *value = malloc(len + 1);
		void *data = NULL;

		assert_non_null(value);
		for (size_t j = 0; j < len; j++)
			value[j] = (uint8_t)(j * 11);
		must(caisson_config_new(&c, &error));
		must(caisson_config_set(c, bytes("v"),
					(struct caisson_bytes){ value, len },
					&error));
		must(caisson_config_set(c, (struct caisson_bytes){ value, len },
					bytes("k"), &error));
		must(caisson_config_encode(c, protocols[i % 2], &data,
					   &data_len, &error));
		must(caisson_config_decode(protocols[i % 2],
					   (struct caisson_bytes){ data,
								   data_len },
					   &out, &error));
		assert_equal(c, out);
		caisson_config_free(c);
		caisson_config_free(out);
		free(data);
		free(value);
	}
}

static void
any_order_is_taken_and_the_later_of_two_counts(void **state)
{
	struct caisson_config *out = NULL, *c;

	(void)state;
	c = config_of((const char *const[]){ "a", "3", "b", "1", NULL });
	must(decode_hex("v23",
			V23 "11 04 0162 0130 0161 0132 0162 0131 0161 0133",
			&out));
	assert_equal(c, out);
	caisson_config_free(c);
	caisson_config_free(out);
	out = NULL;
	c = config_of((const char *const[]){ "", "\xff\xfe", NULL });
	must(decode_hex("veyron", VEYRON "07 02 00 00 00 02 fffe", &out));
	assert_equal(c, out);
	caisson_config_free(c);
	caisson_config_free(out);
}

/* As many entries as a megabyte holds: all of one key, then all different. */
static void
many_entries_are_sorted_once(void **state)
{
	const size_t n = 200000;
	uint8_t *data = malloc(6 * n + 64);
	static const uint8_t prefix[] = { 0x81, 0x51, 0x06, 0x05, 0x01,
					  0x03, 0x02, 0x03, 0xe1, 0x52 };

	(void)state;
	assert_non_null(data);
	for (unsigned way = 0; way < 2; way++) {
		struct caisson_config *out = NULL;
		size_t body = 4 + 5 * n, at = sizeof(prefix);

		memcpy(data, prefix, sizeof(prefix));
		data[at++] = 0xfd;
		for (unsigned i = 3; i-- > 0;)
			data[at++] = (uint8_t)(body >> 8 * i);
		data[at++] = 0xfd;
		for (unsigned i = 3; i-- > 0;)
			data[at++] = (uint8_t)(n >> 8 * i);
		for (size_t i = 0; i < n; i++) {
			size_t key = way == 0 ? 0 : n - i;

			data[at++] = 3;
			data[at++] = (uint8_t)(key >> 16);
			data[at++] = (uint8_t)(key >> 8);
			data[at++] = (uint8_t)key;
			data[at++] = 0;
		}
		must(caisson_config_decode("v23",
					   (struct caisson_bytes){ data, at },
					   &out, &error));
		assert_int_equal(caisson_config_count(out), way == 0 ? 1 : n);
		caisson_config_free(out);
	}
	free(data);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_bytes_are_those_of_the_older_systems),
		cmocka_unit_test(a_number_has_as_many_bytes_as_it_needs),
		cmocka_unit_test(every_size_and_byte_comes_back),
		cmocka_unit_test(
		    any_order_is_taken_and_the_later_of_two_counts),
		cmocka_unit_test(many_entries_are_sorted_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
