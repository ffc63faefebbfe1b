/* SPDX-License-Identifier: Apache-2.0 */
/* A fake launcher under each name, and sessions with it. */
#include "faking.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

const char *
faking_path(const char *name)
{
	const char *path = harness_path(name);

	if (symlink(FAKE_PATH, path) != 0)
		assert_int_equal(errno, EEXIST);
	return path;
}

const struct caisson_launch_options *
faking_options(const char *name)
{
	static _Thread_local struct caisson_launch_options o;

	memset(&o, 0, sizeof(o));
	o.size = sizeof(o);
	o.engine = CAISSON_ENGINE_LAUNCHER;
	o.launcher = faking_path(name);
	return &o;
}

struct caisson_session *
faking_session(const char *name)
{
	struct caisson_session_options o = { .size = sizeof(o),
					     .launcher = faking_path(name) };
	struct caisson_session *session = NULL;
	struct caisson_error err;

	if (caisson_session_open(&o, &session, &err) < 0)
		fail_msg("%s", err.msg);
	return session;
}

const struct caisson_launch_options *
faking_in(struct caisson_session *session)
{
	static _Thread_local struct caisson_launch_options o;

	memset(&o, 0, sizeof(o));
	o.size = sizeof(o);
	o.session = session;
	return &o;
}

void
faking_refused(struct caisson_spec *spec,
	       const struct caisson_launch_options *options,
	       struct caisson_error *err)
{
	struct caisson_child *child = NULL;
	json_t *before = harness_snapshot();

	memset(err, 0, sizeof(*err));
	assert_int_equal(caisson_spec_freeze(spec, err), 0);
	assert_true(caisson_launch(spec, options, &child, err) < 0);
	assert_null(child);
	caisson_spec_free(spec);
	harness_assert_unchanged(before);
}

void
faking_assert(const struct caisson_error *err, int code, uint32_t stage,
	      const char *part)
{
	if (err->code == code && err->stage == stage &&
	    strstr(err->msg, part) != NULL)
		return;
	fail_msg("wanted %s at %s with \"%s\", got %s at %s: %s",
		 caisson_code_name(code), caisson_stage_name(stage), part,
		 caisson_code_name(err->code), caisson_stage_name(err->stage),
		 err->msg);
}
