/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From what a caller has, a file or a text in one of two languages, to a
 * policy, and from a policy to a filter that may be loaded.
 */
#ifndef POLICY_LOAD_H
#define POLICY_LOAD_H

#include "policy/calls.h"
#include "policy/filter.h"
#include "policy/import.h"
#include "policy/notes.h"
#include "policy/policy.h"

struct load_options {
	const char *file; /* for messages: of a text that is not a file's */
	const struct calls_arch *arch; /* NULL: the host's */
	bool ignore_unknown;
	bool confined; /* @include stays below the file's directory */
	/* What conditions of container profiles are decided with. */
	const char *const *capabilities; /* with or without CAP_; NULL: none */
	unsigned kernel_major, kernel_minor; /* 0, 0: the running one */
	struct notes *notes; /* borrowed, or NULL: as for text_parse */
};

/* Policy text, or an OCI seccomp profile: whatever the text looks like. */
CAISSON_CHECK int load_text(const char *text, size_t len,
			    const struct load_options *options,
			    struct policy **out, struct caisson_error *err);
CAISSON_CHECK int load_file(const char *path,
			    const struct load_options *options,
			    struct policy **out, struct caisson_error *err);
/* A shipped one; CAISSON_E_POLICY names those that there are. */
CAISSON_CHECK int load_profile(const char *name,
			       const struct load_options *options,
			       struct policy **out, struct caisson_error *err);

/* The policy text that a text of another format is: out is the caller's. */
typedef int load_import(const char *text, size_t len,
			const struct import_options *options, char **out,
			struct caisson_error *err);
struct load_source {
	load_import *run; /* import_oci, import_systemd */
	const char *text;
	size_t len;
};
CAISSON_CHECK int load_convert(const struct load_source *source,
			       const struct load_options *options, char **out,
			       struct caisson_error *err);

/* Does an object of JSON begin here?  "{read, write}: allow" is none. */
bool load_is_json(const char *text, size_t len);
/* "6.1", "6.1.0-17-amd64"; NULL: the running kernel.  False: neither. */
bool load_kernel(const char *text, unsigned *major, unsigned *minor);

/* The filter of a policy, checked against it. */
CAISSON_CHECK int load_filter(const struct policy *policy, struct filter *out,
			      struct caisson_error *err);
/*
 * May a launch load it?  Nobody would answer a tracer's or a listener's
 * actions, and a program that cannot start or end is a mistake.
 */
CAISSON_CHECK int load_may_launch(const struct policy *policy,
				  const struct filter *filter,
				  struct caisson_error *err);

#endif
