/* SPDX-License-Identifier: Apache-2.0 */
/* A launcher made of system calls.  It shares nothing with the library. */
#ifndef RAW_H
#define RAW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct form {
	const char *name, *variable; /* VARIABLE=VERSION */
	const char *config; /* {"k": "v"}, or bytes */
	size_t config_len;
	bool has_pid, has_end;
};

#define N_FORMS 3
extern const struct form forms[N_FORMS];

struct raw {
	pid_t pid;
	int data; /* to write to, -1: closed */
	int status, out; /* to read from */
};

/* argv ends with NULL; 3 becomes data (the reading end; -1: our own pipe). */
struct raw
raw_start(const struct form *form, const char *const *argv, int data);

/* The two frames, malloc. */
uint8_t *raw_frames(const struct form *form, const void *secret, size_t len,
		    size_t *out_len);

void raw_write(int fd, const void *data, size_t len);

/* Nobody has anything to read in this pipe any more. */
void raw_wait_empty(int fd);

/* All that it wrote, as text too. */
struct raw_end {
	char out[4096], status[512];
	size_t status_len;
};

/* Closes what is open.  The exit status, or 128 and the signal. */
int raw_finish(struct raw *raw, struct raw_end *end);

/* What it says when it is ready; the length. */
size_t raw_ready(const struct form *form, pid_t pid, char *out, size_t size);

#endif
