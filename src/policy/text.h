/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Policy text to policy.  docs/man/caisson-policy.5 is the language.  Bad
 * input is one error with file, line and column, and no policy.
 */
#ifndef POLICY_TEXT_H
#define POLICY_TEXT_H

#include "policy/calls.h"
#include "policy/notes.h"
#include "policy/policy.h"

#define TEXT_SIZE_MAX  (1u << 20) /* bytes, of a file */
#define TEXT_DEPTH_MAX 10 /* of @include */
#define TEXT_FILES_MAX 64

struct text_options {
	const char *file; /* for messages; never NULL */
	const struct calls_arch *arch; /* unless @arch names others; not NULL */
	bool ignore_unknown; /* names in rules that allow: a note, no error */
	/*
	 * Where @include looks: relative to the directory of the file that has
	 * it.  dir_fd is that of the first one, borrowed; -1: no @include.
	 * confined: nothing above or outside dir_fd, by any symbolic link.
	 */
	int dir_fd;
	bool confined;
	struct notes
	    *notes; /* borrowed: gets warnings and the error, or NULL */
};

/*
 * CAISSON_E_SYNTAX: it is not policy text; CAISSON_E_POLICY: it is wrong; both
 * with stage CAISSON_STAGE_POLICY, line and column, and the message "FILE:LINE:
 * COLUMN: text".  options->notes gets all warnings, and the error as its last
 * note.  Without it (*out)->notes has the warnings.
 */
CAISSON_CHECK int text_parse(const char *text, size_t len,
			     const struct text_options *options,
			     struct policy **out, struct caisson_error *err);

/*
 * The policy in a file, which may be an OCI seccomp profile as well: then it
 * begins with a brace, and a quote or a brace.  options->file and dir_fd are
 * taken from path.  CAISSON_E_SYSTEM: the file cannot be read.
 */
CAISSON_CHECK int text_load(const char *path,
			    const struct text_options *options,
			    struct policy **out, struct caisson_error *err);

/*
 * The text of a shipped profile; NULL: there is none of that name.  text_parse
 * knows it by its address: what it includes are shipped files.
 */
const char *text_profile(const char *name);
const char *text_profile_at(size_t i); /* names; NULL: no more */

#endif
