/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules written number by number: each that is not whole, or has what there is
 * not, makes no grants of the file.
 */
#include "grant/rule.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Copied to a place of its own, so that one byte too many is seen. */
static bool
is_taken(const uint8_t *bytes, size_t len, struct grant_set *out)
{
	uint8_t *copy = malloc(len > 0 ? len : 1);
	bool taken;

	assert_non_null(copy);
	if (len > 0)
		memcpy(copy, bytes, len);
	taken = grant_take(copy, len, out);
	free(copy);
	return taken;
}

/* One rule, written by hand. */
struct row {
	const char *what;
	uint64_t numbers[16]; /* of the rule */
	size_t n;
	bool right;
};

static const struct row rows[] = {
	{ "a target alone", { GRANT_UID, 8, 5, GRANT_GID, 8, 5 }, 6, true },
	{ "no uid", { GRANT_GID, 8, 5 }, 3, false },
	{ "no gid", { GRANT_UID, 8, 5 }, 3, false },
	{ "uid -1", { GRANT_UID, 8, 0xffffffff, GRANT_GID, 8, 5 }, 6, false },
	{ "gid -1", { GRANT_UID, 8, 5, GRANT_GID, 8, 0xffffffff }, 6, false },
	{ "a uid of 33 bits",
	  { GRANT_UID, 8, 0x100000000, GRANT_GID, 8, 5 },
	  6,
	  false },
	{ "the largest uid",
	  { GRANT_UID, 8, 0xfffffffe, GRANT_GID, 8, 5 },
	  6,
	  true },
	{ "a caller -1",
	  { GRANT_CALLER_UIDS, 8, 0xffffffff, GRANT_UID, 8, 5, GRANT_GID, 8,
	    5 },
	  9,
	  false },
	{ "callers that ascend",
	  { GRANT_CALLER_UIDS, 16, 1, 2, GRANT_UID, 8, 5, GRANT_GID, 8, 5 },
	  10,
	  true },
	{ "callers that descend",
	  { GRANT_CALLER_UIDS, 16, 2, 1, GRANT_UID, 8, 5, GRANT_GID, 8, 5 },
	  10,
	  false },
	{ "a caller twice",
	  { GRANT_CALLER_UIDS, 16, 2, 2, GRANT_UID, 8, 5, GRANT_GID, 8, 5 },
	  10,
	  false },
	{ "no caller in the list",
	  { GRANT_CALLER_UIDS, 0, GRANT_UID, 8, 5, GRANT_GID, 8, 5 },
	  8,
	  false },
	{ "tags that descend", { GRANT_GID, 8, 5, GRANT_UID, 8, 5 }, 6, false },
	{ "a tag twice",
	  { GRANT_UID, 8, 5, GRANT_UID, 8, 5, GRANT_GID, 8, 5 },
	  9,
	  false },
	{ "tag 0", { 0, 8, 5, GRANT_UID, 8, 5, GRANT_GID, 8, 5 }, 9, false },
	{ "an unknown tag",
	  { GRANT_UID, 8, 5, GRANT_GID, 8, 5, GRANT_FIELDS, 8, 5 },
	  9,
	  false },
	{ "the largest tag",
	  { GRANT_UID, 8, 5, GRANT_GID, 8, 5, GRANT_FIELDS - 1, 8, 5 },
	  9,
	  true },
	{ "an unknown flag",
	  { GRANT_UID, 8, 5, GRANT_GID, 8, 5, GRANT_FLAGS, 8, 32 },
	  9,
	  false },
	{ "root without its word",
	  { GRANT_UID, 8, 0, GRANT_GID, 8, 5 },
	  6,
	  false },
	{ "root's group without its word",
	  { GRANT_UID, 8, 5, GRANT_GID, 8, 0 },
	  6,
	  false },
	{ "root's group beside it without its word",
	  { GRANT_GROUPS, 16, 0, 5, GRANT_UID, 8, 5, GRANT_GID, 8, 5 },
	  10,
	  false },
	{ "root with its word",
	  { GRANT_UID, 8, 0, GRANT_GID, 8, 0, GRANT_FLAGS, 8, GRANT_ROOT },
	  9,
	  true },
	{ "a number of no bytes",
	  { GRANT_UID, 8, 5, GRANT_GID, 8, 5, GRANT_NICE, 0 },
	  8,
	  false },
	{ "a number of two",
	  { GRANT_UID, 8, 5, GRANT_GID, 8, 5, GRANT_NICE, 16, 5, 5 },
	  10,
	  false },
	{ "a program without a name",
	  { GRANT_PROGRAMS, 24, 0, 0, 0, GRANT_UID, 8, 5, GRANT_GID, 8, 5 },
	  11,
	  false },
	{ "a program with data",
	  { GRANT_PROGRAMS, 40, 0, 8, 0x2f61616161616161, 8, 1, GRANT_UID, 8, 5,
	    GRANT_GID, 8, 5 },
	  13,
	  false },
	{ "a program",
	  { GRANT_PROGRAMS, 32, 0, 8, 0x2f61616161616161, 0, GRANT_UID, 8, 5,
	    GRANT_GID, 8, 5 },
	  12,
	  true },
	{ "a program with an unknown flag",
	  { GRANT_PROGRAMS, 32, 4, 8, 0x2f61616161616161, 0, GRANT_UID, 8, 5,
	    GRANT_GID, 8, 5 },
	  12,
	  false },
	{ "a directory without its slash",
	  { GRANT_PROGRAMS, 32, GRANT_PREFIX, 8, 0x2f61616161616161, 0,
	    GRANT_UID, 8, 5, GRANT_GID, 8, 5 },
	  12,
	  false },
	{ "a directory",
	  { GRANT_PROGRAMS, 32, GRANT_PREFIX, 8, 0x2f6161616161612f, 0,
	    GRANT_UID, 8, 5, GRANT_GID, 8, 5 },
	  12,
	  true },
	{ "a program with a slash at its end",
	  { GRANT_PROGRAMS, 32, 0, 8, 0x2f6161616161612f, 0, GRANT_UID, 8, 5,
	    GRANT_GID, 8, 5 },
	  12,
	  false },
	{ "a floor without a filter",
	  { GRANT_FLOORS, 32, 0, 8, 0x6161616161616161, 0, GRANT_UID, 8, 5,
	    GRANT_GID, 8, 5 },
	  12,
	  false },
	{ "a floor",
	  { GRANT_FLOORS, 40, 0, 8, 0x6161616161616161, 8, 1, GRANT_UID, 8, 5,
	    GRANT_GID, 8, 5 },
	  13,
	  true },
};

