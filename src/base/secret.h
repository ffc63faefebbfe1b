/* SPDX-License-Identifier: Apache-2.0 */
/* Secrets from inside: how they are filled, wiped and compared. */
#ifndef BASE_SECRET_H
#define BASE_SECRET_H

#include "caisson_handshake.h"

#include <stdint.h>

/* A secret of len bytes, all 0, to be filled before anybody else sees it. */
CAISSON_CHECK int secret_alloc(size_t len, struct caisson_secret **out,
			       struct caisson_error *err);
uint8_t *secret_bytes(struct caisson_secret *secret);

/* Not optimised away. */
void secret_wipe(void *data, size_t len);

/* Equal?  The time depends on len alone. */
bool secret_is_equal(const void *a, const void *b, size_t len);

/* A local that is wiped and freed at the end of its scope. */
void secret_cleanup(struct caisson_secret **secret);
#define SECRET_OWNED \
	__attribute__((cleanup(secret_cleanup))) struct caisson_secret *

#endif
