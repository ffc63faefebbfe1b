/* SPDX-License-Identifier: Apache-2.0 */
/* Maps in VOM: everything that is not exactly one map is refused, and where. */
#include "vom_testing.h"

#include <stdio.h>

struct bad_case {
	const char *rest; /* after the prefix */
	uint32_t column; /* from 1, of the rest */
	const char *text;
};

static const struct bad_case bad_cases[] = {
	{ "", 1, "ends too early" },
	{ "00", 2, "ends too early" },
	{ "0100 00", 1, "a body of 1 bytes, where 2 are" },
	{ "0300 00", 1, "a body of 3 bytes, where 2 are" },
	{ "0200 00", 3, "more after the last entry" },
	{ "0101", 2, "1 entries in 0 bytes" },
	{ "0201 00", 2, "1 entries in 1 bytes" },
	{ "0502 0000 00 00 00", 1, "a body of 5 bytes, where 6 are" },
	{ "0402 0000 00", 2, "2 entries in 3 bytes" },
	{ "0401 0261 00", 6, "ends too early" },
	{ "0401 0361 00", 3, "a string of 3 bytes, where 2 are" },
	{ "0401 0061 00", 4, "a string of 97 bytes, where 1 are" },
	{ "0501 0161 0200", 5, "a string of 2 bytes, where 1 are" },
	{ "0501 0161 0000", 6, "more after the last entry" },
	/* huge */
	{ "f8ffffffffffffffff 00", 1, "a body of 18446744073709551615 bytes" },
	{ "f87fffffffffffffff 00", 1, "a body of 9223372036854775807 bytes" },
	{ "09f8ffffffffffffffff", 2, "18446744073709551615 entries" },
	{ "09f88000000000000001", 2, "9223372036854775809 entries" },
	{ "0b01 f8ffffffffffffffff 00", 3, "a string of 18446744073709551615" },
	/* numbers that are none, or are cut, or longer than needed */
	{ "80", 1, "0x80 begins no number" },
	{ "f700000000000000000001 00", 1, "0xf7 begins no number" },
	{ "ff", 2, "ends too early" },
	{ "fe01", 3, "ends too early" },
	{ "f8ffffffffffffff", 9, "ends too early" },
	{ "0401 0161 ff", 6, "ends too early" },
	{ "ff01 00", 1, "longer than needed" },
	{ "ff7f", 1, "longer than needed" },
	{ "02ff00", 2, "longer than needed" },
	{ "0601 0161 ff0062", 5, "longer than needed" },
	{ "fe0080", 1, "longer than needed" },
	{ "f80000000000000001 00", 1, "longer than needed" },
};

static void
anything_but_a_map_is_refused(void **state)
{
	char hex[128];

	(void)state;
	for (size_t i = 0; i < sizeof(bad_cases) / sizeof(bad_cases[0]); i++)
		for (size_t p = 0; p < 2; p++) {
			const struct bad_case *bad = &bad_cases[i];
			struct caisson_config *out = NULL;

			(void)snprintf(hex, sizeof(hex), "%s%s", prefixes[p],
				       bad->rest);
			must_fail(decode_hex(protocols[p], hex, &out),
				  CAISSON_E_SYNTAX, bad->text);
			assert_int_equal(error.column,
					 strlen(prefixes[p]) / 2 + bad->column);
			assert_int_equal(error.line, 0);
			assert_int_equal(error.stage, CAISSON_STAGE_PAYLOAD);
			assert_null(out);
		}
}

static void
a_wrong_beginning_is_refused(void **state)
{
	struct caisson_config *out = NULL;

	(void)state;
	for (size_t p = 0; p < 2; p++) {
		must_fail(decode_hex(protocols[p], "", &out), CAISSON_E_SYNTAX,
			  "byte 1 of the map: ends too early");
		must_fail(decode_hex(protocols[p], "80", &out),
			  CAISSON_E_SYNTAX, "byte 1 of the map: 0x80, but");
		assert_int_equal(error.column, 1);
	}
	must_fail(decode_hex("v23", "81", &out), CAISSON_E_SYNTAX,
		  "byte 2 of the map: ends too early");
	must_fail(decode_hex("veyron", "81", &out), CAISSON_E_SYNTAX,
		  "byte 1 of the map: 0x81, but a map has 0xff");
	must_fail(decode_hex("veyron", "ff", &out), CAISSON_E_SYNTAX,
		  "byte 2 of the map: ends too early");
	assert_null(out);
}

static int
decode(unsigned p, const uint8_t *data, size_t len)
{
	struct caisson_config *out = NULL;
	int r = caisson_config_decode(protocols[p],
				      (struct caisson_bytes){ data, len }, &out,
				      &error);

	assert_int_equal(out != NULL, r == 0);
	caisson_config_free(out);
	return r;
}

/* len bytes, the last of which is one too many. */
static void
check_changes(unsigned p, uint8_t *data, size_t len)
{
	must(decode(p, data, len - 1));
	for (size_t n = 0; n <= len; n++) {
		if (n == len - 1)
			continue;
		must_fail(decode(p, data, n), CAISSON_E_SYNTAX, "of the map");
		assert_in_range(error.column, 1, n + 1);
	}
	for (size_t i = 0; i < strlen(prefixes[p]) / 2; i++) {
		data[i] ^= 1;
		must_fail(decode(p, data, len - 1), CAISSON_E_SYNTAX,
			  "but a map has");
		assert_int_equal(error.column, i + 1);
		data[i] ^= 1;
	}
}

/* Cut anywhere, changed anywhere in the prefix, longer by a byte. */
static void
a_map_that_is_cut_or_longer_is_refused(void **state)
{
	static const char rest[] = "11 04 0162 0130 0161 0132 0162 0131 "
				   "0161 0133 00";
	char hex[128];

	(void)state;
	for (unsigned p = 0; p < 2; p++) {
		size_t len;
		uint8_t *data;

		(void)snprintf(hex, sizeof(hex), "%s%s", prefixes[p], rest);
		data = from_hex(hex, &len);
		check_changes(p, data, len);
		free(data);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(anything_but_a_map_is_refused),
		cmocka_unit_test(a_wrong_beginning_is_refused),
		cmocka_unit_test(a_map_that_is_cut_or_longer_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
