/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory that runs out, at every allocation in turn: the answer is "out of
 * memory", nothing is lost and nothing half done.  Our own allocations are
 * wrapped by the linker, jansson's by its own hooks.
 *
 * The texts have no token of 15 bytes or more: when jansson cannot enlarge its
 * token buffer it drops the byte and goes on.
 */
#include "caisson_handshake.h"
#include "spec_testing.h"
#include "no_memory.h"

#include <jansson.h>

static const char *const texts[] = {
	"{\"version\":1,\"path\":\"/bin/true\",\"argv\":[\"a\",\"b\"],"
	"\"env\":{\"A\":\"1\",\"B\":\"2\"},\"cwd\":\"/tmp\","
	"\"credentials\":{\"uid\":1,\"gid\":2,\"groups\":[3,4]}}",
	"{\"version\":1,\"path\":\"/bin/true\","
	"\"credentials\":{\"user\":\"a\",\"group\":\"b\"},"
	"\"capabilities\":[\"kill\"],\"seccomp\":{\"policy\":\"/p\"}}",
	"{\"version\":1,\"path\":\"/bin/true\",\"stdio\":{\"stdin\":\"pipe\","
	"\"stdout\":{\"file\":\"/o\"},\"stderr\":\"fd:7\"},"
	"\"extra_fds\":[{\"fd\":3,\"type\":\"file\",\"path\":\"/a\","
	"\"mode\":\"read\"},{\"fd\":5,\"type\":\"socketpair\"},"
	"{\"fd\":6,\"type\":\"inherit\",\"from\":9},{\"fd\":7,"
	"\"type\":\"pipe\",\"direction\":\"to_child\"}]}",
	"{\"version\":1,\"path\":\"/bin/true\",\"process\":{\"umask\":\"22\","
	"\"group\":7,\"nice\":1,\"chroot\":\"/srv\"},"
	"\"rlimits\":{\"core\":0,\"as\":[1,\"unlimited\"]}}",
	"{\"version\":1,\"path\":\"/bin/true\",\"handshake\":{"
	"\"protocol\":\"v23\",\"config\":{\"a\":\"1\"}}}",
	"{\"version\":1,\"path\":\"/bin/true\",\"handshake\":{"
	"\"protocol\":\"caisson\",\"config\":\"x\",\"data_fd\":8}}",
};

#define N_TEXTS (sizeof(texts) / sizeof(texts[0]))

/*
 * jansson answers a failed allocation for a string with an invalid token, so
 * there the text may be blamed; it is refused all the same.
 */
static bool
is_memory_code(int r)
{
	return r == CAISSON_E_NO_MEMORY || r == CAISSON_E_SYNTAX;
}

static void
starve_parse(const char *text)
{
	bool starved = true;
	unsigned int blamed = 0, refused = 0;

	for (long n = 0; starved; n++) {
		struct caisson_spec *spec = NULL;
		struct caisson_error err = { 0 };
		int r;

		no_memory_failed = false;
		no_memory_after = n;
		r = caisson_spec_parse(text, strlen(text), &spec, &err);
		no_memory_after = -1;
		starved = no_memory_failed;
		if (!starved) {
			assert_int_equal(r, 0);
			caisson_spec_free(spec);
			continue;
		}
		assert_true(is_memory_code(r));
		assert_int_equal(r, err.code);
		assert_null(spec);
		refused++;
		blamed += r == CAISSON_E_SYNTAX;
		if (r == CAISSON_E_NO_MEMORY)
			assert_non_null(strstr(err.msg, "out of memory"));
	}
	assert_true(refused > 20);
	assert_true(blamed < refused);
}

static void
starve_print(const char *text)
{
	struct caisson_spec *spec = NULL;
	bool starved = true;
	char *whole;

	must(caisson_spec_parse(text, strlen(text), &spec, &error));
	whole = printed(spec);
	for (long n = 0; starved; n++) {
		struct caisson_error err = { 0 };
		char *out = NULL;
		int r;

		no_memory_failed = false;
		no_memory_after = n;
		r = caisson_spec_print(spec, &out, &err);
		no_memory_after = -1;
		starved = no_memory_failed;
		if (starved) {
			assert_int_equal(r, CAISSON_E_NO_MEMORY);
			assert_string_equal(err.msg, "out of memory");
			assert_null(out);
			continue;
		}
		assert_int_equal(r, 0);
		assert_string_equal(out, whole);
		free(out);
	}
	free(whole);
	caisson_spec_free(spec);
}

static void
test_parse(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_TEXTS; i++)
		starve_parse(texts[i]);
}

static void
test_print(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_TEXTS; i++)
		starve_print(texts[i]);
}

typedef int (*setter)(struct caisson_spec *spec);

static int
set_argv(struct caisson_spec *spec)
{
	return caisson_spec_set_argv(spec,
				     (const char *const[]){ "a", "b", "c", "d",
							    "e", NULL },
				     &error);
}

static int
set_env(struct caisson_spec *spec)
{
	return caisson_spec_set_env(spec, "NEW", "x", &error);
}

