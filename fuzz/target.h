/* SPDX-License-Identifier: Apache-2.0 */
/* What a fuzz target is to whoever drives it. */
#ifndef FUZZ_TARGET_H
#define FUZZ_TARGET_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* A broken promise: what it was, and a core for the fuzzer. */
#define PROMISE(holds)                                                 \
	do {                                                           \
		if (!(holds)) {                                        \
			(void)fprintf(stderr, "%s:%d: %s\n", __FILE__, \
				      __LINE__, #holds);               \
			abort();                                       \
		}                                                      \
	} while (0)

/* One input; always 0.  Aborts when a promise is broken. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
