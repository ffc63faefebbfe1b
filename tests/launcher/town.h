/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The test town for tests in C: see town.py, which says what is in it and is
 * the same town.
 */
#ifndef LAUNCHER_TOWN_H
#define LAUNCHER_TOWN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define TOWN_BIN      "/run/town/bin"
#define TOWN_LAUNCHER "/run/town/libexec/caisson-launcher"
#define TOWN_CAISSON  "/run/town/bin/caisson"

enum town_user {
	TOWN_AGENT,
	TOWN_BUILDER,
	TOWN_THIRD,
	/* groups that are no user's own: agent is in one, builder in the other */
	TOWN_GROUP_CAISSON,
	TOWN_GROUP_CREW,
	TOWN_IDS,
};

/*
 * First in main: the process is in its town, or the program ends as skipped.
 * Wanted: CAISSON and CAISSON_LAUNCHER in the environment.
 */
void town_enter(void);

/* The id that is uid and gid of a user, or the gid of a group. */
uint32_t town_id(enum town_user who);

/* The grants from now on; false: they were not applied, stderr says why. */
bool town_grant(const char *text);
void town_revoke(void);

/* This process becomes that user, for good: in a child.  Or it exits. */
void town_become(enum town_user who);

/* A copy in TOWN_BIN that everybody may run; its path, in a static buffer. */
const char *town_install(const char *path);

/*
 * A launcher as that user, with nothing but its socket; our end of it, and its
 * pid.  We are its agent, and it dies with us.  -1: errno says why.
 */
int town_launcher(enum town_user who, pid_t *pid);

#endif
