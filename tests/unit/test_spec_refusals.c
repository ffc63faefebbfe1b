/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What freeze refuses it refuses in the same words, whether a setter or text
 * said it; and what only a setter can say is refused too.
 */
#include "caisson_handshake.h"
#include "spec_testing.h"

/* What is wrong, said by a setter and (NULL: cannot be) by text. */
struct refusal {
	const char *name;
	int (*set)(struct caisson_spec *spec, struct caisson_error *err);
	const char *text; /* members after version and path */
	const char *msg;
};

#define REFUSAL(id, call)                                                    \
	static int set_##id(struct caisson_spec *s, struct caisson_error *e) \
	{                                                                    \
		return call;                                                 \
	}

REFUSAL(cwd, caisson_spec_set_cwd(s, "/a/", e))
REFUSAL(uid, caisson_spec_set_ids(s, UINT32_MAX, 0, NULL, 0, e))
REFUSAL(gid, caisson_spec_set_ids(s, 0, UINT32_MAX, NULL, 0, e))
REFUSAL(groups,
	caisson_spec_set_ids(s, 0, 0, (uint32_t[]){ 5, UINT32_MAX }, 2, e))
REFUSAL(user, caisson_spec_set_user(s, "007", NULL, e))
REFUSAL(group_name, caisson_spec_set_user(s, "a", "", e))
REFUSAL(sudo, caisson_spec_set_drop_sudo(s, 7, e))
REFUSAL(profile, caisson_spec_set_seccomp_profile(s, "a b", e))
REFUSAL(policy, caisson_spec_set_seccomp_policy(s, "p", e))
REFUSAL(pipe_in, caisson_spec_fd_pipe(s, 0, CAISSON_FROM_CHILD, e))
REFUSAL(pipe_out, caisson_spec_fd_pipe(s, 1, CAISSON_TO_CHILD, e))
REFUSAL(pair_in, caisson_spec_fd_socketpair(s, 0, e))
REFUSAL(inherit, caisson_spec_fd_inherit(s, 2, -1, e))
REFUSAL(file, caisson_spec_fd_file(s, 2, "a", CAISSON_FILE_READ, e))
REFUSAL(mode, caisson_spec_fd_file(s, 2, "/a", 0, e))
REFUSAL(fd_low, caisson_spec_fd_socketpair(s, -1, e))
REFUSAL(fd_high, caisson_spec_fd_socketpair(s, 1024, e))
REFUSAL(null, caisson_spec_fd_null(s, 3, e))
REFUSAL(closed, caisson_spec_fd_closed(s, 3, e))
REFUSAL(direction, caisson_spec_fd_pipe(s, 3, 3, e))
REFUSAL(from, caisson_spec_fd_inherit(s, 3, -7, e))
REFUSAL(extra_path, caisson_spec_fd_file(s, 3, "/a/", CAISSON_FILE_READ, e))
REFUSAL(extra_mode, caisson_spec_fd_file(s, 3, "/a", 5, e))
REFUSAL(pgid, caisson_spec_set_group(s, -2, e))
REFUSAL(tty, caisson_spec_set_tty(s, 3, e))
REFUSAL(control, caisson_spec_set_tty(s, CAISSON_TTY_CONTROL, e))
REFUSAL(signal, caisson_spec_set_parent_death_signal(s, 65, e))
REFUSAL(signal_low, caisson_spec_set_parent_death_signal(s, -1, e))
REFUSAL(umask, caisson_spec_set_umask(s, 01000, e))
REFUSAL(nice, caisson_spec_set_nice(s, 20, e))
REFUSAL(oom, caisson_spec_set_oom_score_adj(s, -1001, e))
REFUSAL(chroot, caisson_spec_set_chroot(s, "/..", e))
REFUSAL(rlimit, caisson_spec_set_rlimit(s, "FOO", 1, 1, e))
REFUSAL(soft, caisson_spec_set_rlimit(s, "CORE", 2, 1, e))
REFUSAL(high_soft, caisson_spec_set_rlimit(s, "as", 1ull << 63, 1, e))
REFUSAL(high_hard, caisson_spec_set_rlimit(s, "as", 1, UINT64_MAX - 1, e))
REFUSAL(timeout, caisson_spec_set_timeout_ms(s, UINT64_MAX, e))
REFUSAL(grace, caisson_spec_set_kill_grace_ms(s, (1ull << 53) + 1, e))
REFUSAL(protocol, caisson_spec_set_handshake(s, "", e))
REFUSAL(no_protocol, caisson_spec_set_handshake_config(s, "", 0, e))

/* A second call after the first. */
#define REFUSAL_AFTER(id, first, call)                                       \
	static int set_##id(struct caisson_spec *s, struct caisson_error *e) \
	{                                                                    \
		int r = first;                                               \
                                                                             \
		return r < 0 ? r : call;                                     \
	}

