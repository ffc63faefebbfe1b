/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Capabilities, as root: every single one, by the child's raw calls and by
 * libcap-ng in place, and what a program can gain afterwards: nothing.
 */
#include "oracle.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/xattr.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

static const char *const names[] = {
	"chown",
	"dac_override",
	"dac_read_search",
	"fowner",
	"fsetid",
	"kill",
	"setgid",
	"setuid",
	"setpcap",
	"linux_immutable",
	"net_bind_service",
	"net_broadcast",
	"net_admin",
	"net_raw",
	"ipc_lock",
	"ipc_owner",
	"sys_module",
	"sys_rawio",
	"sys_chroot",
	"sys_ptrace",
	"sys_pacct",
	"sys_admin",
	"sys_boot",
	"sys_nice",
	"sys_resource",
	"sys_time",
	"sys_tty_config",
	"mknod",
	"lease",
	"audit_write",
	"audit_control",
	"setfcap",
	"mac_override",
	"mac_admin",
	"syslog",
	"wake_alarm",
	"block_suspend",
	"audit_read",
	"perfmon",
	"bpf",
	"checkpoint_restore",
};

#define N_CAPS (sizeof(names) / sizeof(names[0]))

struct in_place {
	int fd;
	const char *members;
};

static void
become_reporter(void *arg)
{
	const struct in_place *p = arg;
	struct caisson_spec *spec =
	    launching_spec(p->members, "state", "1", NULL);
	struct caisson_error err;

	assert_int_equal(caisson_spec_fd_inherit(spec, 1, p->fd, &err), 0);
	assert_int_equal(caisson_spec_freeze(spec, &err), 0);
	if (caisson_exec(spec, NULL, &err) != 0)
		print_error("%s\n", err.msg);
	abort();
}

/* The state of a program that a forked process became with libcap-ng. */
static json_t *
state_in_place(const char *members)
{
	struct in_place p = { memfd_create("report", MFD_CLOEXEC), members };
	static char text[65536];
	json_t *state;
	ssize_t n;

	assert_true(p.fd >= 0);
	harness_in_fork(become_reporter, &p);
	n = pread(p.fd, text, sizeof(text) - 1, 0);
	assert_true(n > 0);
	text[n] = '\0';
	assert_int_equal(close(p.fd), 0);
	state = json_loads(text, 0, NULL);
	assert_non_null(state);
	return state;
}

static const char *const compared[] = {
	"cap_inh",     "cap_prm",     "cap_eff",  "cap_bnd",
	"cap_amb",     "securebits",  "keepcaps", "no_new_privs",
	"ruid",        "euid",        "suid",     "fsuid",
	"groups",      "rgid",        "egid",     "sgid",
	"sig_blocked", "sig_ignored", "umask",    "rlimits",
	"seccomp",     "cwd",         "environ",  "seccomp_filters",
};

static void
assert_same(const json_t *a, const json_t *b)
{
	for (size_t i = 0; i < sizeof(compared) / sizeof(compared[0]); i++)
		if (!json_equal(json_object_get(a, compared[i]),
				json_object_get(b, compared[i])))
			fail_msg("%s: the child has %s, in place %s",
				 compared[i],
				 json_dumps(json_object_get(a, compared[i]),
					    JSON_ENCODE_ANY),
				 json_dumps(json_object_get(b, compared[i]),
					    JSON_ENCODE_ANY));
}

/* Both ways, and both are these sets. */
static void
check_both_ways(const char *list, uint64_t bits, const char *credentials)
{
	const char *members =
	    harness_text("'rlimits':{'core':0},'capabilities':[%s]%s", list,
			 credentials);
	struct launched l = launching_state(members, NULL);
	json_t *other = state_in_place(members);
	const char *want = harness_text("%016llx", (unsigned long long)bits);

	assert_same(l.state, other);
	for (size_t i = 0; i < 5; i++)
		assert_string_equal(launching_string(l.state, compared[i]),
				    want);
	assert_int_equal(launching_number(l.state, "no_new_privs"), 1);
	assert_int_equal(launching_number(l.state, "keepcaps"), 0);
	assert_int_equal(launching_number(l.state, "securebits"),
			 bits == 0 ? ORACLE_SECUREBITS
				   : ORACLE_SECUREBITS_CAPS);
	json_decref(l.state);
	json_decref(other);
}

