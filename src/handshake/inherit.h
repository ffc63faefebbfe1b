/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The program's side of a handshake, in its parts: find what was handed over,
 * read it, answer.
 */
#ifndef HANDSHAKE_INHERIT_H
#define HANDSHAKE_INHERIT_H

#include "handshake/payload.h"
#include "handshake/protocol.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/types.h>

#define INHERIT_TIMEOUT_MS 30000u

struct caisson_inherited {
	const struct protocol *protocol;
	uint8_t *config; /* heap, as long as the process lives; so is map */
	size_t config_len;
	struct caisson_config *map; /* NULL: no map in this protocol */
	_Atomic(struct caisson_secret *) secret; /* NULL: released */
	int32_t pid; /* who inherited: it alone answers */
	struct caisson_secret *mark; /* one byte, not 0, and 0 in a fork */
	uint64_t timeout_ms;
	pthread_mutex_t mutex; /* of what follows */
	int status_fd; /* -1: closed */
	uint32_t told; /* enum caisson_start: WAITING, READY or FAILED */
	struct caisson_error answer; /* to what was told; code 0: it was sent */
};

struct inherit_place {
	const struct protocol *protocol;
	int data_fd, status_fd;
};

/* Where it is, as the environment says; that forgets it, whatever it said. */
CAISSON_CHECK int
inherit_find(struct inherit_place *out, struct caisson_error *err);

/* fd, close-on-exec from now on; -1: it is not open. */
CAISSON_CHECK int inherit_own_fd(int fd);

/* Are they open, and what can be read from and written to? */
CAISSON_CHECK int inherit_check_fds(const struct inherit_place *place,
				    const int fds[2],
				    struct caisson_error *err);

/* All of it, and nothing after it. */
CAISSON_CHECK int inherit_read(int fd, uint64_t until_ms,
			       struct payload_reader *reader,
			       struct caisson_error *err);

/*
 * One read (POLLIN) or write (POLLOUT) as soon as that is possible, whether fd
 * blocks or not: its flags are shared with others.  How much; or -1 with
 * errno, which is ETIMEDOUT where it was not possible by until_ms.  Where it is
 * possible at once the time does not matter.
 */
ssize_t inherit_transfer(int fd, short event, void *data, size_t len,
			 uint64_t until_ms);

/* When a time that starts now is over. */
uint64_t inherit_until(uint64_t timeout_ms);

/* Is this process a fork of the one that inherited? */
bool inherit_is_fork(const struct caisson_inherited *in);

#endif
