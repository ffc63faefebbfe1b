/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The launcher from inside: one process, one thread, no allocation, no stdio,
 * no locale, no names, no handler of signals.  All of its memory is here.
 *
 *	main.c     the start: a table of steps; then the loop
 *	capabilities.c  those that stay, and no others
 *	grants.c   the file of the grants
 *	loop.c     one poll of the socket, the agent, children and the clock
 *	request.c  what came as a launch or a signal, and whether it is granted
 *	launch.c   a clone, and whether it has exec'ed
 *	child.c    what runs: signals, timeouts, the end
 *	orphans.c  what has lost its parents, and is ours now
 *	proc.c     what only /proc says
 *	slots.c    how many run at a time, over all sessions
 *	audit.c    one line for each decision and each end
 *	once.c     after the only launch: next to nothing may be done any more
 *
 * Every system call is raw and every result is looked at.
 */
#ifndef LAUNCHER_LAUNCHER_H
#define LAUNCHER_LAUNCHER_H

#include "base/sys.h"
#include "grant/rule.h"
#include "plan/frame.h"
#include "plan/start.h"
#include "plan/take.h"

#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>

#define CALLER_GROUPS_MAX 65536u
#define LIMITS            16u

struct limit {
	uint64_t soft, hard;
};

/* As it was at the start.  Nothing of it is asked for again. */
struct caller {
	uint32_t uid, gid;
	uint32_t groups[CALLER_GROUPS_MAX + 1];
	size_t n_groups;
	bool is_root; /* and we are not setuid: it can do all this itself */
	int32_t pid; /* the agent: our parent */
	int pidfd;
	struct limit limits[LIMITS];
	int nice, oom_score_adj;
	uint32_t umask;
	char exe[4096]; /* for the audit; "" where it cannot be read */
};

enum child_state {
	CHILD_FREE = 0, /* no child */
	CHILD_STARTING, /* cloned: nobody knows yet whether it will exec */
	CHILD_RUNNING,
	CHILD_ENDED, /* reaped; its last answer is still owed */
};

/* Answers that wait until the socket has room. */
enum child_owes {
	OWES_STARTED = 1, /* with the pidfd */
	OWES_FAILED = 2,
	OWES_EXITED = 4,
};

struct child {
	uint64_t request; /* its name in this session */
	enum child_state state;
	uint32_t owes;
	int32_t pid;
	int pidfd, report; /* -1: none */
	bool detach, leads_group, timed_out;
	bool has_orphans; /* in its group or session, when last looked at */
	bool swept; /* ended, and there are none of them */
	unsigned polled; /* where its descriptors are in launcher.polled */
	struct report ready; /* stage 0: it has not said so yet */
	/* CLOCK_MONOTONIC, ms; UINT64_MAX: never */
	uint64_t exec_by, term_at, kill_at;
	uint64_t timeout_ms, grace_ms;
	uint64_t slots[2]; /* of its rule, of its caller; 0: none */
	uint32_t uid, gid; /* as whom, for the audit */
	uint64_t hash; /* audit_hash of its plan */
	struct frame answer; /* FAILED or EXITED, as it will be said; type 0 */
};

/* Where in launcher.polled; and from there on children's. */
enum {
	POLL_SOCKET = 0,
	POLL_AGENT,
	POLL_DEATHS,
	POLL_CHILDREN,
};

#define ORPHANS_MAX 1024u /* that are looked at at a time */

struct launcher {
	struct caller caller;
	uint32_t last_cap;
	uint64_t may_keep; /* capabilities: what the grants could give */
	bool welcomed, once, ending;
	bool confined; /* after the only launch of a session for one */
	bool keeps_orphans; /* something detached has begun: they may be its */
	bool crowded; /* a request waits for the socket to have room */
	uint64_t hello_by; /* ms; UINT64_MAX: it has come */
	uint64_t denied_at; /* the second of the last denials, and how many */
	unsigned denials;
	int log; /* where audit lines go; -1: nowhere */
	int slots; /* the file of the slots; 0: not opened yet */
	int deaths; /* a signalfd: somebody has died */
	int our_children; /* the kernel's list of them */
	struct child children[START_CHILDREN];
	struct pollfd polled[POLL_CHILDREN + 2 * START_CHILDREN];

	/* what came last: nothing in it lives longer than its request */
	uint8_t message[FRAME_SIZE_MAX + 1];
	uint8_t plan_bytes[PLAN_SIZE_MAX + 1];
	uint8_t grants_bytes[GRANT_SIZE_MAX + 1];
	int received[FRAME_FDS_MAX];
	size_t n_received;
	struct plan_memory memory;
	struct plan_rlimit rlimits[LIMITS];
	struct profile floors[GRANT_FLOORS_MAX];
	int32_t orphans[ORPHANS_MAX];
};

/* main.c: the one there is. */
extern struct launcher launcher;

