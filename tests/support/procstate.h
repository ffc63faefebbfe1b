/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the kernel says about the calling process, as one JSON object: the same
 * code describes a launched program (the reporter) and the caller before and
 * after a launch.
 */
#ifndef SUPPORT_PROCSTATE_H
#define SUPPORT_PROCSTATE_H

#include <stdint.h>
#include <stdio.h>

/* The whole object.  argv: this process's, NULL-terminated, or NULL. */
void procstate_write(FILE *out, char *const *argv);

/* The parts: members with a comma behind each. */
void procstate_identity(FILE *out);
void procstate_signals(FILE *out);
void procstate_process(FILE *out);
void procstate_files(FILE *out);

/* "name":value, */
void procstate_number(FILE *out, const char *name, long value);
void procstate_hex(FILE *out, const char *name, uint64_t value);
void procstate_text(FILE *out, const char *name, const char *text);
/* A JSON string; bytes outside printable ASCII as \u00NN. */
void procstate_quote(FILE *out, const char *text);

/* The first line of a file into line, without its newline; "" if none. */
void procstate_first_line(const char *path, char *line, int size);

#endif
