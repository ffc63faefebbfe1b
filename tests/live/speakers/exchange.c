/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the launcher sends is what a program receives that was written from
 * the protocols' description alone: all sizes, all ways of reading.
 */
#include "speaking.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static const size_t sizes[] = { 0,     1,     4095,  4096,           4097,
				65535, 65536, 65537, (1u << 20) - 1, 1u << 20 };
#define N_SIZES (sizeof(sizes) / sizeof(sizes[0]))
#define LARGEST (1u << 20)

/* Every byte value, and no period that a buffer size has. */
static const uint8_t *
noise(void)
{
	static uint8_t bytes[LARGEST];
	uint32_t x = 12345;

	for (size_t i = 0; bytes[LARGEST - 1] == 0 && i < LARGEST; i++) {
		x = x * 1664525u + 1013904223u;
		bytes[i] = (uint8_t)(x >> 24 | (i == LARGEST - 1));
	}
	return bytes;
}

/* The program's own account of it, then its copy of the bytes. */
static void
assert_arrived(struct caisson_child *child, struct caisson_bytes config,
	       struct caisson_bytes secret)
{
	size_t size = config.len + secret.len;
	uint8_t *got = malloc(size + 1);
	size_t len = 0;
	ssize_t n = 1;

	assert_non_null(got);
	speaking_wait_ready(child);
	assert_string_equal(launching_read_line(child, 1),
			    speaking_digest(config, secret));
	while (len <= size && n > 0) {
		n = read(caisson_child_fd(child, 1), got + len, size + 1 - len);
		assert_true(n >= 0);
		len += (size_t)n;
	}
	assert_int_equal(len, size);
	if (config.len > 0)
		assert_memory_equal(got, config.data, config.len);
	if (secret.len > 0)
		assert_memory_equal(got + config.len, secret.data, secret.len);
	free(got);
}

static void
exchange(const char *protocol, uint32_t engine, const char *reading,
	 struct caisson_bytes secret)
{
	struct caisson_secret *s = speaking_secret(secret.data, secret.len);
	struct caisson_spec *spec =
	    speaking_spec(protocol,
			  harness_text("%s end ready digest 1 copy 1 exit 7",
				       reading));
	struct caisson_child *child =
	    launching_start(spec, speaking_options(engine, s));
	struct caisson_exit e;

	/* It is in the program's hands: nobody needs it any more. */
	caisson_secret_free(s);
	assert_arrived(child, speaking_empty_config(protocol), secret);
	assert_int_equal(speaking_state(child).state, CAISSON_START_READY);
	e = launching_finish(child);
	assert_int_equal(e.how, CAISSON_HOW_EXITED);
	assert_int_equal(e.value, 7);
}

static void
each_size(const char *reading, size_t largest)
{
	json_t *before = harness_snapshot();

	for (size_t p = 0; speaking_protocols[p] != NULL; p++)
		for (const uint32_t *e = speaking_engines(); *e != 0; e++)
			for (size_t i = 0; i < N_SIZES; i++)
				if (sizes[i] <= largest)
					exchange(speaking_protocols[p], *e,
						 reading,
						 (struct caisson_bytes){
						     noise(), sizes[i] });
	harness_assert_unchanged(before);
	harness_assert_childless();
}

static void
secrets_of_every_size_arrive_as_they_are(void **state)
{
	(void)state;
	each_size("read", LARGEST);
}

static void
one_read_for_each_string_is_enough(void **state)
{
	(void)state;
	each_size("single", LARGEST);
}

static void
a_program_may_read_byte_by_byte(void **state)
{
	(void)state;
	each_size("slow 1 0", 65537);
	each_size("slow 1 1", 1);
	each_size("slow 100000 20", LARGEST);
}

static void
the_largest_of_both_arrive(void **state)
{
	struct caisson_bytes all = { noise(), LARGEST };
	struct caisson_error err;

	(void)state;
	for (const uint32_t *e = speaking_engines(); *e != 0; e++) {
		struct caisson_secret *s = speaking_secret(all.data, all.len);
		struct caisson_spec *spec =
		    speaking_spec("caisson",
				  "single end ready digest 1 copy 1");
		struct caisson_child *child;

		assert_int_equal(caisson_spec_set_handshake_config(
				     spec, all.data, all.len, &err),
				 0);
		child = launching_start(spec, speaking_options(*e, s));
		caisson_secret_free(s);
		assert_arrived(child, all, all);
		assert_int_equal(launching_finish(child).value, 0);
	}
}

/* The golden bytes of {foo:bar}. */
static const char v23_foo[] =
    "\x81\x51\x06\x05\x01\x03\x02\x03\xe1\x52\x09\x01\x03"
    "foo\x03"
    "bar";
static const char veyron_foo[] =
    "\xff\x81\x06\x16\x01\x03\x01\x03\x00\xff\x82\x09\x01\x03"
    "foo\x03"
    "bar";

static void
entries_arrive_as_the_older_systems_wrote_them(void **state)
{
	static const struct {
		const char *protocol;
		struct caisson_bytes config;
	} cases[] = {
		{ "v23", { v23_foo, sizeof(v23_foo) - 1 } },
		{ "veyron", { veyron_foo, sizeof(veyron_foo) - 1 } },
	};
	struct caisson_bytes secret = { "s", 1 };
	struct caisson_error err;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct caisson_secret *s = speaking_secret("s", 1);
		struct caisson_spec *spec =
		    speaking_spec(cases[i].protocol,
				  "single end ready digest 1 copy 1");
		struct caisson_child *child;

		assert_int_equal(caisson_spec_set_handshake_config_entry(
				     spec, "foo", "bar", &err),
				 0);
		child = launching_start(spec, speaking_options(0, s));
		caisson_secret_free(s);
		assert_arrived(child, cases[i].config, secret);
		assert_int_equal(launching_finish(child).value, 0);
	}
}

