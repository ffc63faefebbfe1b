/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A handshake of each kind, one after the other and two hundred at once, few
 * enough for valgrind, and by what it knows: the fork engine, no filter.  It has no pidfd_send_signal, so nobody here needs
 * to be killed: all end by themselves.
 */
#include "speaking.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct row {
	const char *script;
	int code;
	uint64_t timeout_ms;
} rows[] = {
	{ "read end ready exit 0", 0, 0 },
	{ "single ready sleep 50 exit 0", 0, 0 },
	{ "failed no\\x0adisk\\xfe exit 0", CAISSON_E_FAILED, 0 },
	{ "read exit 0", CAISSON_E_DIED, 0 },
	{ "peek 3 close-all exit 0", CAISSON_E_DIED, 0 },
	{ "say ready::1\\xff sleep 50 exit 0", CAISSON_E_LIED, 0 },
	{ "say \\x00\\x01\\xfe\\xff sleep 50 exit 0", CAISSON_E_PROTOCOL, 0 },
	{ "flood 0 exit 0", CAISSON_E_PROTOCOL, 0 },
	{ "sleep 1500 exit 0", CAISSON_E_TIMEOUT, 200 },
};

static struct caisson_spec *
make_spec(const char *protocol, const struct row *row)
{
	struct caisson_spec *spec = speaking_spec(protocol, row->script);
	struct caisson_error err;

	launching_set(spec, "'seccomp':{'profile':'unconfined'}");
	assert_int_equal(caisson_spec_set_handshake_ready_timeout_ms(
			     spec,
			     row->timeout_ms != 0 ? row->timeout_ms
						  : LAUNCHING_PATIENCE_MS,
			     &err),
			 0);
	return spec;
}

static struct caisson_secret *
make_secret(size_t size)
{
	uint8_t *bytes = malloc(size);
	struct caisson_secret *secret;

	assert_non_null(bytes);
	memset(bytes, 's', size);
	secret = speaking_secret(bytes, size);
	free(bytes);
	return secret;
}

static void
launch(const char *protocol, const struct row *row, size_t size)
{
	struct caisson_spec *spec = make_spec(protocol, row);
	struct caisson_secret *secret = make_secret(size);
	struct caisson_child *child;
	struct caisson_error err;

	child = launching_start(spec,
				speaking_options(CAISSON_ENGINE_FORK, secret));
	caisson_secret_free(secret);
	assert_int_equal(caisson_child_wait_ready(child, LAUNCHING_PATIENCE_MS,
						  &err),
			 row->code);
	assert_true(speaking_state(child).decided_ns > 0);
	(void)launching_finish(child);
}

static void
each_kind_of_start_is_handled_in_clean_memory(void **state)
{
	(void)state;
	for (int p = 0; speaking_protocols[p] != NULL; p++)
		for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
			launch(speaking_protocols[p], &rows[i],
			       i == 0 ? 200000 : 3 + i);
}

#define ROWS    (sizeof(rows) / sizeof(rows[0]))
#define AT_ONCE 200

struct one {
	pthread_t thread;
	const struct row *row;
	const struct caisson_spec *spec;
	const struct caisson_secret *secret;
	int code;
	uint32_t how;
};

/* cmocka is for one thread: what was seen is looked at by that one. */
static void *
handshake(void *arg)
{
	struct one *o = arg;
	struct caisson_launch_options options = {
		.size = sizeof(options),
		.engine = CAISSON_ENGINE_FORK,
		.setup_timeout_ms = LAUNCHING_PATIENCE_MS,
		.secret = o->secret,
	};
	struct caisson_child *child = NULL;
	struct caisson_exit e = { 0 };

	o->code = caisson_launch(o->spec, &options, &child, NULL);
	if (o->code != 0)
		return NULL;
	o->code = caisson_child_wait_ready(child, LAUNCHING_PATIENCE_MS, NULL);
	if (caisson_child_wait(child, LAUNCHING_PATIENCE_MS, &e, NULL) == 0)
		o->how = e.how;
	caisson_child_free(child);
	return NULL;
}

static void
two_hundred_at_once_are_handled_in_clean_memory(void **state)
{
	struct caisson_secret *secret = make_secret(5000);
	struct caisson_spec *specs[ROWS][3];
	static struct one all[AT_ONCE];
	struct caisson_error err;

	(void)state;
	for (size_t i = 0; i < ROWS; i++)
		for (size_t p = 0; p < 3; p++) {
			specs[i][p] =
			    make_spec(speaking_protocols[p], &rows[i]);
			assert_int_equal(caisson_spec_freeze(specs[i][p], &err),
					 0);
		}
	for (size_t i = 0; i < AT_ONCE; i++) {
		all[i].row = &rows[i % ROWS];
		all[i].spec = specs[i % ROWS][i / ROWS % 3];
		all[i].secret = secret;
		assert_int_equal(pthread_create(&all[i].thread, NULL, handshake,
						&all[i]),
				 0);
	}
	for (size_t i = 0; i < AT_ONCE; i++) {
		assert_int_equal(pthread_join(all[i].thread, NULL), 0);
		assert_int_equal(all[i].code, all[i].row->code);
		assert_int_not_equal(all[i].how, 0);
	}
	for (size_t i = 0; i < ROWS; i++)
		for (size_t p = 0; p < 3; p++)
			caisson_spec_free(specs[i][p]);
	caisson_secret_free(secret);
}

/* The program's side: frames in a pipe, and the answer out of another one. */
static void
inherit(void *arg)
{
	static const char frames[] = "\0\0\0\0\0\0\0\6config\0\0\0\0\0\0\0\6"
				     "secret";
	const char *text = arg;
	struct caisson_inherited *in = NULL;
	struct caisson_error err;
	int data[2], status[2];

	assert_int_equal(pipe(data), 0);
	assert_int_equal(pipe(status), 0);
	assert_int_equal(fcntl(data[0], F_DUPFD, 100), 100);
	assert_int_equal(fcntl(status[1], F_DUPFD, 101), 101);
	assert_int_equal(write(data[1], frames, sizeof(frames) - 1),
			 sizeof(frames) - 1);
	(void)close(data[1]);
	assert_int_equal(dup2(100, 3), 3);
	assert_int_equal(dup2(101, 4), 4);
	assert_int_equal(setenv("CAISSON_EXEC_VERSION", "1", 1), 0);
	assert_int_equal(caisson_inherit(NULL, &in, &err), 0);
	assert_int_equal(caisson_secret_len(caisson_inherited_secret(in)), 6);
	caisson_inherited_release_secret(in);
	if (text == NULL)
		assert_int_equal(caisson_inherited_ready(in, &err), 0);
	else
		assert_int_equal(caisson_inherited_failed(in, text, &err), 0);
}

static void
a_program_inherits_in_clean_memory(void **state)
{
	char text[] = "no\xff disk";

	(void)state;
	harness_in_fork(inherit, NULL);
	harness_in_fork(inherit, text);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_kind_of_start_is_handled_in_clean_memory),
		cmocka_unit_test(
		    two_hundred_at_once_are_handled_in_clean_memory),
		cmocka_unit_test(a_program_inherits_in_clean_memory),
	};

	return harness_main("speakers_memcheck", argc, argv, tests,
			    sizeof(tests) / sizeof(tests[0]));
}
