/* SPDX-License-Identifier: Apache-2.0 */
/* What the program of these tests can be asked to look at. */
#ifndef INHERITOR_H
#define INHERITOR_H

#include "caisson_handshake.h"

/* "NAME LENGTH HASH", the hash as FNV-1a of 64 bits. */
void look_at_bytes(const char *name, const void *data, size_t len);
/* Every open descriptor but the one that looks: "fds 0 1 2". */
void look_at_fds(void);
/* "fd N closed", or "fd N open" or "fd N cloexec". */
void look_at_fd(int fd);
/* The variables of all protocols that are there: "env none". */
void look_at_env(void);
/* Is the address in a mapping of this process? */
bool look_at_mapping(const void *address);
/* "pending yes", "blocked no": SIGPIPE. */
void look_at_sigpipe(void);

#endif
