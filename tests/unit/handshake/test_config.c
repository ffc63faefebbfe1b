/* SPDX-License-Identifier: Apache-2.0 */
/* Configuration maps: any bytes, sorted, replaced, merged. */
#include "testing.h"

#include <stdio.h>

static struct caisson_config *
new_config(void)
{
	struct caisson_config *c = NULL;

	must(caisson_config_new(&c, &error));
	return c;
}

static void
set(struct caisson_config *c, const char *key, const char *value)
{
	must(caisson_config_set(c, bytes(key), bytes(value), &error));
}

/* "a=1 b=2 " in the order of the entries. */
static void
assert_is(const struct caisson_config *c, const char *expected)
{
	struct caisson_bytes key, value;
	char text[512];
	size_t at = 0;

	text[0] = '\0';
	for (size_t i = 0; i < caisson_config_count(c); i++) {
		caisson_config_entry(c, i, &key, &value);
		at +=
		    (size_t)snprintf(text + at, sizeof(text) - at, "%.*s=%.*s ",
				     (int)key.len, (const char *)key.data,
				     (int)value.len, (const char *)value.data);
	}
	assert_string_equal(text, expected);
}

static void
assert_has(const struct caisson_config *c, struct caisson_bytes key,
	   struct caisson_bytes value)
{
	struct caisson_bytes out = { NULL, 4711 };

	must(caisson_config_get(c, key, &out, &error));
	assert_int_equal(out.len, value.len);
	assert_memory_equal(out.data, value.data, value.len);
}

static void
what_was_set_is_found_and_replaced(void **state)
{
	struct caisson_config *c = new_config();
	struct caisson_bytes out = { "untouched", 9 };

	(void)state;
	must_fail(caisson_config_get(c, bytes("a"), &out, &error),
		  CAISSON_E_NOT_FOUND, "no such key");
	set(c, "a", "1");
	set(c, "b", "2");
	assert_has(c, bytes("a"), bytes("1"));
	set(c, "a", "one");
	assert_has(c, bytes("a"), bytes("one"));
	assert_is(c, "a=one b=2 ");
	must_fail(caisson_config_get(c, bytes("A"), &out, &error),
		  CAISSON_E_NOT_FOUND, "no such key");
	must_fail(caisson_config_get(c, (struct caisson_bytes){ NULL, 1 }, &out,
				     &error),
		  CAISSON_E_NOT_FOUND, "no such key");
	assert_int_equal(out.len, 9);
	caisson_config_free(c);
	caisson_config_free(NULL);
}

static void
keys_and_values_are_any_bytes(void **state)
{
	struct caisson_config *c = new_config();
	const struct caisson_bytes none = { NULL, 0 }, nul = { "\0", 1 },
				   nuls = { "\0\0", 2 },
				   high = { "\xff\xfe", 2 };

	(void)state;
	must(caisson_config_set(c, none, high, &error));
	must(caisson_config_set(c, high, none, &error));
	must(caisson_config_set(c, nul, nuls, &error));
	must(caisson_config_set(c, nuls, nul, &error));
	assert_int_equal(caisson_config_count(c), 4);
	assert_has(c, bytes(""), high);
	assert_has(c, high, bytes(""));
	assert_has(c, nul, nuls);
	assert_has(c, nuls, nul);
	caisson_config_free(c);
}

static void
entries_are_sorted_by_the_bytes_of_their_keys(void **state)
{
	static const char *const orders[][5] = {
		{ "", "a", "aa", "b", "\xc3\xa4" },
		{ "\xc3\xa4", "b", "aa", "a", "" },
		{ "aa", "", "\xc3\xa4", "a", "b" },
	};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct caisson_config *c = new_config();

		for (size_t j = 0; j < 5; j++)
			set(c, orders[i][j], "x");
		assert_is(c, "=x a=x aa=x b=x \xc3\xa4=x ");
		caisson_config_free(c);
	}
}

static void
a_wrong_call_changes_nothing(void **state)
{
	struct caisson_config *c = new_config();
	const struct caisson_bytes wrong = { NULL, 1 };

	(void)state;
	set(c, "a", "1");
	must_fail(caisson_config_set(c, wrong, bytes("x"), &error),
		  CAISSON_E_USAGE, "key or value is NULL");
	must_fail(caisson_config_set(c, bytes("a"), wrong, &error),
		  CAISSON_E_USAGE, "key or value is NULL");
	assert_is(c, "a=1 ");
	caisson_config_free(c);
}

