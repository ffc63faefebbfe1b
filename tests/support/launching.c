/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Launching the reporter by the public interface only.  Whatever cannot work
 * here fails the test that asked.
 */
#include "launching.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ARGS_MAX 16

/* A call of the library that must work. */
static void
must(int r, const struct caisson_error *err)
{
	if (r != 0)
		fail_msg("%s at %s: %s", caisson_code_name(err->code),
			 caisson_stage_name(err->stage), err->msg);
}

void
launching_set(struct caisson_spec *spec, const char *members)
{
	json_t *object =
	    harness_json(harness_text("{'version':1,%s}", members));
	char *text = json_dumps(object, 0);
	struct caisson_error err;

	assert_non_null(text);
	must(caisson_spec_load(spec, text, strlen(text), &err), &err);
	free(text);
	json_decref(object);
}

struct caisson_spec *
launching_spec(const char *members, ...)
{
	const char *argv[ARGS_MAX + 2] = { harness_reporter() };
	struct caisson_spec *spec = NULL;
	struct caisson_error err;
	va_list ap;

	va_start(ap, members);
	for (int i = 1; i < ARGS_MAX; i++) {
		argv[i] = va_arg(ap, const char *);
		if (argv[i] == NULL)
			break;
	}
	va_end(ap);
	must(caisson_spec_new(&spec, &err), &err);
	must(caisson_spec_set_path(spec, argv[0], &err), &err);
	must(caisson_spec_set_argv(spec, argv, &err), &err);
	must(caisson_spec_fd_pipe(spec, 1, CAISSON_FROM_CHILD, &err), &err);
	if (members != NULL && members[0] != '\0')
		launching_set(spec, members);
	return spec;
}

const struct caisson_launch_options *
launching_engine(uint32_t engine)
{
	static _Thread_local struct caisson_launch_options options;

	memset(&options, 0, sizeof(options));
	options.size = sizeof(options);
	options.engine = engine;
	return &options;
}

struct caisson_child *
launching_start(struct caisson_spec *spec,
		const struct caisson_launch_options *options)
{
	struct caisson_child *child = NULL;
	struct caisson_error err;

	must(caisson_spec_freeze(spec, &err), &err);
	must(caisson_launch(spec, options, &child, &err), &err);
	caisson_spec_free(spec);
	return child;
}

void
launching_refused(struct caisson_spec *spec,
		  const struct caisson_launch_options *options,
		  struct caisson_error *err)
{
	json_t *before = harness_snapshot();
	struct caisson_child *child = NULL;
	int r;

	memset(err, 0, sizeof(*err));
	must(caisson_spec_freeze(spec, err), err);
	r = caisson_launch(spec, options, &child, err);
	caisson_spec_free(spec);
	if (r == 0)
		fail_msg("it was launched");
	assert_null(child);
	assert_int_equal(r, err->code);
	harness_assert_unchanged(before);
	harness_assert_childless();
}

char *
launching_read(struct caisson_child *child, int fd)
{
	size_t size = 1 << 20, len = 0;
	char *text = malloc(size);
	struct pollfd p = { caisson_child_fd(child, fd), POLLIN, 0 };

	assert_non_null(text);
	assert_true(p.fd >= 0);
	for (;;) {
		ssize_t n;

		if (poll(&p, 1, (int)LAUNCHING_PATIENCE_MS) != 1)
			fail_msg("nothing to read from fd %d", fd);
		n = read(p.fd, text + len, size - 1 - len);
		if (n <= 0)
			break;
		len += (size_t)n;
	}
	text[len] = '\0';
	return text;
}

const char *
launching_read_line(struct caisson_child *child, int fd)
{
	static _Thread_local char line[256];
	struct pollfd p = { caisson_child_fd(child, fd), POLLIN, 0 };
	size_t len = 0;

	while (len < sizeof(line) - 1) {
		if (poll(&p, 1, (int)LAUNCHING_PATIENCE_MS) != 1)
			fail_msg("nothing to read from fd %d", fd);
		if (read(p.fd, line + len, 1) != 1 || line[len] == '\n')
			break;
		len++;
	}
	line[len] = '\0';
	return line;
}

struct caisson_exit
launching_finish(struct caisson_child *child)
{
	struct caisson_error err;
	struct caisson_exit e;

	memset(&e, 0, sizeof(e));
	must(caisson_child_wait(child, LAUNCHING_PATIENCE_MS, &e, &err), &err);
	caisson_child_free(child);
	return e;
}

static void
finish_well(struct caisson_child *child, const char *text)
{
	struct caisson_exit e = launching_finish(child);

	if (e.how != CAISSON_HOW_EXITED || e.value != 0)
		fail_msg("the reporter ended with how %u, value %d; wrote %s",
			 e.how, e.value, text);
}

char *
launching_output(struct caisson_spec *spec,
		 const struct caisson_launch_options *options)
{
	struct caisson_child *child = launching_start(spec, options);
	char *text = launching_read(child, 1);

	finish_well(child, text);
	return text;
}

static json_t *
parse(char *text)
{
	json_error_t e;
	json_t *value = json_loads(text, JSON_DECODE_ANY, &e);

	if (value == NULL)
		fail_msg("%s in what the reporter wrote: %s", e.text, text);
	free(text);
	return value;
}

json_t *
launching_json(struct caisson_spec *spec,
	       const struct caisson_launch_options *options)
{
	return parse(launching_output(spec, options));
}

struct launched
launching_state(const char *members,
		const struct caisson_launch_options *options)
{
	struct caisson_spec *spec = launching_spec(members, "state", "1", NULL);
	struct caisson_child *child = launching_start(spec, options);
	char *text = launching_read(child, 1);
	struct launched l;
	struct stat st;

	assert_int_equal(fstat(caisson_child_fd(child, 1), &st), 0);
	l.pipe_dev = st.st_dev;
	l.pipe_ino = st.st_ino;
	l.pid = caisson_child_pid(child);
	l.engine = caisson_child_engine(child);
	l.confined = members == NULL || strstr(members, "unconfined") == NULL;
	finish_well(child, text);
	l.state = parse(text);
	return l;
}

long
launching_number(const json_t *object, const char *name)
{
	const json_t *value = json_object_get(object, name);

	if (!json_is_integer(value))
		fail_msg("%s is not a number", name);
	return (long)json_integer_value(value);
}

const char *
launching_string(const json_t *object, const char *name)
{
	const json_t *value = json_object_get(object, name);

	if (!json_is_string(value))
		fail_msg("%s is not a string", name);
	return json_string_value(value);
}

void
launching_assert_error(const struct caisson_error *err, int code,
		       uint32_t stage, const char *msg)
{
	if (err->code != code || err->stage != stage ||
	    strcmp(err->msg, msg) != 0)
		fail_msg("expected %s at %s: \"%s\"\n     got %s at %s: \"%s\"",
			 caisson_code_name(code), caisson_stage_name(stage),
			 msg, caisson_code_name(err->code),
			 caisson_stage_name(err->stage), err->msg);
}