static int
reset_env(struct caisson_spec *spec)
{
	return caisson_spec_set_env(spec, "OLD", "x", &error);
}

static int
set_ids(struct caisson_spec *spec)
{
	return caisson_spec_set_ids(spec, 1, 1, (uint32_t[]){ 1 }, 1, &error);
}

static int
set_user(struct caisson_spec *spec)
{
	return caisson_spec_set_user(spec, "a", "b", &error);
}

static int
set_profile(struct caisson_spec *spec)
{
	return caisson_spec_set_seccomp_profile(spec, "a", &error);
}

static int
set_policy(struct caisson_spec *spec)
{
	return caisson_spec_set_seccomp_policy(spec, "/a", &error);
}

static int
add_capability(struct caisson_spec *spec)
{
	return caisson_spec_add_capability(spec, "chown", &error);
}

static int
set_rlimit(struct caisson_spec *spec)
{
	return caisson_spec_set_rlimit(spec, "as", 1, 1, &error);
}

static int
add_socketpair(struct caisson_spec *spec)
{
	return caisson_spec_fd_socketpair(spec, 77, &error);
}

static int
add_file(struct caisson_spec *spec)
{
	return caisson_spec_fd_file(spec, 78, "/a", 1, &error);
}

static int
set_config(struct caisson_spec *spec)
{
	return caisson_spec_set_handshake_config(spec, "a", 1, &error);
}

static int
set_config_entry(struct caisson_spec *spec)
{
	return caisson_spec_set_handshake_config_entry(spec, "a", "b", &error);
}

static int
set_chroot(struct caisson_spec *spec)
{
	return caisson_spec_set_chroot(spec, "/a", &error);
}

static int
load_text(struct caisson_spec *spec)
{
	return caisson_spec_load(spec, texts[0], strlen(texts[0]), &error);
}

static int
freeze(struct caisson_spec *spec)
{
	return caisson_spec_freeze(spec, &error);
}

static const setter setters[] = {
	set_argv,       set_env,        reset_env,  set_ids,
	set_user,       set_profile,    set_policy, set_rlimit,
	add_capability, add_socketpair, add_file,   set_config,
	set_chroot,     load_text,      freeze,     set_config_entry,
};

/* After a setter has failed the spec is what it was before. */
static void
starve_setter(setter set)
{
	bool starved = true;

	for (long n = 0; starved; n++) {
		struct caisson_spec *spec = new_spec();
		int r;

		must(caisson_spec_set_path(spec, "/bin/true", &error));
		must(caisson_spec_set_env(spec, "OLD", "1", &error));
		no_memory_failed = false;
		no_memory_after = n;
		r = set(spec);
		no_memory_after = -1;
		starved = no_memory_failed;
		assert_true(starved ? is_memory_code(r) : r == 0);
		if (starved)
			assert_same_spec(spec, "{'version':1,"
					       "'path':'/bin/true',"
					       "'env':{'OLD':'1'}}");
		else
			caisson_spec_free(spec);
	}
}

static void
test_setters(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(setters) / sizeof(setters[0]); i++)
		starve_setter(setters[i]);
}

/* {"foo": "bar"}, as "v23" sends it. */
static const char encoded[] =
    "\x81\x51\x06\x05\x01\x03\x02\x03\xe1\x52\x09\x01\x03"
    "foo\x03"
    "bar";

/* A map that is encoded already is decoded to see that it is one. */
static void
test_freeze_map(void **state)
{
	bool starved = true;
	unsigned refused = 0;

	(void)state;
	for (long n = 0; starved; n++) {
		struct caisson_spec *spec = new_spec();
		int r;

		must(caisson_spec_set_path(spec, "/bin/true", &error));
		must(caisson_spec_set_handshake(spec, "v23", &error));
		must(caisson_spec_set_handshake_config(spec, encoded,
						       sizeof(encoded) - 1,
						       &error));
		no_memory_failed = false;
		no_memory_after = n;
		r = freeze(spec);
		no_memory_after = -1;
		starved = no_memory_failed;
		assert_int_equal(r, starved ? CAISSON_E_NO_MEMORY : 0);
		refused += starved;
		caisson_spec_free(spec);
	}
	assert_true(refused > 3);
}

static void
test_new(void **state)
{
	struct caisson_spec *spec = NULL;

	(void)state;
	no_memory_after = 0;
	assert_int_equal(caisson_spec_new(&spec, &error), CAISSON_E_NO_MEMORY);
	assert_null(spec);
	no_memory_after = -1;
	must(caisson_spec_new(&spec, &error));
	assert_int_equal(caisson_spec_set_handshake_config(spec, "", SIZE_MAX,
							   &error),
			 CAISSON_E_NO_MEMORY);
	caisson_spec_free(spec);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		{ "no spec is made", test_new, NULL, NULL, NULL },
		{ "a text is refused", test_parse, NULL, NULL, NULL },
		{ "nothing is printed", test_print, NULL, NULL, NULL },
		{ "a setter changes nothing", test_setters, NULL, NULL, NULL },
		{ "a map is decoded", test_freeze_map, NULL, NULL, NULL },
	};

	json_set_alloc_funcs(__wrap_malloc, free);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