static void
an_entry_may_be_set_from_the_map_itself(void **state)
{
	struct caisson_config *c = new_config();
	struct caisson_bytes key, value;

	(void)state;
	set(c, "key", "value");
	caisson_config_entry(c, 0, &key, &value);
	must(caisson_config_set(c, key, key, &error));
	assert_is(c, "key=key ");
	caisson_config_entry(c, 0, &key, &value);
	must(caisson_config_set(c, (struct caisson_bytes){ value.data, 1 },
				value, &error));
	assert_is(c, "k=key key=key ");
	caisson_config_free(c);
}

static void
a_cleared_map_is_empty_and_may_be_filled(void **state)
{
	struct caisson_config *c = new_config();

	(void)state;
	set(c, "a", "1");
	caisson_config_clear(c);
	assert_int_equal(caisson_config_count(c), 0);
	caisson_config_clear(c);
	set(c, "b", "2");
	assert_is(c, "b=2 ");
	caisson_config_free(c);
}

struct merge_case {
	const char *to, *from, *merged; /* keys; values are 1 and 2 */
};

static void
fill(struct caisson_config *c, const char *keys, const char *value)
{
	for (; *keys != '\0'; keys++)
		set(c, (const char[]){ *keys, '\0' }, value);
}

static void
a_merge_replaces_adds_and_keeps(void **state)
{
	static const struct merge_case cases[] = {
		{ "", "", "" },
		{ "ab", "", "a=1 b=1 " },
		{ "", "ab", "a=2 b=2 " },
		{ "abc", "bcd", "a=1 b=2 c=2 d=2 " },
		{ "ab", "ab", "a=2 b=2 " },
		{ "ac", "bd", "a=1 b=2 c=1 d=2 " },
		{ "cd", "ab", "a=2 b=2 c=1 d=1 " },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct caisson_config *to = new_config();
		struct caisson_config *from = new_config();

		fill(to, cases[i].to, "1");
		fill(from, cases[i].from, "2");
		must(caisson_config_merge(to, from, &error));
		assert_int_equal(caisson_config_count(from),
				 strlen(cases[i].from));
		caisson_config_free(from);
		assert_is(to, cases[i].merged);
		must(caisson_config_merge(to, to, &error));
		assert_is(to, cases[i].merged);
		/* There is room for more, and it is where it should be. */
		set(to, "m", "3");
		assert_has(to, bytes("m"), bytes("3"));
		caisson_config_free(to);
	}
}

static void
many_entries_are_all_found(void **state)
{
	struct caisson_config *c = new_config();
	struct caisson_bytes key, value, last = { NULL, 0 };
	char text[16];

	(void)state;
	for (unsigned i = 0; i < 5000; i++) {
		(void)snprintf(text, sizeof(text), "%u", i * 7919 % 5003);
		set(c, text, text);
	}
	assert_int_equal(caisson_config_count(c), 5000);
	for (size_t i = 0; i < 5000; i++) {
		caisson_config_entry(c, i, &key, &value);
		assert_has(c, key, key);
		if (i > 0)
			assert_true(memcmp(last.data, key.data,
					   last.len < key.len ? last.len
							      : key.len) <= 0);
		last = key;
	}
	caisson_config_free(c);
}

static void
only_the_older_protocols_have_maps(void **state)
{
	static const char *const names[] = { "caisson", "", "V23", NULL };
	struct caisson_config *c = new_config(), *out = NULL;
	void *data = NULL;
	size_t len = 0;

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		must_fail(caisson_config_encode(c, names[i], &data, &len,
						&error),
			  CAISSON_E_USAGE, "a map is for \"v23\"");
		must_fail(caisson_config_decode(names[i], bytes(""), &out,
						&error),
			  CAISSON_E_USAGE, "a map is for \"v23\"");
	}
	assert_null(data);
	assert_null(out);
	caisson_config_free(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_set_is_found_and_replaced),
		cmocka_unit_test(keys_and_values_are_any_bytes),
		cmocka_unit_test(entries_are_sorted_by_the_bytes_of_their_keys),
		cmocka_unit_test(a_wrong_call_changes_nothing),
		cmocka_unit_test(an_entry_may_be_set_from_the_map_itself),
		cmocka_unit_test(a_cleared_map_is_empty_and_may_be_filled),
		cmocka_unit_test(a_merge_replaces_adds_and_keeps),
		cmocka_unit_test(many_entries_are_all_found),
		cmocka_unit_test(only_the_older_protocols_have_maps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
