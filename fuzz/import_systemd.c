/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzz target: systemd's units to policy text, with little and with much
 * that the options say.  importing.h has the promises.
 */
#include "target.h"

#include "importing.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const caps[] = { "CAP_SYS_ADMIN", "CAP_KILL", NULL };

	check_import(import_systemd, data, size, (struct import_options){ 0 });
	check_import(import_systemd, data, size,
		     (struct import_options){ .capabilities = caps,
					      .kernel_major = 4,
					      .kernel_minor = 8,
					      .ignore_unknown = true });
	return 0;
}
