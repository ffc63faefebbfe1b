/* SPDX-License-Identifier: Apache-2.0 */
/* Other formats to policy text, for callers of the library. */
#include "policy/api/api.h"

#include "base/err.h"

#include <string.h>

int
caisson_policy_import(uint32_t format, const char *text,
		      const struct caisson_policy_options *options, char **out,
		      struct caisson_error *err)
{
	struct load_source source = { import_oci, text, 0 };
	struct load_options load;
	int r;

	if (text == NULL || out == NULL)
		return err_usage(err, "text or out is NULL");
	r = api_load_options(options, &load, err);
	if (r < 0)
		return r;
	if (format == CAISSON_POLICY_SYSTEMD)
		source.run = import_systemd;
	else if (format != CAISSON_POLICY_OCI)
		return err_usage(err, "format %u is none", format);
	source.len = strlen(text);
	return load_convert(&source, &load, out, err);
}
