/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Drives a fuzz target under AFL++: persistent mode, inputs in shared memory.
 * Compiled by afl-clang-fast only.
 */
#include "target.h"

#include <jansson.h>
#include <unistd.h>

__AFL_FUZZ_INIT();

int
main(void)
{
	const unsigned char *data;

	/* The same input must take the same way each time. */
	json_object_seed(1);
	__AFL_INIT();
	data = __AFL_FUZZ_TESTCASE_BUF;
	while (__AFL_LOOP(20000))
		(void)LLVMFuzzerTestOneInput(data,
					     (size_t)__AFL_FUZZ_TESTCASE_LEN);
	return 0;
}
