/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A slip of the pen grants nothing else: whatever single byte of a text is
 * left out, changed or added, and whatever line is left out or there twice,
 * what the text was never about stays denied.
 */
#include "town.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char text[] = "# The agent builds.\n"
			   "permit user agent, gid 29 as user builder {\n"
			   "\tprogram /usr/bin/make # and no other\n"
			   "\tprogram /opt/tools/ scripts\n"
			   "\tenv PATH LC_*\n"
			   "\tcapabilities chown\n"
			   "\trlimit nofile 1024\n"
			   "\ttimeout 1h\n"
			   "}\n"
			   "permit group staff as uid 1500 gid 1500 {\n"
			   "\tprogram /usr/bin/cc\n"
			   "\tnice 5\n"
			   "}\n";

static const uint32_t staff[] = { 50 }, builders[] = { 29, 1500 },
		      zero[] = { 0 };
static const char *const preload[] = { "LD_PRELOAD=x" };
static const char *const bash_env[] = { "BASH_ENV=x" };

static const struct grant_request granted = {
	.caller_uid = 1000,
	.uid = 1500,
	.gid = 1500,
	.groups = builders,
	.n_groups = 2,
	.path = "/usr/bin/make",
	.filtered = true,
	.asked = { [GRANT_TIMEOUT] = 1 },
	.own = { [GRANT_TIMEOUT] = UINT64_MAX, [GRANT_LAUNCHES] = UINT64_MAX },
};

#define PROBES 12

/* What the text is not about, one thing in each. */
static void
fill(struct grant_request probes[PROBES])
{
	for (size_t i = 0; i < PROBES; i++)
		probes[i] = granted;
	probes[0].caller_uid = 4242;
	probes[1].caller_uid = 4242;
	probes[1].caller_gids = zero;
	probes[1].n_caller_gids = 1;
	probes[2].uid = 0;
	probes[3].gid = 0;
	probes[4].groups = zero;
	probes[4].n_groups = 1;
	probes[5].path = "/bin/sh";
	probes[6].path = "/usr/bin/env";
	probes[7].env = preload;
	probes[7].n_env = 1;
	probes[8].env = bash_env;
	probes[8].n_env = 1;
	probes[9].asked[GRANT_FLAGS] = GRANT_DETACH;
	probes[10].asked[GRANT_CAPABILITIES] = (uint64_t)1 << 21;
	probes[11].signal = true;
}

struct tally {
	size_t tried, accepted, permitted;
};

static void
check(const char *bytes, size_t len, struct tally *tally)
{
	const struct grant_options options = { .system = &town };
	struct grant_text read = { .options = &options };
	struct grant_bytes out = { NULL, 0 };
	static struct grant_request probes[PROBES];
	struct grant_answer answer;
	struct grant_set set;

	tally->tried++;
	fill(probes);
	if (grant_text_add(&read, "x", bytes, len, NULL) == 0 &&
	    grant_text_finish(&read, &out, NULL) == 0) {
		assert_true(grant_take(out.data, out.len, &set));
		tally->accepted++;
		tally->permitted +=
		    grant_decide(&set, &granted, &answer) == GRANT_PERMIT;
		for (size_t i = 0; i < PROBES; i++)
			if (grant_decide(&set, &probes[i], &answer) !=
			    GRANT_DENY)
				fail_msg("probe %zu: %.*s", i, (int)len, bytes);
	}
	free(out.data);
	grant_text_done(&read);
}

/* The text with some bytes of it replaced by others. */
static void
check_with(size_t at, size_t n, const char *with, size_t len,
	   struct tally *tally)
{
	char bytes[2 * sizeof(text)];
	size_t size = sizeof(text) - 1;

	memcpy(bytes, text, at);
	memcpy(bytes + at, with, len);
	memcpy(bytes + at + len, text + at + n, size - at - n);
	check(bytes, size - n + len, tally);
}

static void
test_the_text_itself_is_right(void **state)
{
	struct tally tally = { 0 };

	(void)state;
	check(text, sizeof(text) - 1, &tally);
	assert_int_equal(tally.permitted, 1);
}

static void
test_no_single_byte_grants_something_else(void **state)
{
	struct tally tally = { 0 };

	(void)state;
	for (size_t at = 0; at < sizeof(text) - 1; at++) {
		check_with(at, 1, "", 0, &tally);
		for (int c = -1; c < 0x7f; c++) {
			char with = c < 0 ? (char)0xff : (char)c;

			if (c >= 0 && c < 0x20 && c != '\n' && c != '\t' &&
			    c != 0)
				continue;
			check_with(at, 1, &with, 1, &tally);
			check_with(at, 0, &with, 1, &tally);
		}
	}
	assert_true(tally.tried > 50000);
	assert_true(tally.accepted > 1000 && tally.accepted < tally.tried);
	assert_true(tally.permitted > 0 && tally.permitted < tally.accepted);
}

static void
test_no_line_left_out_or_doubled_grants_something_else(void **state)
{
	struct tally tally = { 0 };

	(void)state;
	for (size_t at = 0; at < sizeof(text) - 1;) {
		size_t n = strcspn(text + at, "\n") + 1;

		check_with(at, n, "", 0, &tally);
		check_with(at, 0, text + at, n, &tally);
		at += n;
	}
	assert_true(tally.accepted > 0 && tally.accepted < tally.tried);
}

/* The rule for a group is one: the probes above are denied for a reason. */
static void
test_the_other_rule_permits(void **state)
{
	const struct grant_options options = { .system = &town };
	struct grant_text read = { .options = &options };
	struct grant_bytes out = { NULL, 0 };
	struct grant_request asked = granted;
	struct grant_answer answer;
	struct grant_set set;

	(void)state;
	assert_int_equal(grant_text_add(&read, "x", text, sizeof(text) - 1,
					NULL),
			 0);
	assert_int_equal(grant_text_finish(&read, &out, NULL), 0);
	assert_true(grant_take(out.data, out.len, &set));
	asked.caller_uid = 4242;
	asked.caller_gids = staff;
	asked.n_caller_gids = 1;
	asked.n_groups = 0;
	asked.path = "/usr/bin/cc";
	assert_int_equal(grant_decide(&set, &asked, &answer), GRANT_PERMIT);
	free(out.data);
	grant_text_done(&read);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_text_itself_is_right),
		cmocka_unit_test(test_no_single_byte_grants_something_else),
		cmocka_unit_test(
		    test_no_line_left_out_or_doubled_grants_something_else),
		cmocka_unit_test(test_the_other_rule_permits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
