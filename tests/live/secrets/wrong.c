/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A secret goes to the program that was asked for, and to nobody else: not
 * when there is no program, not by the caller's own numbers 3 and 4, not by a
 * standard descriptor that was closed.
 */
#include "hunting.h"

#include "census.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SECRET     "the secret of this launch"
#define SECRET_LEN (sizeof(SECRET) - 1)

static const char *
digest_of(const char *protocol)
{
	return speaking_digest(speaking_empty_config(protocol),
			       (struct caisson_bytes){ SECRET, SECRET_LEN });
}

/* It must be ready, have the secret, and end well. */
static void
exchange(struct caisson_spec *spec, const char *protocol, uint32_t engine)
{
	struct caisson_secret *s = speaking_secret(SECRET, SECRET_LEN);
	struct caisson_child *child =
	    launching_start(spec, speaking_options(engine, s));

	caisson_secret_free(s);
	speaking_wait_ready(child);
	assert_string_equal(launching_read_line(child, 1), digest_of(protocol));
	assert_int_equal(launching_finish(child).value, 0);
}

/* Files that are not programs: no process, no descriptor is left of it. */
static void
a_program_that_cannot_be_executed_is_given_nothing(void **state)
{
	static const char *const wrong[] = { "missing", "forbidden", "garbage",
					     "interpreterless", "directory" };

	(void)state;
	(void)harness_file("forbidden", "#!/bin/sh\n", 10, 0600);
	(void)harness_file("garbage",
			   "\x7f"
			   "ELF-garbage",
			   12, 0755);
	(void)harness_file("interpreterless", "#!/nonexistent/sh\n", 18, 0755);
	(void)mkdir(harness_path("directory"), 0755);
	for (const uint32_t *e = speaking_engines(); *e != 0; e++)
		for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
			struct nonce n = nonce_new();
			struct caisson_secret *s = nonce_secret(&n, 5000);
			struct caisson_spec *spec =
			    speaking_spec("caisson", "read ready");
			struct caisson_error err;

			assert_int_equal(
			    caisson_spec_set_path(spec, harness_path(wrong[i]),
						  &err),
			    0);
			launching_refused(spec, speaking_options(*e, s), &err);
			assert_true(err.code == CAISSON_E_NOT_FOUND ||
				    err.code == CAISSON_E_NOT_EXECUTABLE);
			assert_false(nonce_is_in(&n, &err, sizeof(err)));
			caisson_secret_free(s);
		}
}

/* The descriptors 3 and up of the census program, as "3 4 7". */
static const char *
census_of(const char *protocol, uint32_t engine)
{
	const char *argv[] = { harness_census(), "7", NULL };
	struct caisson_spec *spec = speaking_spec(protocol, "");
	struct caisson_secret *s = speaking_secret(SECRET, SECRET_LEN);
	struct caisson_child *child;
	struct caisson_error err;
	struct census_entry list[CENSUS_MAX];
	static char text[256];
	size_t len = 0;
	ssize_t n;

	assert_int_equal(caisson_spec_set_path(spec, argv[0], &err), 0);
	assert_int_equal(caisson_spec_set_argv(spec, argv, &err), 0);
	assert_int_equal(caisson_spec_fd_pipe(spec, 7, CAISSON_FROM_CHILD,
					      &err),
			 0);
	child = launching_start(spec, speaking_options(engine, s));
	caisson_secret_free(s);
	n = read(caisson_child_fd(child, 7), list, sizeof(list));
	assert_true(n > 0);
	for (size_t i = 0; i < (size_t)n / sizeof(list[0]); i++) {
		/* the older programs know no EAGAIN */
		assert_true(list[i].fd < 3 ||
			    (list[i].flags & O_NONBLOCK) == 0);
		len += (size_t)snprintf(
		    text + len, sizeof(text) - len, "%d:%s ", list[i].fd,
		    (list[i].flags & O_ACCMODE) == O_RDONLY   ? "r"
		    : (list[i].flags & O_ACCMODE) == O_WRONLY ? "w"
							      : "rw");
	}
	assert_int_equal(caisson_child_wait_ready(child, LAUNCHING_PATIENCE_MS,
						  &err),
			 CAISSON_E_DIED);
	(void)launching_finish(child);
	return text;
}

static void
a_program_has_two_more_descriptors_and_no_others(void **state)
{
	(void)state;
	for (int p = 0; speaking_protocols[p] != NULL; p++)
		for (const uint32_t *e = speaking_engines(); *e != 0; e++) {
			const char *text = census_of(speaking_protocols[p], *e);

			if (strncmp(text, "0:r 1:w 2:", 10) != 0 ||
			    strstr(text, " 3:r 4:w 7:w ") == NULL)
				fail_msg("%s", text);
		}
}

