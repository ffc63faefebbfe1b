/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the tests of the status machine compare it with: slow, and made in
 * another way.
 */
#ifndef HANDSHAKE_STATUS_REFERENCE_H
#define HANDSHAKE_STATUS_REFERENCE_H

#include "handshake/status.h"

enum event_kind {
	FEED,
	DRAINED,
	CLOSED,
	DIED,
	TICK
};

struct event {
	enum event_kind kind;
	const char *data;
	size_t len;
	uint64_t now_ms;
};

struct outcome {
	uint32_t state;
	bool has_pid;
	uint64_t pid;
};

void play(struct status *s, const struct event *e);

/* From the whole history, every time. */
struct outcome reference(const struct protocol *protocol, uint64_t deadline_ms,
			 const struct event *events, size_t n);

/* Decode, encode again, and see whether it is the same: bytes, or 0. */
size_t
reference_character(const unsigned char *s, size_t left, uint32_t *code_point);

/* What people get to read of text, whole; terminated, out large enough. */
size_t reference_message(const char *text, size_t n, char *out);

#endif
