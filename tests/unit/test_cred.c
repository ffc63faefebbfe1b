/* SPDX-License-Identifier: Apache-2.0 */
/* Capabilities: names, sets, and reading the caller.  Changes nothing. */
#include "confine/cred.h"

#include <cap-ng.h>
#include <ctype.h>
#include <linux/capability.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void
names_go_there_and_back_in_every_spelling(void **state)
{
	char upper[40];
	uint32_t n;

	(void)state;
	for (uint32_t cap = 0; cap <= CAP_LAST_CAP; cap++) {
		const char *name = cred_cap_name(cap);

		assert_non_null(name);
		assert_memory_equal(name, "cap_", 4);
		assert_int_equal(cred_cap_number(name, &n), 0);
		assert_int_equal(n, cap);
		assert_int_equal(cred_cap_number(name + 4, &n), 0);
		assert_int_equal(n, cap);
		for (size_t i = 0; i <= strlen(name); i++)
			upper[i] = (char)toupper((unsigned char)name[i]);
		assert_int_equal(cred_cap_number(upper, &n), 0);
		assert_int_equal(n, cap);
		assert_int_equal(cred_cap_number(upper + 4, &n), 0);
		assert_int_equal(n, cap);
	}
	assert_int_equal(cred_cap_number("CAP_net_Admin", &n), 0);
	assert_int_equal(n, CAP_NET_ADMIN);
	assert_string_equal(cred_cap_name(CAP_NET_ADMIN), "cap_net_admin");
}

static void
what_is_no_capability_has_no_number(void **state)
{
	static const char *const bad[] = { "",       "cap_",    "CAP_CAP_CHOWN",
					   "chown ", " chown",  "0",
					   "cap_0",  "cap_41",  "all",
					   "cap_62", "cap_all", "chow" };
	uint32_t n = 77;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(cred_cap_number(bad[i], &n), -1);
	assert_int_equal(n, 77);
	assert_null(cred_cap_name(63));
	assert_null(cred_cap_name(64));
	assert_null(cred_cap_name(UINT32_MAX));
}

static void
assert_all_five(const struct cred_sets *sets, uint64_t set)
{
	assert_true(sets->bounding == set);
	assert_true(sets->permitted == set);
	assert_true(sets->effective == set);
	assert_true(sets->inheritable == set);
	assert_true(sets->ambient == set);
}

static void
every_single_capability_makes_five_equal_sets(void **state)
{
	struct cred_caller caller;
	struct cred_sets sets;

	(void)state;
	assert_int_equal(cred_read_caller(&caller, NULL), 0);
	for (uint32_t cap = 0; cap <= caller.last_cap; cap++) {
		const char *name = cred_cap_name(cap);

		assert_int_equal(cred_sets_compute(&name, 1, &sets, NULL), 0);
		assert_all_five(&sets, UINT64_C(1) << cap);
	}
	cred_caller_done(&caller);
}

static void
none_all_and_repeated_names_make_their_sets(void **state)
{
	const char *twice[] = { "kill", "CAP_KILL", "cap_bpf" };
	struct cred_sets sets;

	(void)state;
	memset(&sets, 0xff, sizeof(sets));
	assert_int_equal(cred_sets_compute(NULL, 0, &sets, NULL), 0);
	assert_all_five(&sets, 0);
	assert_int_equal(cred_sets_compute(twice, 3, &sets, NULL), 0);
	assert_all_five(&sets, UINT64_C(1) << CAP_KILL | UINT64_C(1)
							     << CAP_BPF);
}

static void
an_unknown_name_is_an_error_that_points_to_it(void **state)
{
	const char *names[] = { "chown", "net_admin\n", "kill" };
	struct cred_sets sets = { 1, 2, 3, 4, 5 };
	struct caisson_error err;

	(void)state;
	assert_int_equal(cred_sets_compute(names, 3, &sets, &err),
			 CAISSON_E_SPEC);
	assert_string_equal(
	    err.msg, "/capabilities/1: unknown capability \"net_admin\\x0a\"");
	assert_true(sets.bounding == 1 && sets.ambient == 5);
}

