/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where others could see a secret: arguments, environment, names, and the
 * core of a launcher that crashes while it has one.
 */
#include "hunting.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void
no_argument_and_no_variable_holds_it(void **state)
{
	(void)state;
	for (int p = 0; speaking_protocols[p] != NULL; p++)
		for (const uint32_t *e = speaking_engines(); *e != 0; e++) {
			struct nonce n = nonce_new();
			struct caisson_secret *s = nonce_secret(&n, 5000);
			struct caisson_child *child = launching_start(
			    speaking_spec(speaking_protocols[p],
					  "await 0 read end ready await 0"),
			    speaking_options(*e, s));

			/* before it has read it, and after */
			assert_false(nonce_is_in_proc(&n));
			assert_int_equal(write(caisson_child_fd(child, 0), "x",
					       1),
					 1);
			speaking_wait_ready(child);
			assert_false(nonce_is_in_proc(&n));
			caisson_child_free(child);
			caisson_secret_free(s);
		}
}

/*
 * The controls: the same hunt finds it in an argument and in a variable.  A
 * launch is over when exec has closed the report pipe; the kernel shows the
 * new arguments and variables a moment later.
 */
static void
it_would_be_found_there(void **state)
{
	struct nonce n = nonce_new(), other = nonce_new();
	char text[NONCE_LEN + 1];
	struct caisson_spec *spec;
	struct caisson_child *child;
	struct caisson_error err;

	(void)state;
	nonce_write(&n, text);
	text[NONCE_LEN] = '\0';
	child = launching_start(
	    speaking_spec("v23",
			  harness_text("mark %s read ready pause", text)),
	    NULL);
	speaking_wait_ready(child);
	assert_true(nonce_is_in_proc(&n));
	assert_false(nonce_is_in_proc(&other));
	caisson_child_free(child);
	assert_false(nonce_is_in_proc(&n));

	spec = speaking_spec("v23", "read ready pause");
	assert_int_equal(caisson_spec_set_env(spec, "VARIABLE", text, &err), 0);
	child = launching_start(spec, NULL);
	speaking_wait_ready(child);
	assert_true(nonce_is_in_proc(&n));
	caisson_child_free(child);
	assert_false(nonce_is_in_proc(&n));
}

/* A pattern without a pipe and without a directory. */
static bool
cores_are_files(void)
{
	char pattern[128] = "|";
	int fd = open("/proc/sys/kernel/core_pattern", O_RDONLY | O_CLOEXEC);
	struct rlimit limit;

	if (fd >= 0) {
		if (read(fd, pattern, sizeof(pattern) - 1) < 0)
			pattern[0] = '|';
		(void)close(fd);
	}
	return strchr("|/@\n", pattern[0]) == NULL &&
	       getrlimit(RLIMIT_CORE, &limit) == 0 &&
	       limit.rlim_max == RLIM_INFINITY;
}

/* In a child: hold a secret, or a copy of it, and crash. */
static void
crash(const struct nonce *n, const char *dir, bool is_leaking)
{
	struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };
	struct caisson_secret *s = nonce_secret(n, 5000);
	struct caisson_spec *spec =
	    speaking_spec("caisson", "read ready pause");
	struct caisson_child *child;
	struct caisson_error err;

	if (chdir(dir) != 0 || setrlimit(RLIMIT_CORE, &all) != 0)
		_exit(1);
	if (is_leaking)
		(void)nonce_copy(n);
	if (caisson_spec_set_parent_death_signal(spec, SIGKILL, &err) != 0)
		_exit(1);
	child = launching_start(spec, speaking_options(0, s));
	speaking_wait_ready(child);
	(void)signal(SIGABRT, SIG_DFL);
	abort();
}

/* The one file in the directory, or NULL. */
static const char *
core_in(const char *dir)
{
	DIR *d = opendir(dir);
	const char *path = NULL;
	struct dirent *e;

	assert_non_null(d);
	while ((e = readdir(d)) != NULL)
		if (strncmp(e->d_name, "core", 4) == 0)
			path = harness_text("%s/%s", dir, e->d_name);
	(void)closedir(d);
	return path;
}

/* Is it in the core?  false too, and *has_core false, without one. */
static bool
is_in_core(bool is_leaking, bool *has_core)
{
	struct nonce n = nonce_new();
	char dir[128];
	const char *path;
	int status = 0, pid;

	(void)snprintf(dir, sizeof(dir), "%s/%s", harness_scratch(),
		       is_leaking ? "leaking" : "tight");
	assert_int_equal(mkdir(dir, 0700), 0);
	speaking_adopt();
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		(void)setenv("CMOCKA_TEST_ABORT", "1", 1);
		crash(&n, dir, is_leaking);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGABRT);
	speaking_assert_nobody(); /* the program went with it */
	path = core_in(dir);
	*has_core = WCOREDUMP(status) && path != NULL;
	return *has_core && nonce_is_in_file(&n, path);
}

static void
it_is_not_in_a_core(void **state)
{
	bool has_core = false;

	(void)state;
	if (!cores_are_files()) {
		print_message("skipped: cores do not go to plain files\n");
		skip();
	}
	/* the control comes first: where it finds nothing, no test is made */
	if (!is_in_core(true, &has_core) && !has_core) {
		print_message("skipped: there is no core\n");
		skip();
	}
	assert_true(has_core);
	assert_false(is_in_core(false, &has_core));
	assert_true(has_core);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_argument_and_no_variable_holds_it),
		cmocka_unit_test(it_would_be_found_there),
		cmocka_unit_test(it_is_not_in_a_core),
	};

	return harness_main("secrets_places", argc, argv, tests,
			    sizeof(tests) / sizeof(tests[0]));
}
