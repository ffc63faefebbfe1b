/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looking for a secret where it must not be.  It holds a text that is unique
 * (a nonce), which the hunter itself knows only in disguise: it would find
 * its own copy otherwise.
 */
#ifndef SECRETS_HUNTING_H
#define SECRETS_HUNTING_H

#include "speaking.h"

#include <stdio.h>

#define NONCE_LEN 64 /* hexadecimal digits */

struct nonce {
	uint8_t hidden[NONCE_LEN];
};

/* Another one at every call. */
struct nonce nonce_new(void);

/* The text itself, without an end, where it is wanted. */
void nonce_write(const struct nonce *n, void *to);

/*
 * A secret of len bytes that begins and ends with it (len: 0 or at least
 * NONCE_LEN); nothing else that this makes is left.
 */
struct caisson_secret *nonce_secret(const struct nonce *n, size_t len);

/* A copy on the heap: what the hunt must find.  free() it. */
void *nonce_copy(const struct nonce *n);

/* Is any sixteenth of it, or more, in these bytes? */
bool nonce_is_in(const struct nonce *n, const void *data, size_t len);
/* The same of all that can be read there. */
bool nonce_is_in_file(const struct nonce *n, const char *path);

/*
 * How many places in the memory of a process hold some of it, those that
 * begin inside of [from, from + len) not counted.
 */
struct nonce_range {
	const void *from;
	size_t len;
};
size_t nonce_count_in_memory(const struct nonce *n, int pid,
			     struct nonce_range except);

/* In the arguments, environment or name of any process. */
bool nonce_is_in_proc(const struct nonce *n);

#endif