static bool
can_give(size_t cap)
{
	return harness_has_capability((unsigned int)cap) &&
	       prctl(PR_CAPBSET_READ, cap) == 1;
}

static const char *
other_user(void)
{
	uint32_t id = harness_unused_id();

	return harness_text(",'credentials':{'uid':%u,'gid':%u,'groups':[]}",
			    id, id);
}

static void
each_capability_is_the_same_both_ways(void **state)
{
	char *user = strdup(other_user());
	size_t given = 0;

	(void)state;
	check_both_ways("", 0, "");
	check_both_ways("", 0, user);
	for (size_t cap = 0; cap < N_CAPS; cap++) {
		char list[40];

		if (!can_give(cap))
			continue;
		(void)snprintf(list, sizeof(list), "'%s'", names[cap]);
		check_both_ways(list, UINT64_C(1) << cap, "");
		check_both_ways(list, UINT64_C(1) << cap, user);
		given++;
	}
	assert_true(given > 30);
	free(user);
}

static void
all_capabilities_at_once_are_the_same_both_ways(void **state)
{
	static char list[2048];
	uint64_t bits = 0;
	size_t len = 0;

	(void)state;
	for (size_t cap = 0; cap < N_CAPS; cap++) {
		if (!can_give(cap))
			continue;
		len += (size_t)snprintf(list + len, sizeof(list) - len,
					"%s'CAP_%s'", bits != 0 ? "," : "",
					names[cap]);
		bits |= UINT64_C(1) << cap;
	}
	/* names are lower or upper case, with or without CAP_ */
	for (char *p = list; *p != '\0'; p++)
		if (*p >= 'a' && *p <= 'z')
			*p = (char)(*p - 'a' + 'A');
	check_both_ways(list, bits, "");
	check_both_ways(list, bits, other_user());
}

static void
drop_one(void *arg)
{
	struct caisson_error err;

	(void)arg;
	assert_int_equal(prctl(PR_CAPBSET_DROP, CAP_NET_RAW), 0);
	launching_refused(launching_spec("'capabilities':['net_raw']", "exit",
					 "0", NULL),
			  NULL, &err);
	assert_int_equal(err.code, CAISSON_E_PRIVILEGE);
	assert_int_equal(err.stage, CAISSON_STAGE_CAPABILITIES);
	assert_non_null(strstr(err.msg, "cap_net_raw"));
}

static void
what_the_caller_does_not_have_it_cannot_give(void **state)
{
	(void)state;
	harness_in_fork(drop_one, NULL);
}

/* A copy of the reporter with this owner, mode and file capabilities. */
static const char *
probe(const char *name, mode_t mode, bool file_capabilities)
{
	struct vfs_cap_data caps = { 0 };
	const char *path = harness_path(name);
	static char data[1 << 22];
	int fd = open(harness_reporter(), O_RDONLY | O_CLOEXEC);
	ssize_t n = read(fd, data, sizeof(data));

	assert_true(n > 0);
	assert_int_equal(close(fd), 0);
	(void)harness_file(name, data, (size_t)n, 0755);
	assert_int_equal(chown(path, 0, 0), 0);
	assert_int_equal(chmod(path, mode), 0);
	if (!file_capabilities)
		return path;
	caps.magic_etc = VFS_CAP_REVISION_2;
	caps.data[0].permitted = caps.data[0].inheritable = 1u << CAP_NET_ADMIN;
	assert_int_equal(setxattr(path, XATTR_NAME_CAPS, &caps, XATTR_CAPS_SZ_2,
				  0),
			 0);
	return path;
}

struct control {
	const char *path;
	uint32_t id;
	int fd;
};

