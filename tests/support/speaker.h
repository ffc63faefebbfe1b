/* SPDX-License-Identifier: Apache-2.0 */
/* The speaker's steps that read and say something. */
#ifndef SUPPORT_SPEAKER_H
#define SUPPORT_SPEAKER_H

#include <stdbool.h>

/* How the speaker ends, if it is not its script that ends it. */
#define EXIT_MISUSED  90 /* the script is wrong */
#define EXIT_VARIABLE 91 /* the variables are */
#define EXIT_DATA     92 /* the data are, or a descriptor is */
#define EXIT_PARTIAL  93 /* an older program would have given up */
#define EXIT_STATUS   94 /* the status could not be written */

struct form {
	const char *name, *variable, *version;
	bool has_pid, is_ended; /* the status */
};

extern const struct form *form; /* NULL: no step "protocol" yet */
extern int data_fd, status_fd;

void give_up(int status, const char *what) __attribute__((noreturn));
long number(const char *text);

void step_read(char **arg);
void step_slow(char **arg);
void step_single(char **arg);
void step_peek(char **arg);
void step_end(char **arg);
void step_digest(char **arg);
void step_copy(char **arg);
void step_ready(char **arg);
void step_ready_as(char **arg);
void step_failed(char **arg);
void step_say(char **arg);
void step_say_slowly(char **arg);
void step_flood(char **arg);
void step_late(char **arg);

#endif
