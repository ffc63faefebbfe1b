/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who could have put it there?  As root with files of every flaw below /run,
 * where nobody else writes; as anybody with what every system has.
 */
#include "grant/text.h"
#include "grant/trust.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#define NOBODY 65534

static char dir[] = "/run/caisson-trust-XXXXXX";
static char path[128];

static const char *
at(const char *name)
{
	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static enum trust_flaw
flaw_of(const char *name, enum trust_kind kind, struct trust *out)
{
	int fd = trust_open(name, kind, out);

	assert_int_equal(fd >= 0, out->flaw == TRUST_OK);
	if (fd >= 0) {
		assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
		(void)close(fd);
	}
	return out->flaw;
}

static void
assert_flaw(const char *name, enum trust_kind kind, enum trust_flaw flaw,
	    const char *said)
{
	struct trust trust;
	char text[512];

	if (flaw_of(name, kind, &trust) != flaw)
		fail_msg("%s: flaw %d, errno %d", name, (int)trust.flaw,
			 trust.error);
	trust_explain(name, &trust, kind, text);
	if (strstr(text, said) == NULL)
		fail_msg("\"%s\" has no \"%s\"", text, said);
}

static void
make(const char *name, mode_t mode)
{
	int fd = open(at(name), O_CREAT | O_WRONLY | O_EXCL | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(fchmod(fd, mode), 0);
	assert_int_equal(close(fd), 0);
}

static void
test_what_every_system_has(void **state)
{
	struct trust trust;

	(void)state;
	if (syscall(SYS_openat2, -1, "", NULL, (size_t)0) < 0 &&
	    errno == ENOSYS) {
		print_message("no openat2 here\n");
		skip();
	}
	assert_flaw("/", TRUST_DIRECTORY, TRUST_OK, "");
	assert_flaw("/usr/bin/", TRUST_DIRECTORY, TRUST_OK, "");
	assert_flaw("/usr/bin/env", TRUST_PROGRAM, TRUST_OK, "");
	assert_flaw("/etc/passwd", TRUST_FILE, TRUST_OK, "");
	assert_flaw("/etc/passwd", TRUST_PROGRAM, TRUST_TYPE, "is no program");
	assert_flaw("/usr/lib/", TRUST_TREE, TRUST_OK, "");
	assert_flaw("/etc/passwd", TRUST_DIRECTORY, TRUST_TYPE,
		    "is no directory");
	assert_flaw("/usr", TRUST_FILE, TRUST_TYPE, "is not a regular file");
	assert_flaw("/dev/null", TRUST_FILE, TRUST_WRITABLE,
		    "/dev/null (mode 0666) is writable");
	assert_flaw("/tmp/x", TRUST_PROGRAM, TRUST_WRITABLE,
		    "/tmp (mode 1777) is writable by others than root");
	assert_flaw("/nowhere/x", TRUST_PROGRAM, TRUST_ERROR,
		    "/nowhere does not exist: install the program first");
	assert_flaw("/etc/passwd/x", TRUST_FILE, TRUST_ERROR,
		    "/etc/passwd/x: Not a directory");
	assert_int_equal(flaw_of("/proc/self/exe", TRUST_PROGRAM, &trust),
			 TRUST_LINK);
	assert_int_equal(trust.len, strlen("/proc/self"));
}

static void
test_a_component_has_a_limit(void **state)
{
	struct trust trust;
	char name[300] = "/";

	(void)state;
	memset(name + 1, 'x', 256);
	assert_int_equal(flaw_of(name, TRUST_PROGRAM, &trust), TRUST_ERROR);
	assert_int_equal(trust.error, ENAMETOOLONG);
}

static int
begin(void **state)
{
	(void)state;
	return geteuid() != 0 || mkdtemp(dir) != NULL ? 0 : -1;
}

static int
end(void **state)
{
	char command[128];

	(void)state;
	if (geteuid() != 0)
		return 0;
	(void)snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	return system(command);
}

static void
need_root(void)
{
	if (geteuid() == 0)
		return;
	print_message("not root\n");
	skip();
}

static void
test_every_flaw_is_found(void **state)
{
	(void)state;
	need_root();
	assert_int_equal(chmod(dir, 0755), 0);
	make("right", 0755);
	assert_flaw(at("right"), TRUST_PROGRAM, TRUST_OK, "");
	assert_flaw(at("right"), TRUST_FILE, TRUST_OK, "");
	make("group", 0775);
	assert_flaw(at("group"), TRUST_PROGRAM, TRUST_WRITABLE, "chmod go-w");
	make("others", 0757);
	assert_flaw(at("others"), TRUST_PROGRAM, TRUST_WRITABLE, "mode 0757");
	make("plain", 0644);
	assert_flaw(at("plain"), TRUST_PROGRAM, TRUST_TYPE, "is no program");
	make("owned", 0755);
	assert_int_equal(chown(at("owned"), NOBODY, 0), 0);
	assert_flaw(at("owned"), TRUST_PROGRAM, TRUST_OWNER,
		    "belongs to uid 65534");
	assert_int_equal(symlink("right", at("link")), 0);
	assert_flaw(at("link"), TRUST_PROGRAM, TRUST_LINK, "/right");
	assert_flaw(at("link"), TRUST_FILE, TRUST_LINK, "symbolic link");
	assert_int_equal(symlink("nowhere", at("dangling")), 0);
	assert_flaw(at("dangling"), TRUST_PROGRAM, TRUST_LINK,
		    "write the path without it");
	make("twice", 0644);
	{
		char other[160];

		(void)snprintf(other, sizeof(other), "%s/again", dir);
		assert_int_equal(link(at("twice"), other), 0);
	}
	assert_flaw(at("twice"), TRUST_FILE, TRUST_LINKS, "hard links");
	assert_int_equal(mkfifo(at("fifo"), 0755), 0);
	assert_flaw(at("fifo"), TRUST_FILE, TRUST_TYPE, "regular file");
	assert_flaw(at("fifo"), TRUST_PROGRAM, TRUST_TYPE, "is no program");
}

static void
test_every_directory_on_the_way_counts(void **state)
{
	(void)state;
	need_root();
	assert_int_equal(mkdir(at("a"), 0755), 0);
	assert_int_equal(mkdir(at("a/b"), 0755), 0);
	make("a/b/c", 0755);
	assert_flaw(at("a/b/c"), TRUST_PROGRAM, TRUST_OK, "");
	assert_int_equal(chmod(at("a"), 0775), 0);
	assert_flaw(at("a/b/c"), TRUST_PROGRAM, TRUST_WRITABLE, "/a (mode");
	assert_int_equal(chmod(at("a"), 0755), 0);
	assert_int_equal(chown(at("a"), NOBODY, NOBODY), 0);
	assert_flaw(at("a/b/c"), TRUST_PROGRAM, TRUST_OWNER, "/a belongs");
	assert_int_equal(chown(at("a"), 0, 0), 0);
	assert_int_equal(symlink("a", at("l")), 0);
	assert_flaw(at("l/b/c"), TRUST_PROGRAM, TRUST_LINK, "/a/b/c");
	assert_flaw(at("l/b/"), TRUST_DIRECTORY, TRUST_LINK, "/l is a");
	assert_flaw(at("a/b/"), TRUST_DIRECTORY, TRUST_OK, "");
}

static void
test_every_directory_below_a_tree_counts(void **state)
{
	char deep[4 * TRUST_DEPTH_MAX] = "t/b";

	(void)state;
	need_root();
	assert_int_equal(mkdir(at("t"), 0755), 0);
	assert_int_equal(mkdir(at("t/a"), 0755), 0);
	assert_int_equal(mkdir(at("t/a/c"), 0755), 0);
	make("t/a/c/file", 0666);
	assert_int_equal(symlink("/tmp", at("t/a/link")), 0);
	assert_flaw(at("t/"), TRUST_TREE, TRUST_OK, "");
	assert_int_equal(chmod(at("t/a/c"), 0757), 0);
	assert_flaw(at("t/"), TRUST_DIRECTORY, TRUST_OK, "");
	assert_flaw(at("t/"), TRUST_TREE, TRUST_WRITABLE,
		    "/t/a/c (mode 0757) is writable");
	assert_int_equal(chmod(at("t/a/c"), 0700), 0);
	assert_flaw(at("t/"), TRUST_TREE, TRUST_OK, "");
	assert_int_equal(chown(at("t/a"), NOBODY, 0), 0);
	assert_flaw(at("t"), TRUST_TREE, TRUST_OWNER,
		    "/t/a belongs to uid 65534");
	assert_int_equal(chown(at("t/a"), 0, 0), 0);
	for (unsigned i = 0; i <= TRUST_DEPTH_MAX; i++) {
		if (i == TRUST_DEPTH_MAX)
			assert_flaw(at("t/"), TRUST_TREE, TRUST_OK, "");
		assert_int_equal(mkdir(at(deep), 0755), 0);
		memcpy(deep + strlen(deep), "/d", 3);
	}
	assert_flaw(at("t/"), TRUST_TREE, TRUST_MANY, "too much is below it");
	assert_flaw(at("t/a/c/file"), TRUST_TREE, TRUST_WRITABLE, "0666");
}

/* The files of grants themselves. */
static void
test_grants_are_read_only_where_root_writes(void **state)
{
	const struct grant_options options = { .system = &grant_system,
					       .trusted = true };
	struct grant_text text = { .options = &options };
	struct caisson_error err = { 0 };

	(void)state;
	need_root();
	assert_int_equal(mkdir(at("d"), 0755), 0);
	make("d/x.grants", 0644);
	assert_int_equal(grant_text_add_directory(&text, at("d"), &err), 0);
	assert_int_equal(text.n_sources, 1);
	assert_int_equal(grant_text_add_file(&text, at("d/x.grants"), &err), 0);
	assert_int_equal(chmod(at("d/x.grants"), 0664), 0);
	assert_int_equal(grant_text_add_directory(&text, at("d"), &err),
			 CAISSON_E_POLICY);
	assert_non_null(strstr(err.msg, "x.grants (mode 0664) is writable"));
	assert_int_equal(chmod(at("d/x.grants"), 0644), 0);
	assert_int_equal(chmod(at("d"), 0777), 0);
	assert_int_equal(grant_text_add_directory(&text, at("d"), &err),
			 CAISSON_E_POLICY);
	assert_non_null(strstr(err.msg, "/d (mode 0777) is writable"));
	grant_text_done(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_every_system_has),
		cmocka_unit_test(test_a_component_has_a_limit),
		cmocka_unit_test(test_every_flaw_is_found),
		cmocka_unit_test(test_every_directory_on_the_way_counts),
		cmocka_unit_test(test_every_directory_below_a_tree_counts),
		cmocka_unit_test(test_grants_are_read_only_where_root_writes),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