static void
exec_probe(void *arg)
{
	const struct control *c = arg;

	harness_become(c->id, c->id);
	assert_int_equal(dup2(c->fd, 1), 1);
	(void)execl(c->path, c->path, "state", "1", NULL);
	abort();
}

/* What an ordinary user gains by the probe: else the tests show nothing. */
static json_t *
unconfined_probe(const char *path, uint32_t id)
{
	struct control c = { path, id, memfd_create("report", MFD_CLOEXEC) };
	static char text[65536];
	ssize_t n;

	harness_in_fork(exec_probe, &c);
	n = pread(c.fd, text, sizeof(text) - 1, 0);
	assert_true(n > 0);
	text[n] = '\0';
	assert_int_equal(close(c.fd), 0);
	return json_loads(text, 0, NULL);
}

static json_t *
launched_probe(const char *path, uint32_t id)
{
	return launching_json(
	    launching_spec(harness_text("'credentials':{'uid':%u,'gid':%u,"
					"'groups':[]}",
					id, id),
			   "exec", path, "state", "1", NULL),
	    NULL);
}

static void
a_setuid_program_gains_nothing(void **state)
{
	const char *path = probe("setuid", 06755, false);
	uint32_t id = harness_unused_id();
	json_t *s = unconfined_probe(path, id);

	(void)state;
	if (launching_number(s, "euid") != 0) {
		print_message("skipped: the scratch directory is nosuid\n");
		skip();
	}
	json_decref(s);
	s = launched_probe(path, id);
	assert_int_equal(launching_number(s, "ruid"), id);
	assert_int_equal(launching_number(s, "euid"), id);
	assert_int_equal(launching_number(s, "suid"), id);
	assert_int_equal(launching_number(s, "egid"), id);
	assert_int_equal(launching_number(s, "at_secure"), 0);
	assert_string_equal(launching_string(s, "cap_prm"), "0000000000000000");
	json_decref(s);
}

static void
file_capabilities_give_nothing(void **state)
{
	const char *path = probe("filecaps", 0755, true);
	uint32_t id = harness_unused_id();
	json_t *s = unconfined_probe(path, id);

	(void)state;
	assert_string_equal(launching_string(s, "cap_prm"), "0000000000001000");
	json_decref(s);
	s = launched_probe(path, id);
	for (size_t i = 0; i < 5; i++)
		assert_string_equal(launching_string(s, compared[i]),
				    "0000000000000000");
	json_decref(s);
}

/* Root without capabilities is not root: exec gives uid 0 nothing back. */
static void
uid_0_gains_nothing_by_exec(void **state)
{
	json_t *s =
	    launching_json(launching_spec(NULL, "exec", harness_reporter(),
					  "state", "1", NULL),
			   NULL);

	(void)state;
	assert_int_equal(launching_number(s, "euid"), 0);
	for (size_t i = 0; i < 5; i++)
		assert_string_equal(launching_string(s, compared[i]),
				    "0000000000000000");
	json_decref(s);
}

/* Ambient: what the program has, what it execs has too. */
static void
capabilities_pass_through_exec(void **state)
{
	json_t *s = launching_json(
	    launching_spec(harness_text("'capabilities':['net_admin']%s",
					other_user()),
			   "exec", harness_reporter(), "state", "1", NULL),
	    NULL);

	(void)state;
	for (size_t i = 0; i < 5; i++)
		assert_string_equal(launching_string(s, compared[i]),
				    "0000000000001000");
	json_decref(s);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_capability_is_the_same_both_ways),
		cmocka_unit_test(
		    all_capabilities_at_once_are_the_same_both_ways),
		cmocka_unit_test(what_the_caller_does_not_have_it_cannot_give),
		cmocka_unit_test(a_setuid_program_gains_nothing),
		cmocka_unit_test(file_capabilities_give_nothing),
		cmocka_unit_test(uid_0_gains_nothing_by_exec),
		cmocka_unit_test(capabilities_pass_through_exec),
	};

	return harness_main("capabilities", argc, argv, tests,
			    sizeof(tests) / sizeof(tests[0]));
}
