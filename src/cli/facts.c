/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a spec says, as far as it concerns whoever runs it.  The command reads
 * the frozen spec from inside: its printed form would refuse strings that are
 * not UTF-8, which arguments may well be.
 */
#include "cli/facts.h"

#include "spec/spec.h"

#include <stdlib.h>

static void
learn(struct facts *f, const struct spec_fd *fd)
{
	if (fd->kind == SPEC_FD_PIPE || fd->kind == SPEC_FD_SOCKETPAIR)
		f->ends[f->n_ends++] = (int)fd->fd;
	if (fd->kind == SPEC_FD_INHERIT)
		f->inherited[f->n_inherited++] = (int)fd->from;
}

static int
ascending(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

/* At most 3 and SPEC_EXTRA_MAX of them: freeze has seen to it. */
void
facts_read(const struct caisson_spec *spec, struct facts *out)
{
	struct facts f = {
		.timeout_ms = (uint64_t)spec->timeout_ms,
		.has_handshake = spec->handshake.has,
		.is_foreground = spec->process.foreground,
		.is_traced = spec->process.ptrace,
		.parent_death_signal = (int)spec->process.parent_death_signal,
	};

	for (size_t i = 0; i < 3; i++)
		learn(&f, &spec->stdio[i]);
	for (size_t i = 0; i < spec->n_extra; i++)
		learn(&f, &spec->extra[i]);
	qsort(f.ends, f.n_ends, sizeof(f.ends[0]), ascending);
	*out = f;
}

bool
facts_name_group(const struct caisson_spec *spec)
{
	return spec->process.has_group || spec->process.session;
}

bool
facts_name_stdin(const struct caisson_spec *spec)
{
	return spec->stdio[0].kind != 0;
}

bool
facts_name_stdio(const struct caisson_spec *spec, int fd)
{
	return spec->stdio[fd].kind != 0;
}

struct facts_handshake
facts_handshake(const struct caisson_spec *spec)
{
	return (struct facts_handshake){
		.protocol = spec->handshake.protocol,
		.data_fd = (int)spec->handshake.data_fd,
		.status_fd = (int)spec->handshake.status_fd,
	};
}

bool
facts_inherits(const struct facts *facts, int fd)
{
	for (size_t i = 0; i < facts->n_inherited; i++)
		if (facts->inherited[i] == fd)
			return true;
	return false;
}
