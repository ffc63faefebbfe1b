/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The spec's life: wrong calls, what a failed load leaves, what is too large
 * for a case directory, and what cannot be printed.
 */
#include "caisson_handshake.h"
#include "spec_testing.h"

#define EXPECT(call, want_code, want_msg)                \
	do {                                             \
		struct caisson_error e_ = { 0 };         \
		struct caisson_error *e = &e_;           \
                                                         \
		assert_int_equal((call), (want_code));   \
		assert_int_equal(e_.code, (want_code));  \
		assert_string_equal(e_.msg, (want_msg)); \
	} while (0)

#define USAGE CAISSON_E_USAGE

/* Every setter with a spec that may not be changed. */
static void
all_setters_refuse(struct caisson_spec *s, const char *msg)
{
	static const char *const argv[] = { "a", NULL };

	EXPECT(caisson_spec_load(s, "{}", 2, e), USAGE, msg);
	EXPECT(caisson_spec_set_path(s, "/a", e), USAGE, msg);
	EXPECT(caisson_spec_set_argv(s, argv, e), USAGE, msg);
	EXPECT(caisson_spec_set_env(s, "A", "b", e), USAGE, msg);
	EXPECT(caisson_spec_clear_env(s, e), USAGE, msg);
	EXPECT(caisson_spec_set_cwd(s, "/", e), USAGE, msg);
	EXPECT(caisson_spec_set_ids(s, 1, 1, NULL, 0, e), USAGE, msg);
	EXPECT(caisson_spec_set_user(s, "a", "b", e), USAGE, msg);
	EXPECT(caisson_spec_set_drop_sudo(s, 1, e), USAGE, msg);
	EXPECT(caisson_spec_clear_identity(s, e), USAGE, msg);
	EXPECT(caisson_spec_add_capability(s, "kill", e), USAGE, msg);
	EXPECT(caisson_spec_set_bounding(s, true, e), USAGE, msg);
	EXPECT(caisson_spec_set_seccomp_profile(s, "a", e), USAGE, msg);
	EXPECT(caisson_spec_set_seccomp_policy(s, "/a", e), USAGE, msg);
	EXPECT(caisson_spec_set_rlimit(s, "core", 0, 0, e), USAGE, msg);
	EXPECT(caisson_spec_set_timeout_ms(s, 1, e), USAGE, msg);
	EXPECT(caisson_spec_set_kill_grace_ms(s, 1, e), USAGE, msg);
}

static void
all_other_setters_refuse(struct caisson_spec *s, const char *msg)
{
	EXPECT(caisson_spec_fd_inherit(s, 3, 3, e), USAGE, msg);
	EXPECT(caisson_spec_fd_null(s, 0, e), USAGE, msg);
	EXPECT(caisson_spec_fd_closed(s, 0, e), USAGE, msg);
	EXPECT(caisson_spec_fd_pipe(s, 0, 1, e), USAGE, msg);
	EXPECT(caisson_spec_fd_socketpair(s, 3, e), USAGE, msg);
	EXPECT(caisson_spec_fd_file(s, 3, "/a", 1, e), USAGE, msg);
	EXPECT(caisson_spec_stderr_to_stdout(s, e), USAGE, msg);
	EXPECT(caisson_spec_set_group(s, 1, e), USAGE, msg);
	EXPECT(caisson_spec_set_session(s, true, e), USAGE, msg);
	EXPECT(caisson_spec_set_tty(s, 1, e), USAGE, msg);
	EXPECT(caisson_spec_set_foreground(s, true, e), USAGE, msg);
	EXPECT(caisson_spec_set_parent_death_signal(s, 1, e), USAGE, msg);
	EXPECT(caisson_spec_set_umask(s, 0, e), USAGE, msg);
	EXPECT(caisson_spec_set_nice(s, 1, e), USAGE, msg);
	EXPECT(caisson_spec_set_oom_score_adj(s, 1, e), USAGE, msg);
	EXPECT(caisson_spec_set_chroot(s, "/", e), USAGE, msg);
	EXPECT(caisson_spec_set_ptrace(s, true, e), USAGE, msg);
	EXPECT(caisson_spec_set_handshake(s, "v23", e), USAGE, msg);
	EXPECT(caisson_spec_set_handshake_config(s, "", 0, e), USAGE, msg);
	EXPECT(caisson_spec_set_handshake_config_entry(s, "a", "b", e), USAGE,
	       msg);
	EXPECT(caisson_spec_set_handshake_ready_timeout_ms(s, 1, e), USAGE,
	       msg);
	EXPECT(caisson_spec_set_handshake_fds(s, 3, 4, e), USAGE, msg);
}

static void
test_frozen(void **state)
{
	struct caisson_spec *spec = NULL;
	char *before, *after;

	(void)state;
	must(parse("{'version':1,'path':'/bin/true'}", &spec, &error));
	before = printed(spec);
	all_setters_refuse(spec, "the spec is frozen");
	all_other_setters_refuse(spec, "the spec is frozen");
	must(caisson_spec_freeze(spec, &error));
	after = printed(spec);
	assert_string_equal(before, after);
	free(before);
	free(after);
	caisson_spec_free(spec);
}

static void
test_null_spec(void **state)
{
	char *text = NULL;

	(void)state;
	all_setters_refuse(NULL, "spec is NULL");
	all_other_setters_refuse(NULL, "spec is NULL");
	EXPECT(caisson_spec_freeze(NULL, e), USAGE, "spec is NULL");
	EXPECT(caisson_spec_print(NULL, &text, e), USAGE,
	       "spec or out is NULL");
	EXPECT(caisson_spec_new(NULL, e), USAGE, "out is NULL");
	EXPECT(caisson_spec_parse("{}", 2, NULL, e), USAGE, "out is NULL");
	assert_int_equal(caisson_spec_freeze(NULL, NULL), USAGE);
	assert_null(text);
	caisson_spec_free(NULL);
}

