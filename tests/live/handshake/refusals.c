/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is refused of a handshake before anything is started: options without
 * one, sizes over the limit, configurations that are no map, in place.
 */
#include "speaking.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static struct caisson_launch_options
plain(void)
{
	return (struct caisson_launch_options){
		.size = sizeof(struct caisson_launch_options)
	};
}

static void
refused(struct caisson_spec *spec, const struct caisson_launch_options *options,
	const char *msg)
{
	struct caisson_error err;

	launching_refused(spec, options, &err);
	assert_string_equal(err.msg, msg);
	assert_int_equal(err.code, CAISSON_E_USAGE);
}

static void
options_of_a_handshake_need_one(void **state)
{
	struct caisson_secret *secret = speaking_secret("x", 1);
	struct caisson_launch_options o = plain();

	(void)state;
	o.secret = secret;
	refused(launching_spec(NULL, "exit", "0", NULL), &o,
		"options.secret: the spec has no handshake");
	o = plain();
	o.config = "x";
	refused(launching_spec(NULL, "exit", "0", NULL), &o,
		"options.config: the spec has no handshake");
	o = plain();
	o.config_len = 1;
	refused(launching_spec(NULL, "exit", "0", NULL), &o,
		"options.config: the spec has no handshake");
	o = plain();
	o.handshake_limit = 1;
	refused(launching_spec(NULL, "exit", "0", NULL), &o,
		"options.handshake_limit: the spec has no handshake");
	/* the control */
	o = plain();
	assert_int_equal(
	    launching_finish(
		launching_start(launching_spec(NULL, "exit", "0", NULL), &o))
		.value,
	    0);
	caisson_secret_free(secret);
}

static void
a_limit_has_a_limit(void **state)
{
	struct caisson_launch_options o = plain();

	(void)state;
	o.handshake_limit = CAISSON_HANDSHAKE_BYTES_MAX + 1ull;
	refused(speaking_spec("caisson", "ready"), &o,
		"options.handshake_limit is 67108865, and may be 67108864 at "
		"most");
	o.handshake_limit = UINT64_MAX;
	refused(speaking_spec("caisson", "ready"), &o,
		"options.handshake_limit is 18446744073709551615, and may be "
		"67108864 at most");
	o.handshake_limit = CAISSON_HANDSHAKE_BYTES_MAX;
	assert_int_equal(launching_finish(
			     launching_start(speaking_spec("caisson",
							   "read end exit 3"),
					     &o))
			     .value,
			 3);
}

static void
a_length_needs_bytes(void **state)
{
	struct caisson_launch_options o = plain();

	(void)state;
	o.config_len = 5;
	refused(speaking_spec("caisson", "ready"), &o,
		"options.config is NULL, and its length is not 0");
}

/* One byte too long, wherever it comes from; and just as long. */
static void
check_size(struct caisson_spec *spec, struct caisson_launch_options *o,
	   const char *which)
{
	struct caisson_error err;

	o->handshake_limit = 4999;
	launching_refused(spec, o, &err);
	assert_int_equal(err.code, CAISSON_E_USAGE);
	assert_int_equal(err.stage, CAISSON_STAGE_PAYLOAD);
	if (strstr(err.msg, which) == NULL || strstr(err.msg, "5000") == NULL ||
	    strstr(err.msg, "4999") == NULL)
		fail_msg("%s", err.msg);
}

static void
what_is_too_long_is_named_with_its_size_and_the_limit(void **state)
{
	static const char bytes[5000];
	struct caisson_secret *secret = speaking_secret(bytes, sizeof(bytes));
	struct caisson_launch_options o = plain();
	struct caisson_spec *spec = speaking_spec("caisson", "ready");
	struct caisson_error err;

	(void)state;
	assert_int_equal(caisson_spec_set_handshake_config(spec, bytes,
							   sizeof(bytes), &err),
			 0);
	check_size(spec, &o, "configuration");
	o.config = bytes;
	o.config_len = sizeof(bytes);
	check_size(speaking_spec("caisson", "ready"), &o, "configuration");
	/* before anybody looks whether it is a map */
	check_size(speaking_spec("v23", "ready"), &o, "configuration");
	o = plain();
	o.secret = secret;
	check_size(speaking_spec("veyron", "ready"), &o, "secret");
	/* in place of the spec's, which then does not count */
	spec = speaking_spec("caisson", "read end ready");
	assert_int_equal(caisson_spec_set_handshake_config(spec, bytes,
							   sizeof(bytes), &err),
			 0);
	o = plain();
	o.config = "";
	o.handshake_limit = 1;
	assert_int_equal(launching_finish(launching_start(spec, &o)).value, 0);
	caisson_secret_free(secret);
}

static void
the_entries_of_a_map_have_the_limit_too(void **state)
{
	struct caisson_launch_options o = plain();
	struct caisson_spec *spec = speaking_spec("v23", "ready");
	struct caisson_error err;
	char value[5000];

	(void)state;
	memset(value, 'x', sizeof(value) - 1);
	value[sizeof(value) - 1] = '\0';
	assert_int_equal(caisson_spec_set_handshake_config_entry(spec, "key",
								 value, &err),
			 0);
	o.handshake_limit = 5000;
	launching_refused(spec, &o, &err);
	assert_int_equal(err.code, CAISSON_E_USAGE);
	assert_int_equal(err.stage, CAISSON_STAGE_PAYLOAD);
}

