/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The profile "default" beside the one that container engines install: the
 * same verdict on every system call of x86_64 for a container without
 * capabilities, but for the differences in the table, each with its reason.
 * Errors are not compared: there, calls that are not named are ENOSYS.
 */
#include "confine/profile.h"
#include "policy/bpf.h"

#include <jansson.h>
#include <linux/audit.h>
#include <seccomp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define ENGINES "/usr/share/containers/seccomp.json"
#define N(list) (sizeof(list) / sizeof((list)[0]))

enum verdict {
	REFUSED = 0,
	ALLOWED = 1,
	DEPENDS = 2, /* on arguments */
};

static const char *const words[] = { "refused", "allowed", "depends" };

/* The calls after the one that the engines' list of Debian 12 ends with. */
#define YOUNGER 449

static const struct {
	const char *name;
	enum verdict theirs, ours;
	const char *why;
} differences[] = {
	/* The engines leave these to capabilities in a user namespace. */
	{ "mount", ALLOWED, REFUSED, "no mounts" },
	{ "umount2", ALLOWED, REFUSED, "no mounts" },
	{ "pivot_root", ALLOWED, REFUSED, "no mounts" },
	{ "open_tree", ALLOWED, REFUSED, "no mounts" },
	{ "move_mount", ALLOWED, REFUSED, "no mounts" },
	{ "fsopen", ALLOWED, REFUSED, "no mounts" },
	{ "fsconfig", ALLOWED, REFUSED, "no mounts" },
	{ "fsmount", ALLOWED, REFUSED, "no mounts" },
	{ "fspick", ALLOWED, REFUSED, "no mounts" },
	{ "mount_setattr", ALLOWED, REFUSED, "no mounts" },
	{ "unshare", ALLOWED, REFUSED, "no new namespaces" },
	{ "setns", ALLOWED, REFUSED, "no other namespaces" },
	{ "clone", ALLOWED, DEPENDS, "no new namespaces" },
	{ "clone3", ALLOWED, REFUSED, "its flags cannot be seen" },
	{ "reboot", ALLOWED, REFUSED, "the machine is not ours" },
	{ "syslog", ALLOWED, REFUSED, "the kernel's log tells addresses" },
	{ "keyctl", ALLOWED, DEPENDS, "a fresh session keyring only" },
	{ "ioctl", ALLOWED, DEPENDS, "no input into terminals" },
	{ "socketpair", ALLOWED, DEPENDS, "the families of socket" },
};

static json_t *engines;

static bool
lists(const json_t *array, const char *text)
{
	const json_t *item;
	size_t i;

	json_array_foreach(array, i, item) if (strcmp(json_string_value(item),
						      text) == 0) return true;
	return false;
}

/* Without capabilities, on x86_64. */
static bool
applies(const json_t *entry)
{
	const json_t *includes = json_object_get(entry, "includes");
	const json_t *arches = json_object_get(includes, "arches");

	if (json_object_get(includes, "caps") != NULL)
		return false;
	return arches == NULL || lists(arches, "amd64");
}

static enum verdict
theirs(const char *name)
{
	enum verdict verdict = REFUSED;
	const json_t *entry;
	size_t i;

	json_array_foreach(json_object_get(engines, "syscalls"), i, entry)
	{
		const char *action =
		    json_string_value(json_object_get(entry, "action"));

		if (!lists(json_object_get(entry, "names"), name) ||
		    !applies(entry) || strcmp(action, "SCMP_ACT_ALLOW") != 0)
			continue;
		if (json_array_size(json_object_get(entry, "args")) == 0)
			return ALLOWED;
		verdict = DEPENDS;
	}
	return verdict;
}

static bool
allows(const struct profile *p, int nr, unsigned arg, uint64_t value)
{
	struct seccomp_data data = { .nr = nr, .arch = AUDIT_ARCH_X86_64 };

	data.args[arg] = value;
	return bpf_run(p->insns, &data, NULL) == SECCOMP_RET_ALLOW;
}

/* With every bit of every argument, and the values that are special. */
static enum verdict
ours(const struct profile *p, int nr)
{
	static const uint64_t special[] = { 0, UINT64_MAX, 38, 40, 0x5412 };
	unsigned n = 0, allowed = 0;

	for (unsigned arg = 0; arg < 6; arg++) {
		for (unsigned bit = 0; bit < 64; bit++, n++)
			allowed += allows(p, nr, arg, UINT64_C(1) << bit);
		for (size_t i = 0; i < N(special); i++, n++)
			allowed += allows(p, nr, arg, special[i]);
	}
	if (allowed == 0)
		return REFUSED;
	return allowed == n ? ALLOWED : DEPENDS;
}

static bool
is_listed(const char *name, enum verdict their, enum verdict our)
{
	for (size_t i = 0; i < N(differences); i++)
		if (strcmp(differences[i].name, name) == 0)
			return differences[i].theirs == their &&
			       differences[i].ours == our;
	return false;
}

/* Static: nothing to close. */
static const struct profile *
shipped_default(void)
{
	static struct profile_set set;
	const struct profile_request request = { .name = "default",
						 .hand_over = -1 };

	assert_int_equal(profile_open(&request, &set, NULL), 0);
	return &set.filter;
}

static void
every_call_has_the_engines_verdict_or_is_listed(void **state)
{
	const struct profile *p = shipped_default();
	unsigned compared = 0, different = 0;

	(void)state;
	for (int nr = 0; nr < YOUNGER; nr++) {
		char *name =
		    seccomp_syscall_resolve_num_arch(SCMP_ARCH_X86_64, nr);
		enum verdict their, our;

		if (name == NULL)
			continue;
		their = theirs(name);
		our = ours(p, nr);
		compared++;
		if (their != our && !is_listed(name, their, our)) {
			print_error("%s: %s by engines, %s here\n", name,
				    words[their], words[our]);
			different++;
		}
		free(name);
	}
	assert_true(compared > 300);
	assert_int_equal(different, 0);
}

static void
every_listed_difference_is_there(void **state)
{
	const struct profile *p = shipped_default();

	(void)state;
	for (size_t i = 0; i < N(differences); i++) {
		int nr = seccomp_syscall_resolve_name_arch(SCMP_ARCH_X86_64,
							   differences[i].name);

		assert_true(nr >= 0);
		assert_true(differences[i].theirs != differences[i].ours);
		assert_int_equal(theirs(differences[i].name),
				 differences[i].theirs);
		assert_int_equal(ours(p, nr), differences[i].ours);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    every_call_has_the_engines_verdict_or_is_listed),
		cmocka_unit_test(every_listed_difference_is_there),
	};
	int r;

	if (access(ENGINES, R_OK) != 0) {
		(void)printf("no %s\n", ENGINES);
		return 77;
	}
	engines = json_load_file(ENGINES, 0, NULL);
	if (engines == NULL)
		return 1;
	r = cmocka_run_group_tests(tests, NULL, NULL);
	json_decref(engines);
	return r;
}
