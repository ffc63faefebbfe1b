/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of the OCI importer. */
#ifndef IMPORT_OCI_H
#define IMPORT_OCI_H

#include "policy/import.h"
#include "policy/import/json.h"
#include "policy/import/rules.h"

struct oci {
	struct json_reader in;
	const struct import_options *options;
	struct rules rules;
	struct buffer comments; /* lines, what was left out */
};

/*
 * A line of the result's comments, "# POINTER: text", with nothing but
 * printable ASCII.  A remark is a note for the user as well.
 */
void oci_comment(struct oci *oci, const struct json_at *at, const char *fmt,
		 ...) __attribute__((format(printf, 3, 4)));
void oci_remark(struct oci *oci, const struct json_at *at, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/*
 * Which keys an object may have.  Another one is an error if one of these is
 * probably meant, and in a closed object always: a rule without what the key
 * says could hold for more calls.  Else it is a remark.
 */
struct oci_known {
	const char *const *keys; /* NULL at the end */
	bool closed;
};
CAISSON_CHECK int oci_check_keys(struct oci *oci, const struct json_at *object,
				 const struct oci_known *known);

/* What an action and the errno beside it are read from. */
struct oci_action {
	struct json_at word; /* "SCMP_ACT_ERRNO" */
	struct json_at number; /* errnoRet */
	struct json_at name; /* "EPERM", of Podman's dialect */
};

/* out: SECCOMP_RET_* with its data. */
CAISSON_CHECK int
oci_read_action(struct oci *oci, const struct oci_action *from, uint32_t *out);

/* "architectures" or "archMap", after the machine's own. */
CAISSON_CHECK int oci_read_archs(struct oci *oci, const struct json_at *object);

/*
 * "includes" and "excludes": does the entry count?  If not, why, as a text.
 */
CAISSON_CHECK int oci_read_filters(struct oci *oci, const struct json_at *entry,
				   const char **why_not);

/* "syscalls", into the rules. */
CAISSON_CHECK int
oci_read_syscalls(struct oci *oci, const struct json_at *object);

/* "args" of an entry: every rule that it stands for, for each name. */
#define OCI_ARGS_MAX 6
struct oci_args {
	struct policy_atom atoms[OCI_ARGS_MAX];
	size_t n;
	bool apart; /* an index stands there twice: each is a rule of its own */
};
CAISSON_CHECK int oci_read_args(struct oci *oci, const struct json_at *entry,
				struct oci_args *out);

#endif