static void
freezes_a_map_or_nothing(const char *protocol, struct caisson_bytes map)
{
	struct caisson_spec *spec = speaking_spec(protocol, "ready");
	struct caisson_error err;

	assert_int_equal(caisson_spec_set_handshake_config(spec, "text", 4,
							   &err),
			 0);
	assert_int_equal(caisson_spec_freeze(spec, &err), CAISSON_E_SPEC);
	assert_non_null(strstr(err.msg, "/handshake/config: "));
	assert_int_equal(caisson_spec_set_handshake_config(spec, map.data,
							   map.len, &err),
			 0);
	assert_int_equal(caisson_spec_freeze(spec, &err), 0);
	caisson_spec_free(spec);
}

static void
older_protocols_get_a_map_or_nothing(void **state)
{
	static const char *const older[] = { "v23", "veyron" };
	struct caisson_error err;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct caisson_launch_options o = plain();
		struct caisson_bytes map = speaking_empty_config(older[i]);
		struct caisson_spec *spec;

		o.config = "text";
		o.config_len = 4;
		launching_refused(speaking_spec(older[i], "ready"), &o, &err);
		assert_int_equal(err.code, CAISSON_E_USAGE);
		assert_non_null(strstr(err.msg, "wants an encoded map"));
		o.config_len = 0;
		launching_refused(speaking_spec(older[i], "ready"), &o, &err);
		assert_int_equal(err.code, CAISSON_E_USAGE);

		freezes_a_map_or_nothing(older[i], map);

		/* the controls */
		o.config = map.data;
		o.config_len = map.len;
		spec = speaking_spec(older[i], "read end ready exit 4");
		assert_int_equal(
		    launching_finish(launching_start(spec, &o)).value, 4);
		spec = speaking_spec(older[i], "read end ready exit 4");
		assert_int_equal(caisson_spec_set_handshake_config(
				     spec, map.data, map.len, &err),
				 0);
		assert_int_equal(
		    launching_finish(launching_start(spec, NULL)).value, 4);
	}
}

static void
a_check_refuses_what_a_launch_would(void **state)
{
	struct caisson_secret *secret = speaking_secret("hello", 5);
	struct caisson_spec *spec = speaking_spec("caisson", "ready");
	struct caisson_launch_options o = plain();
	struct caisson_error err;

	(void)state;
	o.secret = secret;
	assert_int_equal(caisson_spec_freeze(spec, &err), 0);
	assert_int_equal(caisson_check(spec, &o, NULL, &err), 0);
	o.handshake_limit = 4;
	assert_int_equal(caisson_check(spec, &o, NULL, &err), CAISSON_E_USAGE);
	caisson_spec_free(spec);
	caisson_secret_free(secret);
}

/* With so many descriptors and no more: 0, or how it failed. */
static int
launch_with_few(const struct caisson_spec *spec, unsigned int most,
		struct caisson_error *err)
{
	struct caisson_child *child = NULL;
	struct rlimit limit, few;
	int r;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	few = limit;
	few.rlim_cur = most;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	r = caisson_launch(spec, NULL, &child, err);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	if (r == 0)
		assert_int_equal(launching_finish(child).value, 4);
	return r;
}

static void
with_few_descriptors(void *arg)
{
	struct caisson_spec *spec =
	    speaking_spec("caisson", "read end ready exit 4");
	unsigned int data = 0, status = 0, most;
	struct caisson_error err;
	int r = -1;

	assert_int_equal(caisson_spec_freeze(spec, &err), 0);
	for (most = 4; r != 0 && most < 200; most++) {
		json_t *before = harness_snapshot();

		r = launch_with_few(spec, most, &err);
		data += r != 0 && strstr(err.msg, "data pipe") != NULL;
		status += r != 0 && strstr(err.msg, "status pipe") != NULL;
		harness_assert_unchanged(before);
		harness_assert_childless();
	}
	assert_int_equal(r, 0);
	assert_in_range(data, 1, 4);
	assert_in_range(status, 1, 4);
	caisson_spec_free(spec);
	(void)arg;
}

static void
whichever_descriptor_is_missing_nothing_is_left(void **state)
{
	(void)state;
	harness_in_fork(with_few_descriptors, NULL);
}

static void
become(void *arg)
{
	struct caisson_error err;
	struct caisson_spec *spec = NULL;

	(void)arg;
	assert_int_equal(caisson_spec_new(&spec, &err), 0);
	assert_int_equal(caisson_spec_set_path(spec, harness_speaker(), &err),
			 0);
	assert_int_equal(caisson_spec_set_handshake(spec, "caisson", &err), 0);
	assert_int_equal(caisson_spec_freeze(spec, &err), 0);
	assert_int_equal(caisson_exec(spec, NULL, &err), CAISSON_E_USAGE);
	assert_string_equal(
	    err.msg,
	    "in place there is nobody to hear that the program is ready");
	caisson_spec_free(spec);
}

static void
in_place_nobody_would_hear_it(void **state)
{
	(void)state;
	harness_in_fork(become, NULL);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_of_a_handshake_need_one),
		cmocka_unit_test(a_limit_has_a_limit),
		cmocka_unit_test(a_length_needs_bytes),
		cmocka_unit_test(
		    what_is_too_long_is_named_with_its_size_and_the_limit),
		cmocka_unit_test(the_entries_of_a_map_have_the_limit_too),
		cmocka_unit_test(older_protocols_get_a_map_or_nothing),
		cmocka_unit_test(a_check_refuses_what_a_launch_would),
		cmocka_unit_test(
		    whichever_descriptor_is_missing_nothing_is_left),
		cmocka_unit_test(in_place_nobody_would_hear_it),
	};

	return harness_main("handshake_refusals", argc, argv, tests,
			    sizeof(tests) / sizeof(tests[0]));
}
