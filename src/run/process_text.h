/* SPDX-License-Identifier: Apache-2.0 */
/* What /proc says of a process, as text that the kernel wrote. */
#ifndef RUN_PROCESS_TEXT_H
#define RUN_PROCESS_TEXT_H

#include <stddef.h>
#include <stdint.h>

#define PROCESS_TEXT 2048

/* 0 or a negative errno; then text is terminated. */
int process_read_text(const char *path, char text[PROCESS_TEXT]);
int process_read_stat(int32_t pid, char text[PROCESS_TEXT]);
/* Our own. */
int process_own_oom_score(int *out);
/* Of our descriptor, which a thread can have for itself. */
int process_read_fdinfo(int fd, char text[PROCESS_TEXT]);

/* Where a field of stat begins, counted from 1, after the second; or NULL. */
const char *process_stat_field(const char *text, int field);

#endif
