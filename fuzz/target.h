/* SPDX-License-Identifier: Apache-2.0 */
/* What a fuzz target is to whoever drives it. */
#ifndef FUZZ_TARGET_H
#define FUZZ_TARGET_H

#include <stddef.h>
#include <stdint.h>

/* One input; always 0.  Aborts when a promise is broken. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
