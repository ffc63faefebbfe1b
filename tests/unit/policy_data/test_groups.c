/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The groups: as many members as they should have, all of them known, no
 * reference that goes in a circle, a summary each.
 */
#include "policy/calls.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct {
	const char *name;
	size_t n;
} groups[] = {
	{ "@aio", 10 },          { "@basic-io", 17 },
	{ "@chown", 7 },         { "@clock", 6 },
	{ "@cpu-emulation", 5 }, { "@debug", 7 },
	{ "@default", 63 },      { "@file-system", 77 },
	{ "@io-event", 17 },     { "@ipc", 28 },
	{ "@keyring", 3 },       { "@memlock", 5 },
	{ "@module", 3 },        { "@mount", 12 },
	{ "@network-io", 22 },   { "@obsolete", 27 },
	{ "@pkey", 3 },          { "@privileged", 31 },
	{ "@process", 22 },      { "@raw-io", 7 },
	{ "@reboot", 3 },        { "@resources", 13 },
	{ "@sandbox", 4 },       { "@setuid", 14 },
	{ "@signal", 14 },       { "@swap", 2 },
	{ "@sync", 7 },          { "@system-service", 61 },
	{ "@timer", 16 },
};

static size_t
count(const char *const *members)
{
	size_t n = 0;

	assert_non_null(members);
	while (members[n] != NULL)
		n++;
	return n;
}

static bool
has(const char *const *members, const char *name)
{
	for (; *members != NULL; members++)
		if (strcmp(*members, name) == 0)
			return true;
	return false;
}

static void
every_group_has_its_members(void **state)
{
	size_t n = sizeof(groups) / sizeof(groups[0]);

	(void)state;
	for (size_t i = 0; i < n; i++) {
		assert_string_equal(calls_group_at(i), groups[i].name);
		if (count(calls_group(groups[i].name)) != groups[i].n)
			fail_msg("%s has %zu members", groups[i].name,
				 count(calls_group(groups[i].name)));
	}
	assert_string_equal(calls_group_at(n), "@known");
	assert_null(calls_group_at(n + 1));
	assert_true(has(calls_group("@default"), "@sandbox"));
	assert_true(has(calls_group("@default"), "riscv_hwprobe"));
	assert_true(has(calls_group("@reboot"), "kexec_load"));
	assert_false(has(calls_group("@reboot"), "read"));
}

/* How deep the references go; a circle has no end. */
static void
follow(const char *name, unsigned depth)
{
	const char *const *members = calls_group(name);

	if (members == NULL || depth > 8)
		fail_msg("%s: no such group, or a circle", name);
	for (; *members != NULL; members++) {
		if (**members == '@')
			follow(*members, depth + 1);
		else if (!calls_is_name(*members))
			fail_msg("%s of %s is no call", *members, name);
	}
}

static void
every_member_is_known(void **state)
{
	(void)state;
	for (size_t i = 0; calls_group_at(i) != NULL; i++) {
		const char *summary = calls_group_summary(calls_group_at(i));

		follow(calls_group_at(i), 0);
		assert_non_null(summary);
		assert_true(strlen(summary) > 5);
		assert_int_equal(summary[strlen(summary) - 1], '.');
	}
}

static void
known_is_every_name(void **state)
{
	const char *const *known = calls_group("@known");

	(void)state;
	for (size_t i = 0; calls_arch_at(i) != NULL; i++)
		for (size_t j = 0; j < calls_arch_at(i)->n; j++)
			assert_true(
			    has(known, calls_arch_at(i)->by_number[j].name));
	for (; *known != NULL; known++)
		assert_true(calls_is_name(*known));
}

static void
other_names_are_no_groups(void **state)
{
	static const char *const none[] = { "",     "@",     "aio",
					    "@AIO", "@aios", "read" };

	(void)state;
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		assert_null(calls_group(none[i]));
		assert_null(calls_group_summary(none[i]));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_group_has_its_members),
		cmocka_unit_test(every_member_is_known),
		cmocka_unit_test(known_is_every_name),
		cmocka_unit_test(other_names_are_no_groups),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