static void
test_null_arguments(void **state)
{
	struct caisson_spec *s = new_spec();
	char *text = NULL;

	(void)state;
	EXPECT(caisson_spec_load(s, NULL, 0, e), USAGE, "text is NULL");
	EXPECT(caisson_spec_set_path(s, NULL, e), USAGE, "path is NULL");
	EXPECT(caisson_spec_set_argv(s, NULL, e), USAGE, "argv is NULL");
	EXPECT(caisson_spec_set_env(s, NULL, "a", e), USAGE, "name is NULL");
	EXPECT(caisson_spec_set_cwd(s, NULL, e), USAGE, "cwd is NULL");
	EXPECT(caisson_spec_set_ids(s, 1, 1, NULL, 1, e), USAGE,
	       "groups is NULL");
	EXPECT(caisson_spec_set_user(s, NULL, "a", e), USAGE, "user is NULL");
	EXPECT(caisson_spec_add_capability(s, NULL, e), USAGE, "name is NULL");
	EXPECT(caisson_spec_set_seccomp_profile(s, NULL, e), USAGE,
	       "name is NULL");
	EXPECT(caisson_spec_set_seccomp_policy(s, NULL, e), USAGE,
	       "path is NULL");
	EXPECT(caisson_spec_set_rlimit(s, NULL, 0, 0, e), USAGE,
	       "name is NULL");
	EXPECT(caisson_spec_fd_file(s, 3, NULL, 1, e), USAGE, "path is NULL");
	EXPECT(caisson_spec_set_chroot(s, NULL, e), USAGE, "path is NULL");
	EXPECT(caisson_spec_set_handshake(s, NULL, e), USAGE,
	       "protocol is NULL");
	EXPECT(caisson_spec_set_handshake_config(s, NULL, 1, e), USAGE,
	       "data is NULL");
	EXPECT(caisson_spec_set_handshake_config_entry(s, "a", NULL, e), USAGE,
	       "key or value is NULL");
	EXPECT(caisson_spec_set_handshake_config_entry(s, NULL, "a", e), USAGE,
	       "key or value is NULL");
	EXPECT(caisson_spec_print(s, NULL, e), USAGE, "spec or out is NULL");
	EXPECT(caisson_spec_print(s, &text, e), USAGE,
	       "the spec is not frozen");
	assert_null(text);
	/* None of them has left a trace. */
	must(caisson_spec_set_path(s, "/bin/true", &error));
	assert_same_spec(s, "{'version':1,'path':'/bin/true'}");
}

static void
test_load_failure(void **state)
{
	static const char *const wrong[] = {
		"{'version':1,'path':'/bin/false','argv':[1]}",
		"{'version':1,'cwd':'/x','rlimits':{'core':[1,1]},'foo':1}",
		"{'path':'/bin/false'}",
		"{'version':1,'path':'/bin/false'",
		"{'version':1,'path':'/bin/false','landlock':{}}",
	};
	struct caisson_spec *spec = new_spec();

	(void)state;
	must(caisson_spec_set_path(spec, "/bin/true", &error));
	must(caisson_spec_set_rlimit(spec, "core", 0, 0, &error));
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_true(load(spec, wrong[i], &error) < 0);
	assert_same_spec(spec, "{'version':1,'path':'/bin/true',"
			       "'rlimits':{'core':0}}");
}

static void
test_load_replaces_named_keys(void **state)
{
	struct caisson_spec *spec = new_spec();

	(void)state;
	must(caisson_spec_set_path(spec, "/bin/false", &error));
	must(caisson_spec_set_cwd(spec, "/tmp", &error));
	must(caisson_spec_set_env(spec, "A", "1", &error));
	must(caisson_spec_set_nice(spec, 5, &error));
	must(caisson_spec_set_umask(spec, 077, &error));
	must(load(spec, "{'version':1,'env':{'B':'2'},'process':{'nice':6}}",
		  &error));
	must(caisson_spec_set_path(spec, "/bin/true", &error));
	must(caisson_spec_set_env(spec, "C", "3", &error));
	assert_same_spec(spec, "{'version':1,'path':'/bin/true','cwd':'/tmp',"
			       "'env':{'B':'2','C':'3'},"
			       "'process':{'nice':6}}");
}

static void
test_freeze_failure(void **state)
{
	struct caisson_spec *spec = new_spec();

	(void)state;
	EXPECT(caisson_spec_freeze(spec, e), CAISSON_E_SPEC,
	       "/path: is required");
	must(caisson_spec_set_path(spec, "true", &error));
	EXPECT(caisson_spec_freeze(spec, e), CAISSON_E_SPEC,
	       "/path: must be an absolute path");
	must(caisson_spec_set_path(spec, "/bin/true", &error));
	assert_same_spec(spec, "{'version':1,'path':'/bin/true'}");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		{ "a frozen spec refuses every setter", test_frozen, NULL, NULL,
		  NULL },
		{ "no spec is a wrong call", test_null_spec, NULL, NULL, NULL },
		{ "a NULL is a wrong call and leaves no trace",
		  test_null_arguments, NULL, NULL, NULL },
		{ "a failed load leaves the spec as it was", test_load_failure,
		  NULL, NULL, NULL },
		{ "a load replaces the keys that the text names",
		  test_load_replaces_named_keys, NULL, NULL, NULL },
		{ "a spec that does not freeze can be mended",
		  test_freeze_failure, NULL, NULL, NULL },
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