static void
the_callers_own_state_of_libcap_ng_stays(void **state)
{
	const char *name = "sys_admin";
	struct cred_sets sets;

	(void)state;
	capng_clear(CAPNG_SELECT_ALL);
	assert_int_equal(capng_update(CAPNG_ADD, CAPNG_PERMITTED, CAP_CHOWN),
			 0);
	assert_int_equal(cred_sets_compute(&name, 1, &sets, NULL), 0);
	assert_int_equal(capng_have_capability(CAPNG_PERMITTED, CAP_CHOWN), 1);
	assert_int_equal(capng_have_capability(CAPNG_PERMITTED, CAP_SYS_ADMIN),
			 0);
	assert_int_equal(capng_have_capability(CAPNG_EFFECTIVE, CAP_SYS_ADMIN),
			 0);
}

static void *
compute_many(void *arg)
{
	const char *name = arg;
	struct cred_sets sets;
	uint32_t cap = 0;

	if (cred_cap_number(name, &cap) != 0)
		return arg;
	for (int i = 0; i < 2000; i++)
		if (cred_sets_compute(&name, 1, &sets, NULL) != 0 ||
		    sets.permitted != UINT64_C(1) << cap)
			return arg;
	return NULL;
}

static void
threads_compute_without_disturbing_each_other(void **state)
{
	static char names[4][16] = { "chown", "kill", "bpf", "net_raw" };
	pthread_t threads[4];
	void *failed;

	(void)state;
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, compute_many,
						names[i]),
				 0);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(pthread_join(threads[i], &failed), 0);
		assert_null(failed);
	}
}

/* The second opinion: what the kernel prints. */
static uint64_t
status_set(const char *key)
{
	unsigned long long set = 0;
	FILE *f = fopen("/proc/thread-self/status", "re");
	char line[256];
	bool found = false;

	assert_non_null(f);
	while (fgets(line, sizeof(line), f) != NULL)
		if (strncmp(line, key, strlen(key)) == 0)
			found = sscanf(line + strlen(key), ": %llx", &set) == 1;
	(void)fclose(f);
	assert_true(found);
	return set;
}

static void
the_caller_reads_as_the_kernel_prints_it(void **state)
{
	struct cred_caller caller;

	(void)state;
	assert_int_equal(cred_read_caller(&caller, NULL), 0);
	assert_int_equal(caller.ruid, getuid());
	assert_int_equal(caller.euid, geteuid());
	assert_int_equal(caller.rgid, getgid());
	assert_int_equal(caller.egid, getegid());
	assert_true(caller.sets.permitted == status_set("CapPrm"));
	assert_true(caller.sets.effective == status_set("CapEff"));
	assert_true(caller.sets.inheritable == status_set("CapInh"));
	assert_true(caller.sets.bounding == status_set("CapBnd"));
	assert_true(caller.sets.ambient == status_set("CapAmb"));
	assert_int_equal(caller.n_groups, getgroups(0, NULL));
	for (size_t i = 1; i < caller.n_groups; i++)
		assert_true(caller.groups[i - 1] <= caller.groups[i]);
	cred_caller_done(&caller);
	assert_null(caller.groups);
}

static void
the_last_capability_is_what_the_kernel_says(void **state)
{
	struct cred_caller caller;
	unsigned last = 0;
	FILE *f = fopen("/proc/sys/kernel/cap_last_cap", "re");

	(void)state;
	if (f == NULL) {
		print_message("no /proc/sys/kernel/cap_last_cap here\n");
		skip();
	}
	assert_int_equal(fscanf(f, "%u", &last), 1);
	(void)fclose(f);
	assert_int_equal(cred_read_caller(&caller, NULL), 0);
	assert_int_equal(caller.last_cap, last);
	cred_caller_done(&caller);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_go_there_and_back_in_every_spelling),
		cmocka_unit_test(what_is_no_capability_has_no_number),
		cmocka_unit_test(every_single_capability_makes_five_equal_sets),
		cmocka_unit_test(none_all_and_repeated_names_make_their_sets),
		cmocka_unit_test(an_unknown_name_is_an_error_that_points_to_it),
		cmocka_unit_test(the_callers_own_state_of_libcap_ng_stays),
		cmocka_unit_test(threads_compute_without_disturbing_each_other),
		cmocka_unit_test(the_caller_reads_as_the_kernel_prints_it),
		cmocka_unit_test(the_last_capability_is_what_the_kernel_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
