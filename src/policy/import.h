/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Other formats to policy text.  What they give always parses, with a comment
 * where something was left out; text_parse makes a policy of it.
 */
#ifndef POLICY_IMPORT_H
#define POLICY_IMPORT_H

#include "policy/calls.h"
#include "policy/notes.h"

/* What the conditions of the Docker and Podman dialect are decided with. */
struct import_options {
	const char *file; /* for messages */
	const struct calls_arch *arch; /* unless the file names others */
	const char *const *capabilities; /* "CAP_SYS_ADMIN"..., NULL at the end;
					    NULL: none */
	unsigned kernel_major,
	    kernel_minor; /* 0, 0: any kernel is old enough */
	bool ignore_unknown; /* also in rules that refuse */
	struct notes
	    *notes; /* borrowed: gets warnings and the error, or NULL */
};

/*
 * OCI runtime-spec linux.seccomp, or the Docker and Podman dialect of it.
 * Names that are unknown: a note in a rule that allows, an error in one that
 * refuses.  out: heap text.
 */
CAISSON_CHECK int import_oci(const char *text, size_t len,
			     const struct import_options *options, char **out,
			     struct caisson_error *err);

/*
 * A systemd unit, or only lines of SystemCallFilter=, SystemCallErrorNumber=,
 * SystemCallArchitectures=, SystemCallLog= and the settings that it makes
 * filters of (RestrictAddressFamilies=, RestrictNamespaces=...).
 */
CAISSON_CHECK int import_systemd(const char *text, size_t len,
				 const struct import_options *options,
				 char **out, struct caisson_error *err);

#endif