/* Others of the caller's stand where the program's will. */
static void
numbers_in_use(void *arg)
{
	const char *path = harness_file("theirs", "theirs", 6, 0644);
	struct caisson_spec *spec;
	char text[8] = "";

	(void)arg;
	for (int fd = 3; fd < 12; fd++) {
		int opened = open(path, O_RDONLY);

		assert_true(opened >= 0);
		if (opened != fd) {
			assert_int_equal(dup2(opened, fd), fd);
			(void)close(opened);
		}
	}
	for (int p = 0; speaking_protocols[p] != NULL; p++)
		for (const uint32_t *e = speaking_engines(); *e != 0; e++) {
			spec = speaking_spec(speaking_protocols[p],
					     "read end digest 1 ready exit 0");
			exchange(spec, speaking_protocols[p], *e);
		}
	for (int fd = 3; fd < 12; fd++) {
		assert_int_equal(pread(fd, text, 6, 0), 6);
		assert_string_equal(text, "theirs");
	}
}

static void
the_callers_own_3_and_4_are_left_alone(void **state)
{
	(void)state;
	harness_in_fork(numbers_in_use, NULL);
}

/* What the launch opens gets the lowest numbers there are. */
static void
nothing_open(void *arg)
{
	(void)arg;
	for (int p = 0; speaking_protocols[p] != NULL; p++)
		for (const uint32_t *e = speaking_engines(); *e != 0; e++) {
			struct caisson_spec *spec =
			    speaking_spec(speaking_protocols[p],
					  "read end digest 1 ready exit 0");
			struct caisson_error err;

			assert_int_equal(caisson_spec_fd_null(spec, 2, &err),
					 0);
			for (int fd = 0; fd < 64; fd++)
				(void)close(fd);
			exchange(spec, speaking_protocols[p], *e);
		}
}

static void
a_caller_without_any_descriptor_can_send(void **state)
{
	(void)state;
	harness_in_fork(nothing_open, NULL);
}

/* The process of a script is its interpreter's, and stays the same. */
static void
a_script_has_what_its_interpreter_was_sent(void **state)
{
	const char *text =
	    harness_text("#!/bin/sh\nexec %s \"$@\"\n", harness_speaker());
	const char *path = harness_file("script", text, strlen(text), 0755);
	struct caisson_error err;

	(void)state;
	for (int p = 0; speaking_protocols[p] != NULL; p++)
		for (const uint32_t *e = speaking_engines(); *e != 0; e++) {
			struct caisson_spec *spec =
			    speaking_spec(speaking_protocols[p],
					  "read end digest 1 ready exit 0");

			assert_int_equal(caisson_spec_set_path(spec, path,
							       &err),
					 0);
			exchange(spec, speaking_protocols[p], *e);
		}
}

/* The caller's environment for the program names other versions. */
static void
variables_of_the_protocols_are_the_launchers(void **state)
{
	static const char *const names[] = { "CAISSON_EXEC_VERSION",
					     "V23_EXEC_VERSION",
					     "VEYRON_EXEC_VERSION" };
	struct caisson_error err;

	(void)state;
	for (int p = 0; speaking_protocols[p] != NULL; p++) {
		struct caisson_spec *spec =
		    speaking_spec(speaking_protocols[p],
				  "read end digest 1 ready exit 0");

		for (int i = 0; i < 3; i++)
			assert_int_equal(caisson_spec_set_env(spec, names[i],
							      "9.9.9", &err),
					 0);
		exchange(spec, speaking_protocols[p], 0);
	}
}

/* Who may look at the program's descriptors still cannot change what it reads. */
static void
what_is_in_a_memfd_stays_as_it_is(void **state)
{
	static uint8_t large[1 << 22];
	struct caisson_bytes secret = { large, sizeof(large) };
	struct caisson_secret *s = speaking_secret(large, sizeof(large));
	struct caisson_launch_options options = *speaking_options(0, s);
	const char *path;
	struct caisson_child *child;
	int fd;

	(void)state;
	options.handshake_limit = sizeof(large);
	child = launching_start(
	    speaking_spec("caisson", "await 0 read end digest 1 ready exit 0"),
	    &options);
	caisson_secret_free(s);
	path = harness_text("/proc/%d/fd/3", caisson_child_pid(child));
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd >= 0) {
		assert_int_equal(pwrite(fd, "x", 1, 100), -1);
		assert_int_equal(errno, EPERM);
		assert_int_equal(ftruncate(fd, 100), -1);
		assert_int_equal(ftruncate(fd, 2 * sizeof(large)), -1);
		(void)close(fd);
	}
	assert_int_equal(write(caisson_child_fd(child, 0), "x", 1), 1);
	speaking_wait_ready(child);
	assert_string_equal(launching_read_line(child, 1),
			    speaking_digest((struct caisson_bytes){ NULL, 0 },
					    secret));
	assert_int_equal(launching_finish(child).value, 0);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_program_that_cannot_be_executed_is_given_nothing),
		cmocka_unit_test(
		    a_program_has_two_more_descriptors_and_no_others),
		cmocka_unit_test(the_callers_own_3_and_4_are_left_alone),
		cmocka_unit_test(a_caller_without_any_descriptor_can_send),
		cmocka_unit_test(a_script_has_what_its_interpreter_was_sent),
		cmocka_unit_test(variables_of_the_protocols_are_the_launchers),
		cmocka_unit_test(what_is_in_a_memfd_stays_as_it_is),
	};

	return harness_main("secrets_wrong", argc, argv, tests,
			    sizeof(tests) / sizeof(tests[0]));
}
