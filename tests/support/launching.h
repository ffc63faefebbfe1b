/* SPDX-License-Identifier: Apache-2.0 */
/* Launching the reporter, and what came of it. */
#ifndef SUPPORT_LAUNCHING_H
#define SUPPORT_LAUNCHING_H

#include "harness.h"

#include "caisson.h"

/* How long a test waits for what must happen, in milliseconds. */
#define LAUNCHING_PATIENCE_MS 20000u

/*
 * An unfrozen spec of the reporter.  members: members of the spec's JSON
 * object with ' for " ("'process':{'nice':5}"), or NULL.  Then the arguments
 * behind argv[0], up to a NULL.
 */
struct caisson_spec *launching_spec(const char *members, ...)
    __attribute__((sentinel));

/* Set members of an unfrozen spec, as above. */
void launching_set(struct caisson_spec *spec, const char *members);

/* Options with this engine, static, one per thread. */
const struct caisson_launch_options *launching_engine(uint32_t engine);

/* Freeze and launch, which must work.  Frees the spec. */
struct caisson_child *
launching_start(struct caisson_spec *spec,
		const struct caisson_launch_options *options);

/*
 * Freeze and launch, which must fail, leave the caller as it was and no child.
 * Frees the spec.
 */
void launching_refused(struct caisson_spec *spec,
		       const struct caisson_launch_options *options,
		       struct caisson_error *err);

/* Everything from the caller's end of a pipe or socket, as text; free(). */
char *launching_read(struct caisson_child *child, int fd);
/* Its first line only, the end stays open. */
const char *launching_read_line(struct caisson_child *child, int fd);

/* Wait, which must work; free the child. */
struct caisson_exit launching_finish(struct caisson_child *child);

/* Start, wait for exit status 0, return what it wrote to fd 1; free(). */
char *launching_output(struct caisson_spec *spec,
		       const struct caisson_launch_options *options);
/* The same as JSON. */
json_t *launching_json(struct caisson_spec *spec,
		       const struct caisson_launch_options *options);

/* A reporter that was asked for its state, and its answer. */
struct launched {
	json_t *state;
	int32_t pid;
	uint32_t engine;
	bool confined; /* by a seccomp filter */
	uint64_t pipe_dev, pipe_ino; /* its stdout */
};

struct launched launching_state(const char *members,
				const struct caisson_launch_options *options);

/* A member of an object: it must be there. */
long launching_number(const json_t *object, const char *name);
const char *launching_string(const json_t *object, const char *name);

/* err is this code at this stage with this message. */
void launching_assert_error(const struct caisson_error *err, int code,
			    uint32_t stage, const char *msg);

#endif
