/* SPDX-License-Identifier: Apache-2.0 */
/* Launching through a launcher that is none: fake.c. */
#ifndef SESSION_FAKING_H
#define SESSION_FAKING_H

#include "launching.h"

#include "caisson_session.h"

/* The path of one that behaves like this. */
const char *faking_path(const char *name);
/* Options for one launch with it; static, one per thread. */
const struct caisson_launch_options *faking_options(const char *name);
/* A session with it, which must open. */
struct caisson_session *faking_session(const char *name);
/* Options of a launch in a session; static, one per thread. */
const struct caisson_launch_options *faking_in(struct caisson_session *session);

/* As launching_refused, where a launcher of ours is alive all the time. */
void faking_refused(struct caisson_spec *spec,
		    const struct caisson_launch_options *options,
		    struct caisson_error *err);

/* err is this code at this stage, and says this somewhere. */
void faking_assert(const struct caisson_error *err, int code, uint32_t stage,
		   const char *part);

#endif
