/* SPDX-License-Identifier: Apache-2.0 */
/* The launcher's sessions as the rest of the library sees them. */
#ifndef RUN_SESSION_SESSION_H
#define RUN_SESSION_SESSION_H

#include "caisson_session.h"

#include "run/process.h"

#include <stdbool.h>
#include <stdint.h>

struct launch;

/*
 * A program of a session: what a handle has besides a pidfd.  Its functions may
 * be called with the handle's mutex, by any thread, and never sleep, except
 * where it says so.
 */
struct session_child;

/*
 * plan.c: what the launcher will do, instead of what the caller could; after
 * the identity is known.  program: after the program has been looked at.
 */
CAISSON_CHECK int session_plan(struct launch *l, struct caisson_error *err);
CAISSON_CHECK int
session_plan_program(struct launch *l, int program, struct caisson_error *err);
/* Is it refused for want of privilege what a launcher could do? */
bool session_could(const struct launch *l);
/* 0, or the errno for which the launcher cannot be started by us. */
int session_launcher_error(const struct launch *l);
/* To be said to who has been refused: ", or ...", or "". */
const char *session_other_way(const struct launch *l);
/* Would the child's steps fail for want of privilege? */
bool session_lacks_resources(const struct launch *l);

/*
 * launch.c, in this order.  begin: a session, if none is given; sleeps.  send:
 * plan and descriptors have been sent; sleeps while there is no room.  confirm:
 * sleeps; on success the launch has its pid, pidfd and report.
 */
CAISSON_CHECK int
session_launch_begin(struct launch *l, struct caisson_error *err);
CAISSON_CHECK int
session_launch_send(struct launch *l, struct caisson_error *err);
CAISSON_CHECK int
session_launch_confirm(struct launch *l, struct caisson_error *err);

/* child.c */
enum session_end {
	SESSION_RUNS = 0, /* nothing is known of an end */
	SESSION_ENDED = 1, /* *out */
	SESSION_LEFT = 2, /* no launcher any more: the kernel may know */
};

struct session_status {
	uint32_t how; /* enum caisson_how */
	int32_t value;
	bool core, timed_out, has_usage;
	uint64_t user_us, system_us, max_rss_kib;
	int64_t started_ns, ended_ns;
};

/* Takes in what has come. */
enum session_end
session_child_look(struct session_child *via, struct session_status *out);
/* Readable from its end, or that of the session, on. */
int session_child_news(const struct session_child *via);
/* Readable when something has come for any of the session; -1: no more. */
int session_child_socket(const struct session_child *via);
/* "FILE:LINE" of the grant, NULL: none. */
const char *session_child_grant(const struct session_child *via);
/* The process of its launcher, which is our child; 0: it has ended. */
int32_t session_launcher(const struct caisson_session *session);
int32_t session_child_launcher(const struct session_child *via);
/* Outlives its session. */
bool session_child_is_detached(const struct session_child *via);
size_t session_child_bytes(const struct session_child *via);

/*
 * 0 or a negative errno.  post: it has been sent, and nobody hears what became
 * of it; -EAGAIN: there is no room now.  signal: sleeps for the answer.
 */
int session_child_post(struct session_child *via, int signo, uint32_t scope);
int session_child_signal(struct session_child *via, int signo, uint32_t scope);

/* And its session, if that was for this one.  Sleeps.  NULL ok. */
void session_child_free(struct session_child *via);

#endif