/* capabilities.c: the session's, for the start; false: they are not so. */
bool start_capabilities(void);
/* All five sets, exactly; the bounding set can only lose.  0 or -errno. */
int start_set_capabilities(uint64_t permitted, uint64_t bounding);

/*
 * grants.c: the file as it is now; false: there is none, or it cannot be
 * believed, and then nothing is granted.  *set points into l->grants_bytes.
 */
bool grants_read(struct launcher *l, struct grant_set *set);

/* loop.c: until the session is over and nothing of it is left.  Exit status. */
int loop_run(struct launcher *l);
/* One answer, with a descriptor or -1.  false: there is no room now. */
bool loop_send(struct launcher *l, const struct frame *frame, int fd);
/* The answer to what was just read, for which there was room. */
void loop_answer(struct launcher *l, const struct frame *frame);
uint64_t loop_now_ms(void);

/*
 * request.c: each answers by itself, but for what is no request: FRAME_FINE,
 * or why the session ends.
 */
enum frame_fault request_launch(struct launcher *l, const struct frame *frame);
enum frame_fault request_signal(struct launcher *l, const struct frame *frame);

/*
 * launch.c: clone; the child is starting then.  0 or a negative errno.
 * launch_look: what its report pipe and the kernel say about it.
 */
int launch_clone(struct plan *plan, struct child *child);
void launch_look(struct launcher *l, struct child *child, uint64_t now);

/* child.c */
struct child *child_free(struct launcher *l); /* NULL: too many */
struct child *child_find(struct launcher *l, uint64_t request);
/* Starting or running: it has a number, and it is ours to reap. */
bool child_lives(const struct child *child);
bool child_is_dead(const struct child *child); /* not reaped */
bool
child_reap(const struct child *child, siginfo_t *info, struct rusage *usage);
/* It and its group, if it leads one. */
void child_kill(const struct child *child);
/* enum frame_whom.  0 or a negative errno. */
int child_signal(struct launcher *l, const struct child *child, uint64_t whom,
		 int signo);
/* The slots of one that has ended or never began, and what is owed for it. */
void child_end(struct launcher *l, struct child *child, uint32_t owes);
void child_fail(struct child *child, int code, uint32_t stage, int error,
		uint64_t index);
void child_look(struct launcher *l, struct child *child, uint64_t now);
/* When it is due; UINT64_MAX: never. */
uint64_t child_due(const struct child *child, uint64_t now);
/* Kill what must not outlive the session.  true: nothing is left. */
bool child_kill_all(struct launcher *l, uint64_t now);

/* orphans.c: false: they cannot be told from others, or not be seen. */
bool orphans_begin(struct launcher *l);
/* Reap those that are dead, kill those of children that have ended. */
void orphans_sweep(struct launcher *l);
/* Those of this child that are not in the group that it leads. */
void orphans_signal(struct launcher *l, const struct child *child, int signo);
bool orphans_are_gone(struct launcher *l); /* and all children */

/* proc.c: "/proc/", before, number, after; and what is there. */
#define PROC_TEXT 4096u
struct proc_path {
	char text[64];
};
struct proc_path
proc_path(const char *before, int32_t number, const char *after);
bool proc_read(struct proc_path path, char text[PROC_TEXT]);
/* The decimal number there; *text goes past it.  false: there is none. */
bool proc_number(const char **text, int32_t *out);
/* Of a process that has died and was ordinary: had it exec'ed? */
bool proc_has_execed(int32_t pid);
/* Whose the process is that pidfd stands for; false: that cannot be told. */
bool proc_owner(int pidfd, int32_t *pid, uint32_t *uid);

/*
 * slots.c: one for the rule, if it says how many, and one for the caller.  0,
 * or a negative errno; -EAGAIN: the rule has none left, -EUSERS: the caller.
 */
int slots_take(struct launcher *l, struct child *child,
	       const struct grant_rule *rule);
void slots_release(struct launcher *l, struct child *child);

/*
 * audit.c: never blocks, and nothing waits for it.  Open comes first of all
 * that needs a descriptor; a log that is there only later is found, too.
 */
void audit_open(struct launcher *l);
/* Of a plan's bytes: to find the lines that belong together, and no proof. */
uint64_t audit_hash(const uint8_t *data, size_t len);
struct audit_decision {
	const struct frame *answer; /* ACCEPTED, DENIED, FAILED, EXITED */
	const char *program; /* its path; "": not known any more, or a signal */
	uint32_t uid, gid; /* the target; UINT32_MAX: not known */
	int32_t pid; /* of what ended, or is signalled; 0: there is none */
	uint64_t signal; /* 0: a launch */
	uint64_t hash;
};
void audit_write(struct launcher *l, const struct audit_decision *what);

/* once.c: CAP_KILL, no bounding set, and an allow-list.  0 or -errno. */
int once_confine(struct launcher *l);

#endif
