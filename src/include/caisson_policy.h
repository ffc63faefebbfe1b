/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libcaisson: seccomp policies.  Text becomes a policy, a policy a filter, and
 * a filter is checked against its policy before anybody gets to see it.
 *
 *	policy = parse text, or load a file, or a shipped profile
 *	what does it say?  decide, difference, warnings
 *	filter (classic BPF), or a text that a prover reads
 *
 * The conventions are those of caisson.h.  A policy is immutable, its filter is
 * made when it is, and threads may share it.  The language is described in
 * caisson-policy(5).
 */
#ifndef CAISSON_POLICY_H
#define CAISSON_POLICY_H

#include "caisson.h"

#ifdef __cplusplus
extern "C" {
#endif

#pragma GCC visibility push(default)

struct caisson_policy;

enum caisson_policy_flags {
	/* A name that is unknown in a rule that allows: a warning. */
	CAISSON_POLICY_IGNORE_UNKNOWN = 1,
	/* @include stays below the directory of the file. */
	CAISSON_POLICY_CONFINED = 2,
};

/* Size-tagged, as struct caisson_launch_options.  NULL: all defaults. */
struct caisson_policy_options {
	uint32_t size;
	uint32_t flags; /* enum caisson_policy_flags */
	const char *arch; /* "x86_64", "aarch64"...; NULL: this machine's */
	const char *name; /* parse: for messages; NULL: "policy" */
	/* Import and OCI files: what conditions of the file are decided with. */
	const char *const *capabilities; /* NULL at the end; NULL: none */
	const char *kernel; /* "6.1"; NULL: the running one */
};

/*
 * Text, with or without a NUL at its end, to a policy.  CAISSON_E_SYNTAX or
 * CAISSON_E_POLICY with line, column and "NAME:LINE:COLUMN: text"; @include
 * is refused, for there is no directory.
 */
CAISSON_CHECK int
caisson_policy_parse(const char *text, size_t len,
		     const struct caisson_policy_options *options,
		     struct caisson_policy **out, struct caisson_error *err);

/* A file: policy text, or an OCI seccomp profile (it begins with a brace). */
CAISSON_CHECK int
caisson_policy_load(const char *path,
		    const struct caisson_policy_options *options,
		    struct caisson_policy **out, struct caisson_error *err);

/* A shipped profile by name; the names: caisson_policy_profile_name(i). */
CAISSON_CHECK int
caisson_policy_profile(const char *name,
		       const struct caisson_policy_options *options,
		       struct caisson_policy **out, struct caisson_error *err);
/* NULL: no more. */
const char *caisson_policy_profile_name(size_t i);

void caisson_policy_free(struct caisson_policy *policy); /* NULL ok */

/* What the reader remarked, "FILE:LINE:COLUMN: text"; NULL: no more. */
const char *
caisson_policy_warning(const struct caisson_policy *policy, size_t i);

enum caisson_policy_format {
	CAISSON_POLICY_OCI = 1, /* and the Docker and Podman dialect */
	CAISSON_POLICY_SYSTEMD = 2, /* a unit, or lines of one */
};

/*
 * Another format as policy text, which says in comments what was left out: out
 * is the caller's, free(3).
 */
CAISSON_CHECK int
caisson_policy_import(uint32_t format, const char *text,
		      const struct caisson_policy_options *options, char **out,
		      struct caisson_error *err);

/*
 * The filter: an array of struct sock_filter, *out_n instructions, the
 * policy's until it is freed.  It has been checked against the policy
 * (CAISSON_E_MISMATCH: a defect of caisson, and no filter).  CAISSON_E_POLICY:
 * the policy needs more instructions than the kernel takes.
 */
CAISSON_CHECK int caisson_policy_filter(const struct caisson_policy *policy,
					const void **out, size_t *out_n,
					struct caisson_error *err);

/*
 * Launch with this policy: its filter is copied into the spec, so that many
 * launches cost one compilation.  Instead of a profile or a file.  The policy
 * must let a program start and end, and may neither trace nor notify.  Such a
 * spec cannot be printed: JSON has no place for a filter.
 */
CAISSON_CHECK int
caisson_spec_set_seccomp_filter(struct caisson_spec *spec,
				const struct caisson_policy *policy,
				struct caisson_error *err);

/* A system call, and what a policy answers. */
struct caisson_call {
	uint32_t arch; /* AUDIT_ARCH_* */
	uint32_t nr;
	uint64_t args[6];
};

struct caisson_verdict {
	uint32_t action; /* SECCOMP_RET_*, with its data */
	uint32_t line; /* where it is written; 0: nowhere */
	const char *file; /* the policy's; NULL: nowhere */
};

void caisson_policy_decide(const struct caisson_policy *policy,
			   const struct caisson_call *call,
			   struct caisson_verdict *out);

/* One call that two policies answer differently. */
struct caisson_difference {
	struct caisson_call call;
	uint32_t a, b; /* their answers */
};

/*
 * All differences, one for each system call and pair of answers: *out is the
 * caller's, free(3), *out_n may be 0.  Exact.
 */
CAISSON_CHECK int caisson_policy_diff(const struct caisson_policy *a,
				      const struct caisson_policy *b,
				      struct caisson_difference **out,
				      size_t *out_n, struct caisson_error *err);

/*
 * The claim that filter and policy differ somewhere, in SMT-LIB 2: a prover
 * that answers "unsat" has proved that they do not.  out: free(3).
 */
CAISSON_CHECK int caisson_policy_smt(const struct caisson_policy *policy,
				     char **out, struct caisson_error *err);

/* Names and numbers; arch as in the options.  NULL, false: there is none. */
const char *caisson_syscall_name(const char *arch, uint32_t nr);
CAISSON_CHECK bool
caisson_syscall_number(const char *arch, const char *name, uint32_t *out);

/* ---- refused calls ---------------------------------------------------- */

/*
 * A launch with the option denials reports what its filter refuses.  A refused
 * call waits until the launcher answers it, as the policy says and never by
 * letting it through: in the launch, in caisson_child_wait and in
 * caisson_child_denial, of which the last two belong to one thread.  In between
 * the program stands at its refused call.  Once the program has ended, or its
 * launcher, what is left of it gets ENOSYS for such calls.
 *
 * Refused as ever but not reported: execve and execveat, seccomp, sendmsg on
 * one descriptor number that the launch used (1024, if the limits allow it),
 * what the policy answers with a trap, and other architectures than it names.
 * A policy that traces or notifies itself cannot be launched like this.  What
 * it kills is killed by SIGKILL, the whole process also for one thread; the
 * exit record names the call if it was the program.
 */
struct caisson_denial {
	uint32_t size; /* of the caller's struct, as in the launch options */
	uint32_t arch; /* AUDIT_ARCH_*; 0: of various calls, see nr */
	uint32_t nr; /* UINT32_MAX and arch 0: all that found no record */
	uint32_t action; /* SECCOMP_RET_*, with its data */
	const char *name; /* NULL: the call has none */
	const char *file; /* where the rule is; the child's; NULL: nowhere */
	uint32_t line;
	int32_t pid; /* the thread that called first; 0: not visible here */
	uint64_t args[6]; /* the registers of the first call */
	uint64_t count; /* so far; calls that a signal interrupted included */
};

/* Borrowed; readable when a call waits for its answer; -1: there is none. */
int caisson_child_denials_fd(const struct caisson_child *child);

/*
 * Answers what waits.  True: *out is a record that is new, or whose count has
 * grown (then a second after it was last seen here, or after the end).  All
 * that were refused in the same way by the same rule are one record.
 */
bool
caisson_child_denial(struct caisson_child *child, struct caisson_denial *out);

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif
#endif
