/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Setters and text are two ways to one spec: what both can say gives equal
 * specs.
 */
#include "caisson_handshake.h"
#include "spec_testing.h"

static void
set_everything(struct caisson_spec *s)
{
	static const char *const argv[] = { "true", "-x", "", NULL };
	static const uint32_t groups[] = { 1001, 27 };

	must(caisson_spec_set_path(s, "/bin/true", &error));
	must(caisson_spec_set_argv(s, argv, &error));
	must(caisson_spec_set_env(s, "A", "gone", &error));
	must(caisson_spec_set_env(s, "B", "2", &error));
	must(caisson_spec_set_env(s, "A", "1", &error));
	must(caisson_spec_set_env(s, "C", "3", &error));
	must(caisson_spec_set_env(s, "B", NULL, &error));
	must(caisson_spec_set_env(s, "unknown", NULL, &error));
	must(caisson_spec_set_cwd(s, "/tmp", &error));
	must(caisson_spec_set_user(s, "nobody", "nogroup", &error));
	must(caisson_spec_set_ids(s, 1000, 1001, groups, 2, &error));
	must(caisson_spec_add_capability(s, "CAP_KILL", &error));
	must(caisson_spec_add_capability(s, "chown", &error));
	must(caisson_spec_set_bounding(s, true, &error));
	must(caisson_spec_set_seccomp_policy(s, "/etc/policy", &error));
	must(caisson_spec_set_rlimit(s, "RLIMIT_NOFILE", 9, 9, &error));
	must(caisson_spec_set_rlimit(s, "core", 0, CAISSON_UNLIMITED, &error));
	must(caisson_spec_set_rlimit(s, "nofile", 10, 20, &error));
	must(caisson_spec_set_timeout_ms(s, 60000, &error));
	must(caisson_spec_set_kill_grace_ms(s, 1, &error));
}

static void
set_descriptors(struct caisson_spec *s)
{
	must(caisson_spec_fd_file(s, 0, "/in", CAISSON_FILE_READ, &error));
	must(caisson_spec_fd_null(s, 0, &error));
	must(caisson_spec_fd_pipe(s, 1, CAISSON_FROM_CHILD, &error));
	must(caisson_spec_stderr_to_stdout(s, &error));
	must(caisson_spec_fd_socketpair(s, 9, &error));
	must(caisson_spec_fd_pipe(s, 5, CAISSON_TO_CHILD, &error));
	must(caisson_spec_fd_file(s, 7, "/b", CAISSON_FILE_APPEND, &error));
	must(caisson_spec_fd_inherit(s, 9, 0, &error));
}

static void
set_process(struct caisson_spec *s)
{
	must(caisson_spec_set_group(s, CAISSON_GROUP_NEW, &error));
	must(caisson_spec_set_session(s, true, &error));
	must(caisson_spec_set_tty(s, CAISSON_TTY_CONTROL, &error));
	must(caisson_spec_set_foreground(s, false, &error));
	must(caisson_spec_set_parent_death_signal(s, SIGTERM, &error));
	must(caisson_spec_set_umask(s, 0027, &error));
	must(caisson_spec_set_nice(s, -5, &error));
	must(caisson_spec_set_oom_score_adj(s, 500, &error));
	must(caisson_spec_set_chroot(s, "/srv", &error));
	must(caisson_spec_set_ptrace(s, true, &error));
}

static const char everything[] =
    "{'version':1,'path':'/bin/true','argv':['true','-x',''],"
    "'env':{'A':'1','C':'3'},'cwd':'/tmp',"
    "'credentials':{'uid':1000,'gid':1001,'groups':[1001,27]},"
    "'capabilities':['CAP_KILL','chown'],'bounding':'empty',"
    "'seccomp':{'policy':'/etc/policy'},"
    "'stdio':{'stdin':'null','stdout':'pipe','stderr':'stdout'},"
    "'extra_fds':[{'fd':9,'type':'inherit','from':0},"
    "{'fd':5,'type':'pipe','direction':'to_child'},"
    "{'fd':7,'type':'file','path':'/b','mode':'append'}],"
    "'process':{'group':'new','session':'new','tty':'control',"
    "'foreground':false,'parent_death_signal':'TERM','umask':'027',"
    "'nice':-5,'oom_score_adj':500,'chroot':'/srv','ptrace':true},"
    "'rlimits':{'nofile':[10,20],'core':[0,'unlimited']},"
    "'timeout_ms':60000,'kill_grace_ms':1}";

static void
test_everything(void **state)
{
	struct caisson_spec *spec = new_spec();

	(void)state;
	set_everything(spec);
	set_descriptors(spec);
	set_process(spec);
	assert_same_spec(spec, everything);
}

