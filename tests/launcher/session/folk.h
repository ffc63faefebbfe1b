/* SPDX-License-Identifier: Apache-2.0 */
/* Tests in a town: root's processes fork, and their children are its users. */
#ifndef SESSION_FOLK_H
#define SESSION_FOLK_H

#include "faking.h"
#include "town.h"

/* What is granted: agent may be builder, in the first rule's line. */
extern const char folk_grants[];

/* NULL: one launch. */
struct caisson_launch_options folk_options(struct caisson_session *session);

/* As builder, or whoever the members say; the act has one argument. */
struct caisson_spec *
folk_spec(const char *members, const char *act, const char *arg);
struct caisson_session *folk_open_session(uint32_t once);
struct caisson_child *folk_start(struct caisson_session *session,
				 const char *members, const char *act,
				 const char *arg);
struct caisson_exit folk_wait_for(struct caisson_child *child);

/* The user whose process it is, says /proc; -1: there is none. */
int64_t folk_owner(int32_t pid);
void folk_wait_until_gone(int32_t pid);
/* How many processes are the builder's. */
int folk_count_builders(void);
void folk_wait_until_nobody(void);

/* A test that is a part in a fork of root's; the part becomes a user. */
#define IN_TOWN(name, part)                  \
	static void name(void **state)       \
	{                                    \
		(void)state;                 \
		harness_in_fork(part, NULL); \
	}

/* main, in a town with the grants. */
int folk_main(const char *name, const struct CMUnitTest *tests, size_t n);

#endif
