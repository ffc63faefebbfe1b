/* SPDX-License-Identifier: Apache-2.0 */
/* The spec's life: born with nothing in it, freed with everything. */
#include "spec/spec.h"

#include "base/err.h"
#include "spec/strlist.h"

#include <stdlib.h>

static void
set_defaults(struct caisson_spec *spec)
{
	spec->id.uid = -1;
	spec->id.gid = -1;
	spec->process.group = CAISSON_GROUP_NEW;
	spec->kill_grace_ms = SPEC_GRACE_MS;
	spec->handshake.data_fd = SPEC_DATA_FD;
	spec->handshake.status_fd = SPEC_STATUS_FD;
}

int
caisson_spec_new(struct caisson_spec **out, struct caisson_error *err)
{
	struct caisson_spec *spec;

	if (out == NULL)
		return err_usage(err, "out is NULL");
	spec = calloc(1, sizeof(*spec));
	if (spec == NULL)
		return err_no_memory(err, CAISSON_STAGE_SPEC);
	set_defaults(spec);
	*out = spec;
	return 0;
}

static void
free_fds(struct caisson_spec *spec)
{
	for (size_t i = 0; i < 3; i++)
		free(spec->stdio[i].path);
	for (size_t i = 0; i < spec->n_extra; i++)
		free(spec->extra[i].path);
	free(spec->extra);
}

static void
free_handshake(struct spec_handshake *handshake)
{
	free(handshake->protocol);
	free(handshake->config);
	strlist_done(&handshake->keys);
	strlist_done(&handshake->values);
}

void
caisson_spec_free(struct caisson_spec *spec)
{
	if (spec == NULL)
		return;
	free(spec->path);
	strlist_done(&spec->argv);
	strlist_done(&spec->env_names);
	strlist_done(&spec->env_values);
	free(spec->cwd);
	free(spec->id.groups);
	free(spec->id.user);
	free(spec->id.group);
	strlist_done(&spec->capabilities);
	free(spec->profile);
	free(spec->policy);
	free(spec->filter);
	free_fds(spec);
	free(spec->process.chroot);
	free(spec->rlimits);
	free_handshake(&spec->handshake);
	free(spec);
}
