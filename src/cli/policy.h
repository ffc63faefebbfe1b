/* SPDX-License-Identifier: Apache-2.0 */
/* What the verbs of caisson policy share. */
#ifndef CLI_POLICY_H
#define CLI_POLICY_H

#include "cli/opt.h"
#include "policy/filter.h"
#include "policy/load.h"
#include "policy/notes.h"
#include "policy/policy.h"

#include <jansson.h>
#include <stdbool.h>

/* Bits of struct opt_row's verbs. */
#define POLICY_COMPILE 1u
#define POLICY_SHOW    2u
#define POLICY_IMPORT  4u
#define POLICY_DIFF    8u
#define POLICY_TEST    16u
#define POLICY_PROVE   32u
#define POLICY_LIST    64u

/* Of diff, test and prove; what went wrong is CLI_FAILED. */
#define POLICY_SAME    0
#define POLICY_DIFFERS 1
#define POLICY_UNKNOWN 2

/* A command line: which options were given, and the words beside them. */
struct policy_request {
	const char *verb; /* "policy show" */
	char **env; /* the caller's */
	char *const *words;
	size_t n_words;
	const struct calls_arch *arch; /* that of --arch, or the host's */
	/* the values of options; NULL: not given */
	const char *arch_name, *output, *from, *caps, *kernel, *timeout;
	bool json, quiet, help, ignore_unknown, confined;
	bool as_c, all, bpf, smt, detach;
	bool archs, groups, syscalls;
};

/* Each prints what it was asked for, or says what is wrong: exit status. */
typedef int policy_verb(const struct policy_request *r);
policy_verb policy_compile, policy_show, policy_import, policy_diff,
    policy_test, policy_prove, policy_list;

extern const struct opt_row policy_rows[];

/* policy_input.c: a policy by FILE, PROFILE or "-", as options say. */
struct policy_input {
	const char *word; /* as on the command line */
	struct policy *policy;
	struct filter filter; /* insns NULL: not asked for */
	struct notes *notes; /* remarks; never NULL */
};

/*
 * 0, or an exit status; then it has been said what is wrong.  Remarks of the
 * reader go to standard error, with carets, unless the request is quiet.
 */
CAISSON_CHECK int policy_read(const struct policy_request *r, const char *word,
			      struct policy_input *out);
/* And its filter, checked against it. */
CAISSON_CHECK int policy_read_filter(const struct policy_request *r,
				     const char *word,
				     struct policy_input *out);
void policy_input_done(struct policy_input *input); /* again is ok */

/* Is the word a file, and not a profile's name? */
bool policy_is_path(const char *word);

/* What options say, for a reader; out->capabilities is *caps: free both. */
CAISSON_CHECK int policy_load_options(const struct policy_request *r,
				      struct load_options *out, char ***caps,
				      struct caisson_error *err);
void policy_caps_free(char **caps);

/* policy_say.c: says an error, in JSON too if asked; the exit status. */
int policy_fail(const struct policy_request *r, const struct notes *notes,
		const struct caisson_error *err);
void policy_say_notes(const struct policy_request *r, const struct notes *notes,
		      size_t n);
/* The remarks, none if the request is quiet. */
json_t *
policy_notes_json(const struct policy_request *r, const struct notes *notes);
/* A mistake in the command line: the exit status. */
int policy_usage(const struct policy_request *r, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

int policy_no_memory(const struct policy_request *r);

/* policy_text.c: names for people. */

/* "openat", "#1000", "x32:getpid" unless of arch home; out of 64 bytes. */
const char *policy_call_text(const struct calls_arch *home,
			     const struct seccomp_data *data, char out[64]);
/* "arg0 == 1 && arg1 & 0x10"; out is the caller's; NULL: no memory. */
char *policy_clause_text(const struct policy_clause *clause);
json_t *policy_clause_json(const struct policy_clause *clause);
/* Adds "file" and "line" where something is written. */
void policy_origin_json(const struct policy *policy,
			struct policy_origin origin, json_t *o);
/* "default.policy:41", or "" */
const char *policy_origin_text(const struct policy *policy,
			       struct policy_origin origin, char *out,
			       size_t size);
json_t *policy_action_json(uint32_t action);

/* policy_show_json.c; NULL: no memory. */
json_t *policy_show_json(const struct policy_request *r,
			 const struct policy_input *input);

/* policy_disassembly.c */
int policy_print_bpf(const struct filter *filter);
json_t *policy_bpf_json(const struct filter *filter);

#endif