/* launching_refused: nothing is started. */
static void
replace_configuration(const char *protocol, struct caisson_bytes config,
		      bool is_fit)
{
	struct caisson_launch_options options = *speaking_options(0, NULL);
	struct caisson_spec *spec =
	    speaking_spec(protocol, "read end ready digest 1 copy 1");
	struct caisson_child *child;
	struct caisson_error err;

	options.config = config.data;
	options.config_len = config.len;
	if (!is_fit) {
		launching_refused(spec, &options, &err);
		assert_int_equal(err.code, CAISSON_E_USAGE);
		return;
	}
	child = launching_start(spec, &options);
	assert_arrived(child, config, (struct caisson_bytes){ NULL, 0 });
	assert_int_equal(launching_finish(child).value, 0);
}

static void
an_option_replaces_the_configuration(void **state)
{
	struct caisson_bytes any = { "as it is\xff", 9 };
	struct caisson_bytes v23 = { v23_foo, sizeof(v23_foo) - 1 };
	struct caisson_bytes veyron = { veyron_foo, sizeof(veyron_foo) - 1 };

	(void)state;
	replace_configuration("caisson", any, true);
	replace_configuration("v23", v23, true);
	replace_configuration("veyron", veyron, true);
	/* what the program could not read */
	replace_configuration("v23", any, false);
	replace_configuration("v23", veyron, false);
	replace_configuration("veyron", v23, false);
}

static void
too_much_is_refused_before_anything_is_started(void **state)
{
	struct caisson_secret *s = speaking_secret(noise(), 4097);
	struct caisson_launch_options options = *speaking_options(0, s);
	struct caisson_error err;

	(void)state;
	speaking_adopt();
	options.handshake_limit = 4096;
	launching_refused(speaking_spec("caisson", "read ready"), &options,
			  &err);
	assert_int_equal(err.code, CAISSON_E_USAGE);
	assert_int_equal(err.stage, CAISSON_STAGE_PAYLOAD);
	assert_non_null(strstr(err.msg, "4097"));
	speaking_assert_nobody();

	/* at the limit it goes */
	options.handshake_limit = 4097;
	assert_int_equal(launching_finish(
			     launching_start(speaking_spec("caisson",
							   "read end exit 3"),
					     &options))
			     .value,
			 3);
	caisson_secret_free(s);
}

static void
the_numbers_of_our_own_protocol_can_be_chosen(void **state)
{
	static const int numbers[][2] = { { 4, 3 }, { 9, 8 }, { 1023, 5 } };
	struct caisson_bytes secret = { "hello", 5 };
	struct caisson_error err;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		int data = numbers[i][0], status = numbers[i][1];
		struct caisson_secret *s = speaking_secret("hello", 5);
		struct caisson_spec *spec = speaking_spec(
		    "caisson",
		    harness_text("fds %d %d read end ready digest 1 copy 1",
				 data, status));
		struct caisson_child *child;

		assert_int_equal(caisson_spec_set_handshake_fds(spec, data,
								status, &err),
				 0);
		child = launching_start(spec, speaking_options(0, s));
		caisson_secret_free(s);
		assert_arrived(child, (struct caisson_bytes){ NULL, 0 },
			       secret);
		assert_int_equal(launching_finish(child).value, 0);
	}
}

/* Fill the user's allowance of pipe pages; false: it cannot be done. */
static bool
use_up_pipe_pages(void)
{
	int fd[2];

	for (int i = 0; i < 200; i++) {
		if (pipe2(fd, O_CLOEXEC) != 0)
			return false;
		if (fcntl(fd[1], F_SETPIPE_SZ, 1 << 20) < 0)
			return true;
	}
	return false;
}

static void
send_without_pipe_pages(void *arg)
{
	static const size_t few[] = { 0, 4000, 4096, 8192, 70000, LARGEST };

	(void)arg;
	if (!use_up_pipe_pages()) {
		print_message("pipe pages do not run out here\n");
		return;
	}
	for (size_t i = 0; i < sizeof(few) / sizeof(few[0]); i++)
		exchange("v23", 0, "single",
			 (struct caisson_bytes){ noise(), few[i] });
}

static void
who_has_no_room_for_pipes_left_can_still_send(void **state)
{
	(void)state;
	harness_in_fork(send_without_pipe_pages, NULL);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(secrets_of_every_size_arrive_as_they_are),
		cmocka_unit_test(one_read_for_each_string_is_enough),
		cmocka_unit_test(a_program_may_read_byte_by_byte),
		cmocka_unit_test(the_largest_of_both_arrive),
		cmocka_unit_test(
		    entries_arrive_as_the_older_systems_wrote_them),
		cmocka_unit_test(an_option_replaces_the_configuration),
		cmocka_unit_test(
		    too_much_is_refused_before_anything_is_started),
		cmocka_unit_test(the_numbers_of_our_own_protocol_can_be_chosen),
		cmocka_unit_test(who_has_no_room_for_pipes_left_can_still_send),
	};

	return harness_main("speakers_exchange", argc, argv, tests,
			    sizeof(tests) / sizeof(tests[0]));
}
