/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A map of strings in VOM, the encoding of the older systems, in its two
 * versions.  Only this one type; the format is written down in vom.c.
 */
#ifndef HANDSHAKE_VOM_H
#define HANDSHAKE_VOM_H

#include "caisson_handshake.h"

#include <stdint.h>

#define VOM_80 0x80 /* "veyron" */
#define VOM_81 0x81 /* "v23" */

CAISSON_CHECK int vom_encode(const struct caisson_config *config,
			     uint8_t version, void **out, size_t *out_len,
			     struct caisson_error *err);
CAISSON_CHECK int vom_decode(uint8_t version, struct caisson_bytes data,
			     struct caisson_config **out,
			     struct caisson_error *err);

#endif
