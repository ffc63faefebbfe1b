/* SPDX-License-Identifier: Apache-2.0 */
/* Names of resource limits and signals, as the spec and the CLI use them. */
#ifndef BASE_NAMES_H
#define BASE_NAMES_H

/* "nofile", "NOFILE", "RLIMIT_NOFILE": its number; -1: no such limit. */
int names_rlimit(const char *name);
/* "nofile"; NULL: no such number. */
const char *names_rlimit_name(int resource);

/* "SIGTERM", "TERM", "term": its number; -1: no such signal. */
int names_signal(const char *name);
/* "SIGTERM", or NULL for a number without a name (real-time signals). */
const char *names_signal_name(int signo, char out[16]);

#endif
