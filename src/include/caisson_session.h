/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libcaisson: launching as somebody else without having the privilege.
 *
 *	session = open		(starts the launcher, once)
 *	caisson_launch with options.session, as often as wanted
 *	close			(everything not detached ends)
 *
 * The launcher is a small setuid program that carries out what the grants of
 * the administrator permit; see caisson-launcher(8) and caisson-grants(5).  A
 * caller that has the privilege itself needs none of this.  caisson_launch
 * opens a session for a single launch by itself when the spec needs privilege
 * that the caller lacks; keeping one saves the start of the launcher each time.
 *
 * Handles of children launched so work as all others: wait, signal, kill,
 * descriptors, handshake, monitor.  Signals go through the session.
 *
 * The conventions (errors, ownership) are those of caisson.h.  Threads: every
 * function may be called by any thread at any time, but that close is the last
 * one.  Not usable in a forked child: it belongs to the process that opened it,
 * and when that ends, by whatever cause, so does everything not detached.
 */
#ifndef CAISSON_SESSION_H
#define CAISSON_SESSION_H

#include "caisson.h"

#ifdef __cplusplus
extern "C" {
#endif

#pragma GCC visibility push(default)

struct caisson_session_options {
	uint32_t size; /* as struct caisson_launch_options */
	/*
	 * 1: for one launch.  After it the launcher gives up everything but
	 * the right to signal.  Only such a session can detach.
	 */
	uint32_t once;
	/* The launcher's absolute path; NULL: as installed. */
	const char *launcher;
	uint64_t timeout_ms; /* for it to begin; 0: 10 s */
};

/*
 * Starts a launcher.  options NULL: all defaults.  CAISSON_E_PRIVILEGE: it is
 * there, but has no privilege here (the message says why); CAISSON_E_NOT_FOUND:
 * it is not installed; CAISSON_E_TIMEOUT: it said nothing in time.
 */
CAISSON_CHECK int
caisson_session_open(const struct caisson_session_options *options,
		     struct caisson_session **out, struct caisson_error *err);

/*
 * Ends the session: everything launched in it that is not detached is killed,
 * with all descendants, and is gone on return.  Handles of its children stay
 * valid, with their exit.  NULL ok.
 */
void caisson_session_close(struct caisson_session *session);

/*
 * Borrowed; readable when something has happened to one of its children, or to
 * the session itself.  For a loop of the caller's; then call dispatch.
 */
int caisson_session_fd(const struct caisson_session *session);

/*
 * Take in what has come, without blocking.  CAISSON_E_SYSTEM: the launcher is
 * gone, and so is what ran in the session.
 */
CAISSON_CHECK int caisson_session_dispatch(struct caisson_session *session,
					   struct caisson_error *err);

/*
 * A process that the session did not start, or that was detached: allowed by a
 * grant that has "signal" for its uid.  CAISSON_E_DENIED otherwise.
 */
CAISSON_CHECK int caisson_session_signal(struct caisson_session *session,
					 int pidfd, int signo,
					 struct caisson_error *err);

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif
#endif
