/* SPDX-License-Identifier: Apache-2.0 */
/* Launching the speaker with a handshake, and what came of it. */
#ifndef SUPPORT_SPEAKING_H
#define SUPPORT_SPEAKING_H

#include "launching.h"

#include "caisson_handshake.h"

/* The protocols' names, up to a NULL. */
extern const char *const speaking_protocols[];

/*
 * The engines that this caller can have, up to CAISSON_ENGINE_AUTO: who has
 * capabilities to give up cannot have vfork.
 */
const uint32_t *speaking_engines(void);

/*
 * An unfrozen spec of the speaker with the handshake and a deadline of
 * LAUNCHING_PATIENCE_MS.  script: steps, separated by spaces, behind the
 * step "protocol"; every process of it carries speaking_mark().  0 is a pipe
 * to it, 1 a pipe from it.
 */
struct caisson_spec *speaking_spec(const char *protocol, const char *script);

/* A word that no other process on this machine has among its arguments. */
const char *speaking_mark(void);

/* Made here, or the test fails. */
struct caisson_secret *speaking_secret(const void *data, size_t len);

/* Static, one per thread. */
const struct caisson_launch_options *
speaking_options(uint32_t engine, const struct caisson_secret *secret);

/* What the speaker's step "digest" writes about these two; static. */
const char *
speaking_digest(struct caisson_bytes config, struct caisson_bytes secret);

/* The configuration that a spec without one sends; NULL: no such protocol. */
struct caisson_bytes speaking_empty_config(const char *protocol);

/* The state now. */
struct caisson_readiness speaking_state(const struct caisson_child *child);

/* wait_ready must answer 0. */
void speaking_wait_ready(struct caisson_child *child);

/*
 * This process is to be the parent of what its children leave behind; and:
 * nothing with the mark runs any more, and no child is left.  Waits for what
 * has been killed already.
 */
void speaking_adopt(void);
void speaking_assert_nobody(void);
/* How many processes with the mark run; kill them. */
int speaking_count(void);
void speaking_kill_all(void);

#endif
