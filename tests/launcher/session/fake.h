/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of the fake launcher. */
#ifndef SESSION_FAKE_H
#define SESSION_FAKE_H

#include "plan/frame.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define FAKE_CHILDREN 64

/* What came with the last request. */
extern int fake_received[FRAME_FDS_MAX];
extern size_t fake_n_received;

/* fake_say.c */
void fake_say_bytes(const void *bytes, size_t len, const int *fds, size_t n);
void fake_say(const struct frame *f, int fd);
void fake_welcome(uint64_t version);
void fake_accept(uint64_t request);
void fake_say_failed(uint64_t request, uint64_t stage, int error);
struct frame fake_started(uint64_t request, pid_t pid);
struct frame fake_exited(uint64_t request);

/* fake_honest.c */
void fake_launch(const struct frame *f);
void fake_signal(const struct frame *f);
void fake_reap(void);

#endif
