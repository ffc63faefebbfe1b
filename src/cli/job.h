/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Job control.  A shell sees one job: caisson's process group.  The program
 * has a group of its own, and only one group at a time has the terminal.  So
 * the terminal is handed on when the program needs it, taken back when the
 * program stops or ends, and caisson stops whenever the program does.
 */
#ifndef CLI_JOB_H
#define CLI_JOB_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

struct job {
	int tty; /* the controlling terminal; -1: none */
	pid_t self; /* our process group */
	pid_t program; /* the program's group; 0: ours, or out of reach */
	bool own; /* the terminal is our job's to hand around */
};

/* Before the launch. */
void job_begin(struct job *job);

/* After it: does the program have a group in our session? */
void job_started(struct job *job, pid_t program);

enum job_action {
	JOB_NOTHING = 0,
	JOB_CONTINUE = 1, /* the program must get SIGCONT */
	JOB_HANG_UP = 2, /* the program must get SIGHUP, then SIGCONT */
};

/*
 * The program was stopped by signo.  May stop this process, with the rest of
 * its group, until somebody continues it.
 */
enum job_action job_stopped(struct job *job, int signo);

/* Which signal has stopped it, most likely, where its parent is another. */
int job_guess(const struct job *job);

/* SIGCONT came: hand the terminal on if it is ours. */
void job_continued(struct job *job);

/* Did the program's tree have the terminal?  Take it back. */
bool job_end(struct job *job);

#endif
