/* SPDX-License-Identifier: Apache-2.0 */
/* A map of byte strings from inside: how many entries are put in at once. */
#ifndef HANDSHAKE_CONFIG_H
#define HANDSHAKE_CONFIG_H

#include "caisson_handshake.h"

struct config_pair {
	struct caisson_bytes key, value;
	size_t at; /* of two with the same key the one with the higher stays */
};

/*
 * *out = a map of n pairs in any order, which are copied; the pairs themselves
 * are sorted.  So it takes no more than sorting does.
 */
CAISSON_CHECK int config_from_pairs(struct config_pair *pairs, size_t n,
				    struct caisson_config **out,
				    struct caisson_error *err);

#endif