static void
test_defaults(void **state)
{
	struct caisson_spec *spec = new_spec();

	(void)state;
	must(caisson_spec_set_path(spec, "/bin/true", &error));
	assert_same_spec(spec, "{'version':1,'path':'/bin/true'}");
}

static void
test_replaced(void **state)
{
	struct caisson_spec *spec = new_spec();

	(void)state;
	must(caisson_spec_set_path(spec, "/bin/false", &error));
	must(caisson_spec_set_path(spec, "/bin/true", &error));
	must(caisson_spec_set_env(spec, "A", "1", &error));
	must(caisson_spec_clear_env(spec, &error));
	must(caisson_spec_set_ids(spec, 1, 2, NULL, 0, &error));
	must(caisson_spec_set_user(spec, "root", NULL, &error));
	must(caisson_spec_set_seccomp_policy(spec, "/p", &error));
	must(caisson_spec_set_seccomp_profile(spec, "unconfined", &error));
	must(caisson_spec_fd_closed(spec, 1, &error));
	must(caisson_spec_fd_inherit(spec, 0, 1000, &error));
	assert_same_spec(spec, "{'version':1,'path':'/bin/true',"
			       "'credentials':{'user':'root'},"
			       "'seccomp':{'profile':'unconfined'},"
			       "'stdio':{'stdin':'fd:1000','stdout':'closed'}"
			       "}");
}

static void
test_clear_identity(void **state)
{
	struct caisson_spec *spec = new_spec();
	const uint32_t groups[] = { 5, 6 };

	(void)state;
	must(caisson_spec_set_path(spec, "/bin/true", &error));
	must(caisson_spec_set_ids(spec, 1, 2, groups, 2, &error));
	must(caisson_spec_set_drop_sudo(spec, CAISSON_DROP_SUDO_REQUIRE,
					&error));
	must(caisson_spec_clear_identity(spec, &error));
	assert_same_spec(spec, "{'version':1,'path':'/bin/true'}");
}

static void
test_drop_sudo(void **state)
{
	struct caisson_spec *spec = new_spec();

	(void)state;
	must(caisson_spec_set_path(spec, "/bin/true", &error));
	must(caisson_spec_set_drop_sudo(spec, CAISSON_DROP_SUDO_REQUIRE,
					&error));
	assert_same_spec(spec, "{'version':1,'path':'/bin/true',"
			       "'drop_sudo_credentials':'require'}");
}

static void
test_handshake_string(void **state)
{
	struct caisson_spec *spec = new_spec();

	(void)state;
	must(caisson_spec_set_path(spec, "/bin/true", &error));
	must(caisson_spec_set_handshake(spec, "caisson", &error));
	must(caisson_spec_set_handshake_config(spec, "old", 3, &error));
	must(caisson_spec_set_handshake_config(spec, "text\n", 5, &error));
	must(caisson_spec_set_handshake_ready_timeout_ms(spec, 7, &error));
	must(caisson_spec_set_handshake_fds(spec, 8, 9, &error));
	assert_same_spec(spec, "{'version':1,'path':'/bin/true','handshake':{"
			       "'protocol':'caisson','config':'text\\n',"
			       "'ready_timeout_ms':7,'data_fd':8,"
			       "'status_fd':9}}");
}

static void
test_handshake_map(void **state)
{
	struct caisson_spec *spec = new_spec();

	(void)state;
	must(caisson_spec_set_path(spec, "/bin/true", &error));
	must(caisson_spec_set_handshake(spec, "v23", &error));
	must(caisson_spec_set_handshake_config_entry(spec, "a", "0", &error));
	must(caisson_spec_set_handshake_config_entry(spec, "b", "2", &error));
	must(caisson_spec_set_handshake_config_entry(spec, "a", "1", &error));
	assert_same_spec(spec, "{'version':1,'path':'/bin/true','handshake':{"
			       "'protocol':'v23','config':{'a':'1','b':'2'}"
			       "}}");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		{ "every setter, and the same as text", test_everything, NULL,
		  NULL, NULL },
		{ "no setter but the path", test_defaults, NULL, NULL, NULL },
		{ "a later call replaces an earlier one", test_replaced, NULL,
		  NULL, NULL },
		{ "the identity cleared again", test_clear_identity, NULL, NULL,
		  NULL },
		{ "the sudo credentials", test_drop_sudo, NULL, NULL, NULL },
		{ "a handshake with a string", test_handshake_string, NULL,
		  NULL, NULL },
		{ "a handshake with a map", test_handshake_map, NULL, NULL,
		  NULL },
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
