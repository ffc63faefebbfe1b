/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Filters of policy text under a real kernel: what a call says before the
 * filter and after it, in forks.
 */
#ifndef LIVE_SECCOMP_SUPPORT_H
#define LIVE_SECCOMP_SUPPORT_H

#include "policy/filter.h"
#include "policy/policy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define HIGH     (1L << 32)
#define SIGNALED 100000 /* plus its number: how a process ended */

struct sandbox {
	struct policy *policy;
	struct filter filter;
};

/* Of this text, or of a shipped profile; fails the test if it is wrong. */
struct sandbox sandbox_text(const char *text);
struct sandbox sandbox_profile(const char *name);
void sandbox_done(struct sandbox *sandbox);
/* The shipped profiles; NULL: no more. */
const char *sandbox_name(size_t i);

/* What the policy answers to a call of this machine's architecture. */
uint32_t
sandbox_decide(const struct sandbox *sandbox, long nr, const long args[6]);

/* no_new_privs, and the filter; 0, or -1 with errno. */
int sandbox_load(const struct sandbox *sandbox);

/* 0: as it should be; else an errno. */
typedef int act(void *arg);

/*
 * What an act returns in a fork, with the filter or (NULL) without; or SIGNALED
 * plus the signal.
 */
int outcome(act *fn, void *arg, const struct sandbox *sandbox);
/* The same for an act that ends by itself: its exit status. */
int outcome_exit(act *fn, void *arg, const struct sandbox *sandbox);

/* An errno, or 0. */
int result(long r);

/* syscall(2) by numbers, without libc's view of errno in between. */
struct call {
	long nr, args[6];
};
int act_call(void *call);

/*
 * cmocka's main, with --as-user as an ordinary user, which needs root; 77 if
 * that cannot be, or if this process has a filter already.
 */
int
sandbox_main(int argc, char **argv, const struct CMUnitTest *tests, size_t n);

#endif
