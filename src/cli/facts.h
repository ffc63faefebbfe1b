/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a frozen spec says about things that concern whoever runs it.
 */
#ifndef CLI_FACTS_H
#define CLI_FACTS_H

#include "caisson.h"

#include <stdbool.h>
#include <stddef.h>

#define FACTS_FDS_MAX 131u /* 0 to 2 and 128 more */

struct facts {
	/* descriptors whose other end is ours, ascending */
	int ends[FACTS_FDS_MAX];
	size_t n_ends;
	/* our descriptors that the program inherits */
	int inherited[FACTS_FDS_MAX];
	size_t n_inherited;
	uint64_t timeout_ms;
	bool has_handshake, is_foreground, is_traced;
	int parent_death_signal; /* 0: none */
};

void facts_read(const struct caisson_spec *spec, struct facts *out);

/* Does a spec, not yet frozen, say what group or session there is to be? */
bool facts_name_group(const struct caisson_spec *spec);
/* ... what its standard input is to be? */
bool facts_name_stdin(const struct caisson_spec *spec);

/* ... what descriptor 0, 1 or 2 is to be? */
bool facts_name_stdio(const struct caisson_spec *spec, int fd);

/* The handshake of a spec that may not yet be frozen. */
struct facts_handshake {
	const char *protocol; /* NULL: none is named */
	int data_fd, status_fd;
};

struct facts_handshake facts_handshake(const struct caisson_spec *spec);

/* Does the program inherit our descriptor fd? */
bool facts_inherits(const struct facts *facts, int fd);

#endif
