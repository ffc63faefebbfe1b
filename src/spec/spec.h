/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The spec from inside: what setters and JSON fill and freeze() checks.
 * Numbers are kept wide (int64_t) until freeze has seen that they fit, so
 * that range checks stand in one place.  After freeze everything here holds
 * what docs and schema promise, and is read-only.
 */
#ifndef SPEC_SPEC_H
#define SPEC_SPEC_H

#include "caisson.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SPEC_TEXT_MAX    (1u << 20)
#define SPEC_DEPTH_MAX   16u
#define SPEC_EXTRA_MAX   128u
#define SPEC_FD_MAX      1023
#define SPEC_GROUPS_MAX  65536u
#define SPEC_RLIMITS_MAX 16u
#define SPEC_CAPS_MAX    64u
#define SPEC_GRACE_MS    5000u
#define SPEC_READY_MS    30000u
#define SPEC_DATA_FD     3
#define SPEC_STATUS_FD   4
#define SPEC_PATH_MAX    4095u
#define SPEC_STRING_MAX  131071u /* the kernel's MAX_ARG_STRLEN less its NUL */
#define SPEC_COUNT_MAX   65536u /* elements of argv, of env */
#define SPEC_TIME_MAX    (1ll << 53) /* what every JSON reader keeps exact */
#define SPEC_ID_MAX      4294967294 /* (uid_t)-1 is not an id */

/* A list of strings.  v is NULL-terminated as soon as it is allocated. */
struct spec_strings {
	char **v;
	size_t n;
};

enum spec_fd_kind {
	SPEC_FD_INHERIT = 1,
	SPEC_FD_NULL = 2,
	SPEC_FD_CLOSED = 3,
	SPEC_FD_PIPE = 4,
	SPEC_FD_SOCKETPAIR = 5,
	SPEC_FD_FILE = 6,
	SPEC_FD_STDOUT = 7, /* fd 2: a copy of 1 */
	SPEC_FD_UNKNOWN = 99, /* a wrong word, until freeze refuses it */
};

struct spec_fd {
	int64_t fd;
	uint32_t kind; /* enum spec_fd_kind */
	int64_t from; /* INHERIT: the caller's number */
	uint32_t direction; /* PIPE: enum caisson_direction */
	uint32_t mode; /* FILE: enum caisson_file_mode */
	char *path; /* FILE: absolute */
};

enum spec_identity {
	SPEC_KEEP = 0, /* no credentials in the spec */
	SPEC_IDS = 1,
	SPEC_USER = 2,
};

struct spec_identity_fields {
	uint32_t kind; /* enum spec_identity */
	int64_t uid, gid; /* -1 until set */
	int64_t *groups;
	size_t n_groups;
	char *user, *group;
};

struct spec_rlimit {
	int resource; /* RLIMIT_* */
	uint64_t soft, hard;
};

struct spec_handshake {
	bool has;
	char *protocol;
	char *config; /* bytes, "caisson" */
	size_t config_len;
	struct spec_strings keys, values; /* map, "v23" and "veyron" */
	int64_t ready_timeout_ms; /* after freeze: never 0 */
	int64_t data_fd, status_fd;
	bool has_config, has_map, has_fds;
};

struct spec_process {
	int64_t group; /* CAISSON_GROUP_* or a pgid */
	bool has_group;
	bool session;
	uint32_t tty; /* enum caisson_tty */
	bool foreground;
	int64_t parent_death_signal; /* 0: none */
	bool has_umask, has_nice, has_oom_score_adj;
	int64_t umask, nice, oom_score_adj;
	char *chroot; /* NULL: none */
	bool ptrace;
};

struct caisson_spec {
	bool frozen;
	bool has_version; /* JSON said "version": 1 */
	char *path;
	struct spec_strings argv; /* after freeze: never empty */
	struct spec_strings env_names, env_values;
	char *cwd; /* after freeze: never NULL */
	struct spec_identity_fields id;
	uint32_t drop_sudo; /* enum caisson_drop_sudo */
	struct spec_strings capabilities; /* names as given */
	bool bounding_required;
	char *profile; /* after freeze: this, or policy, or filter */
	char *policy;
	void *filter; /* struct sock_filter, checked */
	size_t filter_n;
	struct spec_fd stdio[3]; /* kind 0: not named, the default */
	struct spec_fd *extra;
	size_t n_extra;
	struct spec_process process;
	struct spec_rlimit *rlimits;
	size_t n_rlimits;
	int64_t timeout_ms, kill_grace_ms;
	struct spec_handshake handshake;
};

#endif
