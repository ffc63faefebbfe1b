/* SPDX-License-Identifier: Apache-2.0 */
/* Setters: resource limits and times.  They only fill the spec. */
#include "base/err.h"
#include "base/names.h"
#include "spec/edit.h"
#include "spec/pointer.h"

#include <stdlib.h>

static struct spec_rlimit *
find_rlimit(const struct caisson_spec *spec, int resource)
{
	for (size_t i = 0; i < spec->n_rlimits; i++)
		if (spec->rlimits[i].resource == resource)
			return &spec->rlimits[i];
	return NULL;
}

int
caisson_spec_set_rlimit(struct caisson_spec *spec, const char *name,
			uint64_t soft, uint64_t hard, struct caisson_error *err)
{
	int r = edit_begin(spec, err), resource;
	struct spec_rlimit *limit;

	if (r < 0)
		return r;
	if (name == NULL)
		return err_usage(err, "name is NULL");
	resource = names_rlimit(name);
	if (resource < 0)
		return err_spec(err, AT_KEY("/rlimits", name),
				"no such resource limit");
	limit = find_rlimit(spec, resource);
	if (limit == NULL) {
		limit = reallocarray(spec->rlimits, spec->n_rlimits + 1,
				     sizeof(*limit));
		if (limit == NULL)
			return err_no_memory(err, CAISSON_STAGE_SPEC);
		spec->rlimits = limit;
		limit += spec->n_rlimits++;
	}
	*limit = (struct spec_rlimit){ resource, soft, hard };
	return 0;
}

int
caisson_spec_set_timeout_ms(struct caisson_spec *spec, uint64_t timeout_ms,
			    struct caisson_error *err)
{
	int r = edit_begin(spec, err);

	if (r < 0)
		return r;
	spec->timeout_ms = edit_clamp(timeout_ms);
	return 0;
}

int
caisson_spec_set_kill_grace_ms(struct caisson_spec *spec, uint64_t grace_ms,
			       struct caisson_error *err)
{
	int r = edit_begin(spec, err);

	if (r < 0)
		return r;
	spec->kill_grace_ms = edit_clamp(grace_ms);
	return 0;
}
