/* SPDX-License-Identifier: Apache-2.0 */
/* The handle's part in a handshake: what it knows, and what it does. */
#ifndef RUN_HANDLE_HANDSHAKE_H
#define RUN_HANDLE_HANDSHAKE_H

#include "handshake/status.h"
#include "run/handle.h"

/* Needed until it is decided; and then, if there is a message. */
struct handle_listening {
	struct status status;
	char message[CAISSON_STATUS_BYTES + 1];
};

/* Under the handle's mutex, but for the descriptor. */
struct handle_handshake {
	atomic_int fd; /* our end of the status pipe; -1: no more */
	uint32_t state; /* enum caisson_start */
	const struct protocol *protocol;
	uint64_t timeout_ms, reported_pid;
	int64_t decided_ns;
	struct handle_listening *listening; /* NULL: decided, no message */
};

/* Memory only. */
CAISSON_CHECK int handle_handshake_new(const struct launch *l,
				       struct handle_handshake **out,
				       struct caisson_error *err);
void handle_handshake_free(struct handle_handshake *h); /* NULL ok */
size_t handle_handshake_bytes(const struct handle_handshake *h); /* too */
void handle_handshake_start(struct handle_handshake *h, struct launch *l);

/*
 * With the mutex; nothing, where there is none or it is decided.  ended: the
 * process is dead, and has not been reaped.
 */
void handle_handshake_look(struct caisson_child *c, uint64_t now_ms);
void handle_handshake_ended(struct caisson_child *c, uint64_t now_ms);
uint64_t handle_handshake_due(const struct caisson_child *c);

#endif
