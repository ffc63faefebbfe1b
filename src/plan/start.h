/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a launcher begins, and where things are: what it and the library both
 * know without saying it to each other.
 */
#ifndef PLAN_START_H
#define PLAN_START_H

#define START_SOCKET 3 /* the launcher's end of the control socket */

/* Root's, and its directory too; read afresh for each request. */
#define START_GRANTS "/var/lib/caisson/grants"
/* Beside them, root's alone: the lock slots of what runs. */
#define START_LAUNCHES "/var/lib/caisson/launches"

/*
 * The launcher's steps, in their order.  Until it has said WELCOME it can say
 * nothing, so one that fails is its exit status: START_EXIT and the step.
 */
enum start_step {
	START_ARGUMENTS = 1, /* there are some */
	START_STDIO, /* 0, 1 and 2 are open */
	START_CALLER, /* who it is, and that we have privilege by right */
	START_DUMPABLE, /* not, and no core */
	START_SIGNALS, /* blocked, default, none pending; no timers */
	START_SECUREBITS, /* none: they change what ids do to capabilities */
	START_IDENTITY, /* root in every id: the caller cannot stop us */
	START_PLACE, /* umask, directory, subreaper */
	START_LIMITS, /* as much as we need ourselves */
	START_DESCRIPTORS, /* the socket, and no others */
	START_AGENT, /* its pidfd, before anybody else has its number */
	START_CAPABILITIES, /* what we need and grants can give, no more */
	START_STEPS,
};

#define START_EXIT 64

/* How long it waits for HELLO, as nobody else can end it. */
#define START_HELLO_MS 10000

/* Programs of one session, and of one caller in all sessions, at a time. */
#define START_CHILDREN           256u
#define START_CHILDREN_OF_CALLER 1024u

#endif
