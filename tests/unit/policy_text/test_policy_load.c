/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Policies from files, and the shipped ones: what is opened, what is refused,
 * and that the shipped texts mean what their names say.
 */
#include "policy/text.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define ALLOW   SECCOMP_RET_ALLOW
#define FAIL(n) (SECCOMP_RET_ERRNO | (n))

static char dir[] = "/tmp/policy_load.XXXXXX";
static struct caisson_error error;

static char *
path_of(const char *name)
{
	char *path = NULL;

	assert_true(asprintf(&path, "%s/%s", dir, name) > 0);
	return path;
}

static void
put(const char *name, const char *text, size_t len)
{
	char *path = path_of(name);
	FILE *f = fopen(path, "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
	free(path);
}

static int
load(const char *name, struct policy **out)
{
	const struct text_options options = {
		.file = "ignored",
		.arch = calls_arch_by_name("x86_64"),
		.dir_fd = -1,
	};
	char *path = path_of(name);
	int r;

	error = (struct caisson_error){ 0 };
	*out = NULL;
	r = text_load(path, &options, out, &error);
	assert_int_equal(r == 0, *out != NULL);
	assert_int_equal(r, error.code);
	free(path);
	return r;
}

static void
assert_loads(const char *name, size_t rules)
{
	struct policy *policy;
	int r = load(name, &policy);

	if (r < 0)
		fail_msg("%s", error.msg);
	assert_int_equal(policy->archs[0].n_rules, rules);
	policy_free(policy);
}

static void
assert_refused(const char *name, int code, const char *end)
{
	struct policy *policy;
	size_t len = strlen(end);

	assert_int_equal(load(name, &policy), code);
	assert_int_equal(error.stage, CAISSON_STAGE_POLICY);
	assert_true(strlen(error.msg) > len);
	assert_string_equal(error.msg + strlen(error.msg) - len, end);
}

static void
test_load(void **state)
{
	static const char text[] = "@include ./sub/part.policy\nread: allow\n";
	static const char part[] = "write: allow\n@include ../other.policy\n";
	char *sub = path_of("sub"), *link = path_of("link.policy");

	(void)state;
	assert_int_equal(mkdir(sub, 0755), 0);
	put("a.policy", text, strlen(text));
	put("sub/part.policy", part, strlen(part));
	put("other.policy", "close: allow\n", 13);
	assert_loads("a.policy", 3);
	/* A policy may be a link, and what it includes is seen from there. */
	assert_int_equal(symlink("sub/../a.policy", link), 0);
	assert_loads("link.policy", 3);
	put("braces.policy", " {read, write}: allow", 21);
	assert_loads("braces.policy", 2);
	put("empty.policy", "", 0);
	assert_loads("empty.policy", 0);
	free(sub);
	free(link);
}

static void
test_load_json(void **state)
{
	static const char json[] =
	    "\n{ \"defaultAction\": \"SCMP_ACT_ERRNO\", \"syscalls\": [ {"
	    " \"names\": [\"read\", \"write\"],"
	    " \"action\": \"SCMP_ACT_ALLOW\" } ] }\n";
	struct policy *policy;

	(void)state;
	put("oci.json", json, strlen(json));
	assert_int_equal(load("oci.json", &policy), 0);
	assert_int_equal(policy->archs[0].default_action, FAIL(EPERM));
	assert_int_equal(policy->archs[0].n_rules, 2);
	policy_free(policy);
	put("bad.json", "{\"defaultAction\": 7}", 20);
	assert_true(load("bad.json", &policy) < 0);
	assert_non_null(strstr(error.msg, "/bad.json"));
}

static void
test_refused(void **state)
{
	char *fifo = path_of("fifo"), *loop = path_of("loop");
	char *large = calloc(1, TEXT_SIZE_MAX + 1);

	(void)state;
	assert_non_null(large);
	memset(large, '\n', TEXT_SIZE_MAX + 1);
	put("large.policy", large, TEXT_SIZE_MAX + 1);
	put("largest.policy", large, TEXT_SIZE_MAX);
	assert_loads("largest.policy", 0);
	assert_refused("large.policy", CAISSON_E_SYSTEM, ": File too large");
	assert_refused("missing.policy", CAISSON_E_SYSTEM,
		       ": No such file or directory");
	assert_int_equal(error.sys_errno, ENOENT);
	assert_refused(".", CAISSON_E_POLICY, ": not a regular file");
	/* Nobody writes to it: this must not wait. */
	assert_int_equal(mkfifo(fifo, 0600), 0);
	assert_refused("fifo", CAISSON_E_POLICY, ": not a regular file");
	assert_int_equal(symlink("loop", loop), 0);
	assert_refused("loop", CAISSON_E_SYSTEM,
		       ": Too many levels of symbolic links");
	put("fifo.policy", "@include ./fifo\n", 16);
	assert_refused("fifo.policy", CAISSON_E_POLICY,
		       ":1:10: this is not a regular file");
	put("large2.policy", "@include ./large.policy\n", 24);
	assert_refused("large2.policy", CAISSON_E_POLICY,
		       ":1:10: the file cannot be read: File too large");
	free(large);
	free(fifo);
	free(loop);
}

static struct policy *
shipped(const char *name, const char *arch)
{
	const char *text = text_profile(name);
	const struct text_options options = {
		.file = name,
		.arch = calls_arch_by_name(arch),
		.dir_fd = -1,
	};
	struct policy *policy = NULL;

	assert_non_null(text);
	if (text_parse(text, strlen(text), &options, &policy, &error) < 0)
		fail_msg("%s on %s: %s", name, arch, error.msg);
	return policy;
}

static void
test_shipped(void **state)
{
	const char *name;
	size_t n = 0;

	(void)state;
	for (; (name = text_profile_at(n)) != NULL; n++) {
		for (int i = 0; i < 2; i++) {
			struct policy *policy =
			    shipped(name, i == 0 ? "x86_64" : "aarch64");

			/* Remarks are for those who write policies. */
			if (policy->notes != NULL)
				fail_msg("%s:%u: %s", policy->notes->v[0].file,
					 policy->notes->v[0].line,
					 policy->notes->v[0].text);
			assert_true(policy->archs[0].n_rules > 100);
			policy_free(policy);
		}
	}
	assert_true(n >= 1);
	assert_string_equal(text_profile_at(0), "default");
	assert_null(text_profile("common"));
	assert_null(text_profile(""));
}

static uint32_t
decide(const struct policy *policy, const char *name, uint64_t arg0,
       uint64_t arg1)
{
	struct seccomp_data data = { .arch = policy->archs[0].calls->token };
	uint32_t nr = 0;

	assert_true(calls_number(policy->archs[0].calls, name, &nr));
	data.nr = (int)nr;
	data.args[0] = arg0;
	data.args[1] = arg1;
	return policy_decide(policy, &data, NULL);
}

static void
assert_is_default(const struct policy *policy)
{
	const uint64_t high = (uint64_t)1 << 32;
	struct seccomp_data data = { .arch = policy->archs[0].calls->token };

	assert_int_equal(decide(policy, "openat", 0, 0), ALLOW);
	assert_int_equal(decide(policy, "mount", 0, 0), FAIL(EPERM));
	assert_int_equal(decide(policy, "clone3", 0, 0), FAIL(ENOSYS));
	assert_int_equal(decide(policy, "clone", 0, 0), ALLOW);
	assert_int_equal(decide(policy, "clone", 0x10000000, 0), FAIL(EPERM));
	assert_int_equal(decide(policy, "socket", AF_UNIX, 0), ALLOW);
	assert_int_equal(decide(policy, "socket", AF_ALG, 0), FAIL(EPERM));
	assert_int_equal(decide(policy, "socket", AF_ALG | high, 0),
			 FAIL(EPERM));
	assert_int_equal(decide(policy, "ioctl", 0, TIOCGWINSZ), ALLOW);
	assert_int_equal(decide(policy, "ioctl", 0, TIOCSTI), FAIL(EPERM));
	assert_int_equal(decide(policy, "ioctl", 0, TIOCSTI | high),
			 FAIL(EPERM));
	assert_int_equal(decide(policy, "io_uring_setup", 1, 0), FAIL(EPERM));
	data.nr = 100000;
	assert_int_equal(policy_decide(policy, &data, NULL), FAIL(ENOSYS));
	data.arch = AUDIT_ARCH_PPC64LE;
	assert_int_equal(policy_decide(policy, &data, NULL),
			 SECCOMP_RET_KILL_PROCESS);
}

static void
test_default(void **state)
{
	struct policy *policy = shipped("default", "x86_64");

	(void)state;
	assert_is_default(policy);
	assert_int_equal(decide(policy, "open", 0, 0), ALLOW);
	policy_free(policy);
	policy = shipped("default", "aarch64");
	assert_is_default(policy);
	policy_free(policy);
}

/* The text of a shipped policy includes shipped ones, and nothing else. */
static void
test_shipped_includes(void **state)
{
	const char *text = text_profile("agent"), *include;
	const struct text_options options = {
		.file = "agent",
		.arch = calls_arch_by_name("x86_64"),
		.dir_fd = -1,
	};
	struct policy *policy = NULL;
	char *copy;

	(void)state;
	assert_non_null(text);
	include = strstr(text, "@include ./");
	assert_non_null(include);
	/* Cut within the name. */
	assert_int_equal(text_parse(text, (size_t)(include - text) + 13,
				    &options, &policy, &error),
			 CAISSON_E_POLICY);
	assert_non_null(
	    strstr(error.msg, "no file of this name comes with caisson"));
	copy = strdup(text);
	assert_non_null(copy);
	assert_int_equal(text_parse(copy, strlen(copy), &options, &policy,
				    &error),
			 CAISSON_E_POLICY);
	assert_non_null(strstr(error.msg, "the policy is not a file"));
	free(copy);
}

static int
set_up(void **state)
{
	(void)state;
	return mkdtemp(dir) != NULL ? 0 : -1;
}

static int
tear_down(void **state)
{
	static const char *const names[] = {
		"a.policy",
		"braces.policy",
		"empty.policy",
		"other.policy",
		"link.policy",
		"oci.json",
		"bad.json",
		"large.policy",
		"large2.policy",
		"fifo",
		"loop",
		"fifo.policy",
		"sub/part.policy",
		"largest.policy",
	};
	char *path;

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		path = path_of(names[i]);
		(void)unlink(path);
		free(path);
	}
	path = path_of("sub");
	(void)rmdir(path);
	free(path);
	return rmdir(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_load),
		cmocka_unit_test(test_load_json),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_shipped),
		cmocka_unit_test(test_shipped_includes),
		cmocka_unit_test(test_default),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
