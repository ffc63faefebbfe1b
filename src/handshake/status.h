/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The launcher's side of a handshake as a machine: what happened goes in, what
 * that means comes out.  No descriptor, no clock, no process is known here;
 * the time is what the caller says it is.
 *
 *	begin, then feed, drained, closed, died, tick in any order; once the
 *	state is not WAITING it does not change, but for lied.
 */
#ifndef HANDSHAKE_STATUS_H
#define HANDSHAKE_STATUS_H

#include "handshake/protocol.h"

/*
 * After the program has closed its status descriptor without a status it may
 * be dying: only if it still lives after so long, is it GARBLED.
 */
#define STATUS_SILENCE_MS 1000u

#define STATUS_END 0xFF /* is in no UTF-8 text */

struct status {
	const struct protocol *protocol;
	uint32_t state; /* enum caisson_start */
	bool is_closed, has_pid;
	uint64_t deadline_ms; /* of the whole; UINT64_MAX: none */
	uint64_t silence_ms; /* when closed without a status: until then */
	uint64_t reported_pid;
	size_t n; /* bytes of text */
	char text[CAISSON_STATUS_BYTES];
};

void status_begin(struct status *s, const struct protocol *protocol,
		  uint64_t deadline_ms);

/* Bytes came.  What comes after the end of the status is not looked at. */
void status_feed(struct status *s, const void *data, size_t len);
/* ... and for now there are no more: where a single write is all, this was. */
void status_drained(struct status *s);
/* The other end is closed by everybody. */
void status_closed(struct status *s, uint64_t now_ms);
/* The process has ended, and everything it wrote has been fed. */
void status_died(struct status *s);
void status_tick(struct status *s, uint64_t now_ms);
/* READY, but the kernel knows the process by another number. */
void status_lied(struct status *s);

/* When to tick at the latest; UINT64_MAX: no matter. */
uint64_t status_due_ms(const struct status *s);

/*
 * What it wrote, for people: out (size > 0) gets valid UTF-8, every other byte
 * and every control character replaced by U+FFFD (newline and tab by a space),
 * cut between characters, terminated.  FAILED: without the "failed::".
 */
void status_message(const struct status *s, char *out, size_t size);

/*
 * The program's side: the bytes that say it.  The length; never more than
 * CAISSON_STATUS_BYTES with the end, which a pipe takes in one piece.
 */
size_t status_say_ready(const struct protocol *protocol, uint64_t pid,
			char out[CAISSON_STATUS_BYTES]);
size_t status_say_failed(const struct protocol *protocol, const char *text,
			 char out[CAISSON_STATUS_BYTES]);

#endif
