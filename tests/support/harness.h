/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every launching test has in common: a main that can run the same tests
 * as an ordinary user, a scratch directory, forks that report assertions, and
 * the caller's state before and after.
 */
#ifndef SUPPORT_HARNESS_H
#define SUPPORT_HARNESS_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>
#include <jansson.h>
#include <stdbool.h>

#define HARNESS_SKIP 77

/*
 * Run the tests.  --as-user: as an ordinary user without any privilege, which
 * needs root (else skip).  --root: skip without root.  Other arguments are
 * left to the tests: harness_argument.
 */
int harness_main(const char *name, int argc, char **argv,
		 const struct CMUnitTest *tests, size_t n);

/* "--name=123" of the command line, or else. */
unsigned long harness_argument(const char *name, unsigned long otherwise);

/* Has the test process every capability that its bounding set has? */
bool harness_is_root(void);
/* Has the test process this capability in its effective set? */
bool harness_has_capability(unsigned int cap);

/*
 * So many descriptors may be open from now on, if that can be had; else the
 * test is skipped.  Before the first snapshot.
 */
void harness_descriptors(unsigned long n);

/* A directory that everybody may enter, removed at the end. */
const char *harness_scratch(void);
/* printf into a static buffer of this thread (sixteen of them, in turn). */
const char *harness_text(const char *fmt, ...)
    __attribute__((format(printf, 1, 2)));
/* "SCRATCH/name", likewise. */
const char *harness_path(const char *name);
/* Write a file there with this content and mode. */
const char *
harness_file(const char *name, const void *data, size_t len, unsigned int mode);

/* Copies in the scratch directory. */
const char *harness_reporter(void);
const char *harness_census(void);
const char *harness_speaker(void);

/*
 * Call fn in a forked child; its failed assertions fail this test.  The child
 * dies with us.
 */
void harness_in_fork(void (*fn)(void *arg), void *arg);
/* The same; false instead of failing, for tests that go on. */
bool harness_try_in_fork(void (*fn)(void *arg), void *arg);
/* In such a child: become uid and gid without groups or privilege. */
void harness_become(uint32_t uid, uint32_t gid);
/* An id that no user has, another one at every call. */
uint32_t harness_unused_id(void);

/* What the kernel says about this process; and that it still says so. */
json_t *harness_snapshot(void);
void harness_assert_unchanged(json_t *before); /* frees it */
/* What libc sets up with the first thread: before a snapshot, if there are
 * threads after it. */
void harness_first_thread(void);
/* This process has no child, running or dead. */
void harness_assert_childless(void);

/* JSON text with ' for ", or the test fails. */
json_t *harness_json(const char *text);

#endif