static void
test_a_rule_is_whole_or_there_are_none(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t len = (5 + rows[i].n) * WIRE_U64;
		uint8_t bytes[21 * WIRE_U64];
		struct wire_writer w = { bytes, sizeof(bytes) };
		bool ok = wire_write_u64(&w, GRANT_MAGIC) &&
			  wire_write_u64(&w, GRANT_VERSION) &&
			  wire_write_u64(&w, len) && wire_write_u64(&w, 1) &&
			  wire_write_u64(&w, rows[i].n * WIRE_U64);
		struct grant_set set = { .n = 77 };

		for (size_t n = 0; ok && n < rows[i].n; n++)
			ok = wire_write_u64(&w, rows[i].numbers[n]);
		assert_true(ok);
		if (is_taken(bytes, len, &set) != rows[i].right)
			fail_msg("%s", rows[i].what);
		if (!rows[i].right)
			assert_int_equal(set.n, 77);
	}
}

/* So many rules, the targets of which have so many groups. */
static uint8_t *
make(size_t rules, size_t groups, size_t *len)
{
	size_t body = (6 + (groups > 0 ? 2u : 0u) + groups) * WIRE_U64;
	uint8_t *bytes;
	struct wire_writer w;
	bool ok;

	*len = 4 * WIRE_U64 + rules * (WIRE_U64 + body);
	bytes = malloc(*len);
	assert_non_null(bytes);
	w = (struct wire_writer){ bytes, *len };
	ok = wire_write_u64(&w, GRANT_MAGIC) &&
	     wire_write_u64(&w, GRANT_VERSION) && wire_write_u64(&w, *len) &&
	     wire_write_u64(&w, rules);
	for (size_t i = 0; ok && i < rules; i++) {
		ok = wire_write_u64(&w, body);
		if (ok && groups > 0)
			ok = wire_write_u64(&w, GRANT_GROUPS) &&
			     wire_write_u64(&w, groups * WIRE_U64);
		for (size_t g = 0; ok && g < groups; g++)
			ok = wire_write_u64(&w, g + 1);
		ok = ok && wire_write_u64(&w, GRANT_UID) &&
		     wire_write_u64(&w, WIRE_U64) && wire_write_u64(&w, 5) &&
		     wire_write_u64(&w, GRANT_GID) &&
		     wire_write_u64(&w, WIRE_U64) && wire_write_u64(&w, 5);
	}
	assert_true(ok && w.left == 0);
	return bytes;
}

static bool
is_made(size_t rules, size_t groups)
{
	struct grant_set set;
	size_t len;
	uint8_t *bytes = make(rules, groups, &len);
	bool taken = is_taken(bytes, len, &set);

	free(bytes);
	return taken;
}

static void
test_rules_and_bytes_are_counted(void **state)
{
	/* 4 numbers, the length, 8 numbers and the groups are 1 MiB. */
	size_t most = GRANT_SIZE_MAX / WIRE_U64 - 4 - 1 - 8;

	(void)state;
	assert_true(is_made(0, 0));
	assert_true(is_made(GRANT_RULES_MAX, 0));
	assert_false(is_made(GRANT_RULES_MAX + 1, 0));
	assert_true(is_made(1, most));
	assert_false(is_made(1, most + 1));
}

/* Each of the four, by one more and by one less. */
static void
test_the_head_is_exactly_right(void **state)
{
	struct grant_set set;
	size_t len;
	uint8_t *bytes = make(3, 2, &len);

	(void)state;
	assert_true(is_taken(bytes, len, &set));
	for (size_t i = 0; i < 4; i++) {
		uint64_t right = wire_get_u64(bytes + i * WIRE_U64);

		wire_put_u64(bytes + i * WIRE_U64, right + 1);
		assert_false(is_taken(bytes, len, &set));
		wire_put_u64(bytes + i * WIRE_U64, right - 1);
		assert_false(is_taken(bytes, len, &set));
		wire_put_u64(bytes + i * WIRE_U64, right);
	}
	assert_true(is_taken(bytes, len, &set));
	free(bytes);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_rule_is_whole_or_there_are_none),
		cmocka_unit_test(test_rules_and_bytes_are_counted),
		cmocka_unit_test(test_the_head_is_exactly_right),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