REFUSAL_AFTER(ready, caisson_spec_set_handshake(s, "v23", e),
	      caisson_spec_set_handshake_ready_timeout_ms(s, 1ull << 60, e))
REFUSAL_AFTER(string, caisson_spec_set_handshake(s, "v23", e),
	      caisson_spec_set_handshake_config(s, "", 0, e))
REFUSAL_AFTER(both, set_string(s, e),
	      caisson_spec_set_handshake_config_entry(s, "a", "", e))
REFUSAL_AFTER(map, caisson_spec_set_handshake(s, "caisson", e),
	      caisson_spec_set_handshake_config_entry(s, "a", "", e))
REFUSAL_AFTER(fds, caisson_spec_set_handshake(s, "caisson", e),
	      caisson_spec_set_handshake_fds(s, 3, 1024, e))

#define STDIO_WORDS "\"null\", \"inherit\", \"pipe\", \"closed\", "
#define EXTRA_TYPES "must be \"socketpair\", \"pipe\", \"inherit\" or \"file\""
#define FILE_MODES  "must be \"read\", \"write\", \"append\" or \"read-write\""
#define CANONICAL                                       \
	"must be canonical: no empty, \".\" or \"..\" " \
	"component, no \"/\" at the end"

static const struct refusal refusals[] = {
	{ "cwd", set_cwd, "'cwd':'/a/'", "/cwd: " CANONICAL },
	{ "uid", set_uid, "'credentials':{'uid':4294967295,'gid':0}",
	  "/credentials/uid: must be 0 to 4294967294" },
	{ "gid", set_gid, "'credentials':{'uid':0,'gid':4294967295}",
	  "/credentials/gid: must be 0 to 4294967294" },
	{ "groups", set_groups,
	  "'credentials':{'uid':0,'gid':0,'groups':[5,4294967295]}",
	  "/credentials/groups/1: must be 0 to 4294967294" },
	{ "user", set_user, "'credentials':{'user':'007'}",
	  "/credentials/user: a number is not a name: use \"uid\"" },
	{ "group name", set_group_name, "'credentials':{'user':'a','group':''}",
	  "/credentials/group: may not be empty" },
	{ "sudo", set_sudo, "'drop_sudo_credentials':'7'",
	  "/drop_sudo_credentials: must be \"if-set\" or \"require\"" },
	{ "profile", set_profile, "'seccomp':{'profile':'a b'}",
	  "/seccomp/profile: must be a name of a-z, 0-9, \"_\" and \"-\"" },
	{ "policy", set_policy, "'seccomp':{'policy':'p'}",
	  "/seccomp/policy: must be an absolute path" },
	{ "pipe in", set_pipe_in, NULL,
	  "/stdio/stdin: a pipe here goes to the child" },
	{ "pipe out", set_pipe_out, NULL,
	  "/stdio/stdout: a pipe here comes from the child" },
	{ "pair in", set_pair_in, "'stdio':{'stdin':'socketpair'}",
	  "/stdio/stdin: must be " STDIO_WORDS "\"fd:N\" or {\"file\": ...}" },
	{ "inherit", set_inherit, "'stdio':{'stderr':'fd:-1'}",
	  "/stdio/stderr: must be \"fd:N\" with N from 0 to 2147483647, "
	  "in plain decimal" },
	{ "file", set_file, "'stdio':{'stderr':{'file':'a','mode':'read'}}",
	  "/stdio/stderr/file: must be an absolute path" },
	{ "mode", set_mode, "'stdio':{'stderr':{'file':'/a','mode':'0'}}",
	  "/stdio/stderr/mode: " FILE_MODES },
	{ "fd low", set_fd_low, "'extra_fds':[{'fd':-1,'type':'socketpair'}]",
	  "/extra_fds/0/fd: must be 3 to 1023" },
	{ "fd high", set_fd_high,
	  "'extra_fds':[{'fd':1024,'type':'socketpair'}]",
	  "/extra_fds/0/fd: must be 3 to 1023" },
	{ "null", set_null, "'extra_fds':[{'fd':3,'type':'null'}]",
	  "/extra_fds/0/type: " EXTRA_TYPES },
	{ "closed", set_closed, "'extra_fds':[{'fd':3,'type':'closed'}]",
	  "/extra_fds/0/type: " EXTRA_TYPES },
	{ "direction", set_direction,
	  "'extra_fds':[{'fd':3,'type':'pipe','direction':'3'}]",
	  "/extra_fds/0/direction: must be \"to_child\" or \"from_child\"" },
	{ "from", set_from, "'extra_fds':[{'fd':3,'type':'inherit','from':-7}]",
	  "/extra_fds/0/from: must be 0 to 2147483647" },
	{ "extra path", set_extra_path,
	  "'extra_fds':[{'fd':3,'type':'file','path':'/a/','mode':'read'}]",
	  "/extra_fds/0/path: must name a file: it may not end in \"/\"" },
	{ "extra mode", set_extra_mode,
	  "'extra_fds':[{'fd':3,'type':'file','path':'/a','mode':'5'}]",
	  "/extra_fds/0/mode: " FILE_MODES },
	{ "pgid", set_pgid, "'process':{'group':-2}",
	  "/process/group: must be \"new\", \"inherit\" or a process group id "
	  "from 1 to 2147483647" },
	{ "tty", set_tty, "'process':{'tty':'3'}",
	  "/process/tty: must be \"inherit\", \"control\" or \"detach\"" },
	{ "control", set_control, "'process':{'tty':'control'}",
	  "/process/tty: \"control\" needs session \"new\"" },
	{ "signal", set_signal, "'process':{'parent_death_signal':'65'}",
	  "/process/parent_death_signal: must be the name of a signal, such "
	  "as \"SIGTERM\"" },
	{ "signal low", set_signal_low,
	  "'process':{'parent_death_signal':'-1'}",
	  "/process/parent_death_signal: must be the name of a signal, such "
	  "as \"SIGTERM\"" },
	{ "umask", set_umask, "'process':{'umask':'1000'}",
	  "/process/umask: must be 1 to 4 octal digits, \"0\" to \"0777\"" },
	{ "nice", set_nice, "'process':{'nice':20}",
	  "/process/nice: must be -20 to 19" },
	{ "oom", set_oom, "'process':{'oom_score_adj':-1001}",
	  "/process/oom_score_adj: must be -1000 to 1000" },
	{ "chroot", set_chroot, "'process':{'chroot':'/..'}",
	  "/process/chroot: " CANONICAL },
	{ "rlimit", set_rlimit, "'rlimits':{'FOO':1}",
	  "/rlimits/FOO: no such resource limit" },
	{ "soft", set_soft, "'rlimits':{'CORE':[2,1]}",
	  "/rlimits/core: the soft limit is above the hard limit" },
	{ "high soft", set_high_soft, NULL,
	  "/rlimits/as: must be at most 9223372036854775807, or "
	  "\"unlimited\"" },
	{ "high hard", set_high_hard, NULL,
	  "/rlimits/as: must be at most 9223372036854775807, or "
	  "\"unlimited\"" },
	{ "timeout", set_timeout, "'timeout_ms':9223372036854775807",
	  "/timeout_ms: must be 0 to 9007199254740992" },
	{ "grace", set_grace, "'kill_grace_ms':9007199254740993",
	  "/kill_grace_ms: must be 0 to 9007199254740992" },
	{ "protocol", set_protocol, "'handshake':{'protocol':''}",
	  "/handshake/protocol: must be \"caisson\", \"v23\" or \"veyron\"" },
	{ "no protocol", set_no_protocol, "'handshake':{'config':''}",
	  "/handshake/protocol: is required" },
	{ "ready", set_ready,
	  "'handshake':{'protocol':'v23','ready_timeout_ms':"
	  "1152921504606846976}",
	  "/handshake/ready_timeout_ms: must be 0 to 9007199254740992" },
	{ "both", set_both, NULL,
	  "/handshake/config: is either a string or an object, not both" },
	{ "map", set_map,
	  "'handshake':{'protocol':'caisson','config':{'a':''}}",
	  "/handshake/config: must be a string: an object is for protocols "
	  "\"v23\" and \"veyron\"" },
	{ "fds", set_fds,
	  "'handshake':{'protocol':'caisson','data_fd':3,'status_fd':1024}",
	  "/handshake/status_fd: must be 3 to 1023" },
};

static void
check_setter(const struct refusal *refusal)
{
	struct caisson_spec *spec = new_spec();
	struct caisson_error err = { 0 };
	int r;

	must(caisson_spec_set_path(spec, "/bin/true", &error));
	r = refusal->set(spec, &err);
	if (r == 0)
		r = caisson_spec_freeze(spec, &err);
	assert_int_equal(r, CAISSON_E_SPEC);
	assert_int_equal(err.code, CAISSON_E_SPEC);
	assert_int_equal(err.stage, CAISSON_STAGE_SPEC);
	assert_string_equal(err.msg, refusal->msg);
	caisson_spec_free(spec);
}

static void
check_text(const struct refusal *refusal)
{
	struct caisson_error err = { 0 };
	char text[512];

	(void)snprintf(text, sizeof(text),
		       "{'version':1,'path':'/bin/true',%s}", refusal->text);
	assert_int_equal(parse(text, NULL, &err), CAISSON_E_SPEC);
	assert_string_equal(err.msg, refusal->msg);
}

static void
test_refusals(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		print_message("  %s\n", refusals[i].name);
		check_setter(&refusals[i]);
		if (refusals[i].text != NULL)
			check_text(&refusals[i]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
