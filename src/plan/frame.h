/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What library and launcher say to each other: one frame is one message of
 * their SOCK_SEQPACKET socket, so that its length is known and none is cut.
 *
 *	frame = type {number} [bytes]
 *
 * Type and numbers are 8 bytes, big-endian, as many as the type has; then, for
 * some types, a frame of bytes; and no more.  Descriptors come beside it.  The
 * library asks and the launcher answers; of a request that it takes up each
 * answer bears the number.  HELLO comes first and keeps its form for ever.
 */
#ifndef PLAN_FRAME_H
#define PLAN_FRAME_H

#include "caisson.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FRAME_VERSION     1u
#define FRAME_INLINE_MAX  65536u /* bytes of a plan; a larger one is a memfd */
#define FRAME_NUMBERS_MAX 11u
#define FRAME_SIZE_MAX    (8u * (2u + FRAME_NUMBERS_MAX) + FRAME_INLINE_MAX)
#define FRAME_FDS_MAX     134u /* a memfd, and what the program gets */
#define FRAME_TEXT_MAX    4095u

enum frame_type {
	/* requests */
	FRAME_HELLO = 1,
	FRAME_LAUNCH,
	FRAME_SIGNAL,
	FRAME_CLOSE, /* the session: as the end of the socket */
	/* answers */
	FRAME_WELCOME, /* to HELLO */
	FRAME_ACCEPTED, /* by a grant, LAUNCH or SIGNAL */
	FRAME_DENIED, /* likewise; and that was it */
	FRAME_STARTED, /* the program runs; its pidfd comes with it */
	FRAME_FAILED, /* it does not, or the signal was not sent */
	FRAME_EXITED, /* it ran */
	FRAME_REFUSED, /* what came is not a request; the session ends */
	FRAME_TYPES,
};

/* Whom a signal is for. */
enum frame_whom {
	FRAME_PROCESS = 1,
	FRAME_GROUP = 2,
	FRAME_TREE = 3,
	FRAME_DETACHED = 4, /* no child of this session: its pidfd comes too */
};

/* All members are numbers, in the order in which they travel. */
struct frame_hello {
	uint64_t lowest, highest; /* versions spoken */
	uint64_t once; /* 1: for one launch, and next to no privilege then */
};
struct frame_launch {
	uint64_t request;
	uint64_t detach; /* it outlives the session, and what started it */
	uint64_t timeout_ms, kill_grace_ms; /* wall time, 0: none */
	uint64_t memfd; /* 1: the first descriptor is the plan, not bytes */
};
struct frame_signal {
	uint64_t request, child; /* the request that launched it; or 0 */
	uint64_t whom, signal; /* enum frame_whom */
};
struct frame_welcome {
	uint64_t version, plan_max, inline_max, fds_max, children_max;
};
struct frame_accepted {
	uint64_t request;
	uint64_t line; /* of the grant, in the file of the bytes; 0: none */
};
struct frame_denied {
	uint64_t request, line; /* 0: no grant fits */
	uint64_t field, index, allowed, asked; /* as struct grant_answer */
};
struct frame_started {
	uint64_t request, pid, pgid, sid; /* and what it read of itself: */
	uint64_t nice, umask, seccomp; /* nice: above -20 */
};
struct frame_failed {
	uint64_t request, code; /* -enum caisson_code */
	uint64_t stage, error, index; /* as in struct caisson_error */
};
struct frame_exited {
	uint64_t request, how, value, core, timed_out, has_usage;
	uint64_t user_us, system_us, max_rss_kib, started_ns, ended_ns;
};
struct frame_refused {
	uint64_t fault, type; /* enum frame_fault; what came as a type */
};

struct frame {
	uint32_t type; /* enum frame_type */
	union {
		uint64_t number[FRAME_NUMBERS_MAX];
		struct frame_hello hello;
		struct frame_launch launch;
		struct frame_signal signal;
		struct frame_welcome welcome;
		struct frame_accepted accepted;
		struct frame_denied denied;
		struct frame_started started;
		struct frame_failed failed;
		struct frame_exited exited;
		struct frame_refused refused;
	};
	/* LAUNCH: the plan; ACCEPTED, DENIED: the name of a file */
	const uint8_t *bytes;
	size_t len;
	size_t n_fds; /* that come with it */
};

enum frame_fault {
	FRAME_FINE = 0,
	FRAME_BAD_TYPE, /* none, or one that the other side says */
	FRAME_BAD_LENGTH, /* cut short, or something follows */
	FRAME_BAD_NUMBER, /* out of its range */
	FRAME_BAD_FDS, /* too many, or too few */
	FRAME_BAD_FIT, /* numbers, bytes and descriptors do not go together */
	FRAME_FAULTS,
};

/*
 * One message.  n_fds descriptors came with it; answers: it must be an answer,
 * else a request.  *out is filled when it is fine, and points into data.
 */
CAISSON_CHECK enum frame_fault frame_decode(const uint8_t *data, size_t len,
					    size_t n_fds, bool answers,
					    struct frame *out);

/* Its length; 0: there is no room, or the other side would not decode it. */
CAISSON_CHECK size_t frame_encode(const struct frame *frame, uint8_t *data,
				  size_t room);

#endif
