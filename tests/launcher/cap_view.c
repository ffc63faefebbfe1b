/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cap_view PID: the five capability sets of a process as libcap-ng sees them,
 * as numbers: inheritable, permitted, effective, bounding, ambient.
 */
#include <cap-ng.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static uint64_t
set_of(capng_type_t type)
{
	uint64_t set = 0;

	for (unsigned cap = 0; cap <= (unsigned)CAP_LAST_CAP; cap++)
		if (capng_have_capability(type, cap) == 1)
			set |= (uint64_t)1 << cap;
	return set;
}

int
main(int argc, char **argv)
{
	static const capng_type_t types[] = { CAPNG_INHERITABLE,
					      CAPNG_PERMITTED, CAPNG_EFFECTIVE,
					      CAPNG_BOUNDING_SET,
					      CAPNG_AMBIENT };

	if (argc != 2)
		return 2;
	capng_setpid(atoi(argv[1]));
	if (capng_get_caps_process() != 0)
		return 1;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		(void)printf("%" PRIx64 "\n", set_of(types[i]));
	return 0;
}
