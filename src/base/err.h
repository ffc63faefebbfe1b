/* SPDX-License-Identifier: Apache-2.0 */
/* Errors are born here and nowhere else. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include "caisson.h"

#include <stddef.h>

/*
 * Fill *err (if there is one) and return code, so that an error is one
 * expression:
 *
 *	return err_set(err, CAISSON_E_SYSTEM, CAISSON_STAGE_UID, errno,
 *		       "setresuid %u", uid);
 *
 * The message becomes "uid: setresuid 1001: Operation not permitted": the
 * stage's name first (not for parse and spec, whose messages begin with a
 * position or a pointer), the text, then the errno's text unless it is 0.
 * Bytes outside printable ASCII are written as \xNN.
 */
int err_set(struct caisson_error *err, int code, uint32_t stage, int sys_errno,
	    const char *fmt, ...) __attribute__((format(printf, 5, 6)));

/* err_set(err, CAISSON_E_NO_MEMORY, stage, 0, "out of memory") */
int err_no_memory(struct caisson_error *err, uint32_t stage);

/* A wrong spec; the message is "pointer: text". */
int err_spec(struct caisson_error *err, const char *pointer, const char *fmt,
	     ...) __attribute__((format(printf, 3, 4)));

/* A call on an object in the wrong state, or with a NULL that may not be. */
int err_usage(struct caisson_error *err, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * What these return is the code, and said like this the compiler and the
 * analysers know it too: that a caller who got one of them has failed.
 */
#define err_set(err, code, stage, sys_errno, ...)                         \
	((void)err_set((err), (code), (stage), (sys_errno), __VA_ARGS__), \
	 (code))
#define err_no_memory(err, stage) \
	((void)err_no_memory((err), (stage)), CAISSON_E_NO_MEMORY)
#define err_spec(err, pointer, ...) \
	((void)err_spec((err), (pointer), __VA_ARGS__), CAISSON_E_SPEC)
#define err_usage(err, ...) \
	((void)err_usage((err), __VA_ARGS__), CAISSON_E_USAGE)

/*
 * The escaper: writes text into out (size > 0) with every byte outside
 * printable ASCII as \xNN, cut to fit, always terminated.
 */
void err_escape(const char *text, size_t len, char *out, size_t size);

#endif
