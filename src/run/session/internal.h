/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions from inside: see the theory of operation in session.c. */
#ifndef RUN_SESSION_INTERNAL_H
#define RUN_SESSION_INTERNAL_H

#include "run/session/session.h"

#include "base/wire.h"
#include "plan/frame.h"
#include "plan/start.h"

#include <pthread.h>
#include <stddef.h>

/* The longest answer: numbers and a text. */
#define SESSION_ANSWER_MAX \
	(WIRE_U64 * (2u + FRAME_NUMBERS_MAX) + FRAME_TEXT_MAX)
#define SESSION_FDS_MAX 4u

/* How long the launcher may take for what it never sleeps for. */
#define SESSION_ANSWER_MS 10000u
/* The same for the end of everything. */
#define SESSION_END_MS 10000u

enum session_state {
	SESSION_ASKED = 1,
	SESSION_ACCEPTED,
	SESSION_DENIED,
	SESSION_STARTED,
	SESSION_FAILED,
	SESSION_EXITED,
};

/* What was asked and is not over.  All under the session's lock. */
struct session_request {
	uint64_t number; /* 0: not asked yet */
	bool is_launch;
	enum session_state state;
	int news; /* eventfd: the state has changed */
	int pidfd; /* came with STARTED; -1 */
	struct frame answer; /* DENIED, STARTED, FAILED; no bytes */
	struct frame_exited exited;
	char *file; /* of the grant: NUL-terminated; NULL: none */
	uint64_t line;
	struct session_request *next; /* in the session */
};

struct session_child {
	struct session_request request;
	struct caisson_session *session; /* counted */
	bool owns_session, is_detached, is_known;
	char *grant;
};

struct caisson_session {
	/* not changed after open */
	int sock; /* open until it is freed: others may poll it */
	int launcher; /* its pidfd */
	bool once;
	struct frame_welcome welcome;

	pthread_mutex_t lock; /* over all that follows */
	unsigned users; /* the owner, and its children */
	bool is_welcome, is_used;
	bool is_over; /* nothing will come any more: */
	struct caisson_error why;
	uint64_t last; /* request's number */
	struct session_request *requests;
	uint8_t in[SESSION_ANSWER_MAX + 1];
	uint8_t out[FRAME_SIZE_MAX];
};

/* begin.c: the process.  Outputs: our end, and its pidfd. */
CAISSON_CHECK int session_begin(const char *path, int *sock, int *launcher,
				struct caisson_error *err);
/* Why it ended before it said a word. */
CAISSON_CHECK int
session_explain_end(const char *path, int launcher, struct caisson_error *err);
/* As installed. */
const char *session_launcher_path(const char *path);

/* begin_child.c: runs in our memory, and writes error only. */
struct session_begin {
	const char *path;
	char *const *argv, *const *envp;
	int sock;
	volatile int error;
};
int session_begin_child(void *begin);

/* answers.c, with the lock.  Whatever has come, and nothing more. */
void session_take_in(struct caisson_session *s);

/* talk.c, all with the lock. */
/*
 * Once it is sent request is known, under a new number.  0 or a negative
 * errno; -EPIPE: it is over.  until: CLOCK_MONOTONIC, ms; sleeps without the
 * lock.
 */
struct session_message {
	struct frame frame;
	const int *fds;
};
int session_ask(struct caisson_session *s, struct session_request *request,
		struct session_message *message, uint64_t until);
/* The same without sleeping, and without an answer. */
int session_tell(struct caisson_session *s, struct session_message *message);
/*
 * Sleeps, without the lock, until its state is another, or it is over.  false:
 * it was too late.
 */
bool session_await(struct caisson_session *s, struct session_request *request,
		   uint64_t until);
/* HELLO and what is said to it; CLOSE and what is said until the end. */
void session_greet(struct caisson_session *s, struct session_message *message,
		   struct session_request *wait, uint64_t until);
void session_hang_up(struct caisson_session *s, struct session_message *message,
		     uint64_t until);
/* 0 or a negative errno. */
int session_request_init(struct session_request *request, bool is_launch);
void session_request_done(struct session_request *request);
void session_forget(struct caisson_session *s, struct session_request *request);
/* It is over: so all are told.  As err_set. */
void session_end(struct caisson_session *s, const struct caisson_error *why);
/* Again, to somebody who asks. */
CAISSON_CHECK int
session_is_over(const struct caisson_session *s, struct caisson_error *err);

/* A signal's answer as 0 or a negative errno; denied: -EPERM.  Sleeps. */
int session_signal(struct caisson_session *s, struct session_message *message,
		   struct session_request *request);

/* session.c: without the lock. */
void session_keep(struct caisson_session *s);
void session_drop(struct caisson_session *s);

/* denied.c: DENIED in words. */
struct session_asked {
	uint32_t uid, gid;
	const char *path, *chroot;
	char *const *env; /* in the order in which it was sent */
	bool signal;
};
CAISSON_CHECK int session_explain_denied(const struct session_request *request,
					 const struct session_asked *asked,
					 struct caisson_error *err);

#endif
