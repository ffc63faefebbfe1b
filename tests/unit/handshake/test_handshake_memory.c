/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory that runs out, at every allocation in turn: the answer is "out of
 * memory", and maps are what they were before.
 */
#include "testing.h"

#include "handshake/payload.h"
#include "no_memory.h"

static const uint8_t two_entries[] = {
	0x81, 0x51, 0x06, 0x05, 0x01, 0x03, 0x02, 0x03, 0xe1, 0x52,
	0x09, 0x02, 0x01, 'b',  0x01, '1',  0x01, 'a',  0x01, '2',
};

static struct caisson_config *config, *other;

static int
make_secret(void)
{
	struct caisson_secret *s = NULL;
	int r = caisson_secret_new("abc", 3, &s, &error);

	assert_int_equal(s != NULL, r == 0);
	caisson_secret_free(s);
	return r;
}

static int
make_config(void)
{
	struct caisson_config *c = NULL;
	int r = caisson_config_new(&c, &error);

	assert_int_equal(c != NULL, r == 0);
	caisson_config_free(c);
	return r;
}

static int
decode(void)
{
	struct caisson_config *c = NULL;
	int r = caisson_config_decode("v23",
				      (struct caisson_bytes){
					  two_entries, sizeof(two_entries) },
				      &c, &error);

	assert_int_equal(c != NULL, r == 0);
	caisson_config_free(c);
	return r;
}

static int
encode(void)
{
	void *data = NULL;
	size_t len = 4711;
	int r = caisson_config_encode(config, "veyron", &data, &len, &error);

	assert_int_equal(data != NULL, r == 0);
	assert_int_equal(len == 4711, r != 0);
	free(data);
	return r;
}

static int
add(void)
{
	return caisson_config_set(config, bytes("i"), bytes("2"), &error);
}

static int
replace(void)
{
	return caisson_config_set(config, bytes("a"), bytes("2"), &error);
}

static int
merge(void)
{
	return caisson_config_merge(config, other, &error);
}

static int
receive(void)
{
	static const char data[] = "\0\0\0\0\0\0\0\1c\0\0\0\0\0\0\0\1s";
	struct payload_reader reader;
	size_t at = 0, n = 1;
	int r = 0;

	payload_reader_init(&reader, 1);
	while (n > 0 && r == 0) {
		void *where;

		n = payload_reader_wants(&reader, &where);
		if (n == 0)
			break;
		memcpy(where, data + at, n);
		at += n;
		r = payload_reader_got(&reader, n, &error);
	}
	assert_int_equal(payload_reader_end(&reader, NULL) == 0, r == 0);
	payload_reader_done(&reader);
	return r;
}

struct call {
	int (*run)(void);
	long allocations; /* so many at least */
};

/* Eight entries, so that one more needs room; of the other map two. */
static void
fill(void)
{
	must(caisson_config_new(&config, &error));
	must(caisson_config_new(&other, &error));
	for (char c = 'a'; c < 'i'; c++)
		must(caisson_config_set(config, (struct caisson_bytes){ &c, 1 },
					bytes("1"), &error));
	must(caisson_config_set(other, bytes("a"), bytes("2"), &error));
	must(caisson_config_set(other, bytes("z"), bytes("2"), &error));
}

static void
check_unchanged(void)
{
	struct caisson_bytes key, value;

	assert_int_equal(caisson_config_count(config), 8);
	for (size_t i = 0; i < 8; i++) {
		caisson_config_entry(config, i, &key, &value);
		assert_int_equal(key.len + value.len, 2);
		assert_int_equal(*(const char *)key.data, 'a' + (int)i);
		assert_int_equal(*(const char *)value.data, '1');
	}
}

static void
every_allocation_that_fails_is_an_error_and_nothing_else(void **state)
{
	static const struct call calls[] = {
		{ make_secret, 1 }, { make_config, 1 }, { decode, 5 },
		{ encode, 1 },      { add, 2 },         { replace, 1 },
		{ merge, 4 },       { receive, 2 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		bool starved = true;
		long n = -1;

		while (starved) {
			int r;

			fill();
			memset(&error, 0, sizeof(error));
			no_memory_failed = false;
			no_memory_after = ++n;
			r = calls[i].run();
			no_memory_after = -1;
			starved = no_memory_failed;
			assert_int_equal(r, starved ? CAISSON_E_NO_MEMORY : 0);
			if (starved) {
				assert_string_equal(error.msg,
						    "payload: out of memory");
				check_unchanged();
			}
			caisson_config_free(config);
			caisson_config_free(other);
		}
		assert_true(n >= calls[i].allocations);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    every_allocation_that_fails_is_an_error_and_nothing_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
