/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The launcher from inside: one process, one thread, no allocation, no stdio,
 * no locale, no names, no handler of signals.  All of its memory is here.
 *
 *	main.c     start-up: a table of steps, then the loop
 *	start*.c   the steps
 *	loop.c     one poll of the socket, the agent, children and the clock
 *	request.c  what came as a launch or a signal, and whether it is granted
 *	launch.c   a clone, and whether it has exec'ed
 *	child.c    what runs: signals, timeouts, the end, the sweep
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

#include <stdbool.h>
#include <stdint.h>

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
	struct report ready; /* what came through the report pipe */
	/* CLOCK_MONOTONIC, ms; UINT64_MAX: never */
	uint64_t exec_by, term_at, kill_at;
	uint64_t timeout_ms, grace_ms;
	uint64_t slots[2]; /* of its rule, of its caller; 0: none */
	uint32_t uid, gid; /* as whom, for the audit */
	uint64_t hash; /* audit_hash of its plan */
	struct frame answer; /* FAILED or EXITED, as it will be said */
};

struct launcher {
	struct caller caller;
	uint32_t last_cap;
	uint64_t may_keep; /* capabilities: what the grants could give */
	bool welcomed, once, ending;
	uint64_t denied_at; /* the second of the last denials, and how many */
	unsigned denials;
	int log; /* where audit lines go; -1: nowhere */
	int slots; /* the file of the slots; -1: none */
	struct child children[START_CHILDREN];

	/* what came last: nothing in it lives longer than its request */
	uint8_t message[FRAME_SIZE_MAX + 1];
	uint8_t plan_bytes[PLAN_SIZE_MAX + 1];
	uint8_t grants_bytes[GRANT_SIZE_MAX + 1];
	int received[FRAME_FDS_MAX];
	size_t n_received;
	struct plan_memory memory;
	struct plan_rlimit rlimits[LIMITS];
	struct profile floors[GRANT_FLOORS_MAX];
};

/* main.c: the one there is. */
extern struct launcher launcher;

/* start*.c: each 0 or a negative errno; a table in main.c has their order. */
int start_stdio(struct launcher *l);
int start_caller(struct launcher *l);
int start_dumpable(struct launcher *l);
int start_signals(struct launcher *l);
int start_securebits(struct launcher *l);
int start_identity(struct launcher *l);
int start_place(struct launcher *l);
int start_limits(struct launcher *l);
int start_descriptors(struct launcher *l);
int start_agent(struct launcher *l);
int start_capabilities(struct launcher *l);
/* All five sets, exactly; the bounding set can only lose.  0 or -errno. */
int start_set_capabilities(uint64_t permitted, uint64_t bounding);

/*
 * grants.c: the file as it is now; false: there is none, or it cannot be
 * believed, and then nothing is granted.  *set points into l->grants_bytes.
 */
bool grants_read(struct launcher *l, struct grant_set *set);

/* loop.c: until the session is over and nothing of it is left.  Exit status. */
int loop_run(struct launcher *l);
/* One answer; true: it is gone (or nobody will ever read it). */
bool loop_send(struct launcher *l, const struct frame *frame, int fd);
uint64_t loop_now_ms(void);

/* request.c: each answers by itself, and closes what was received. */
void request_launch(struct launcher *l, const struct frame *frame);
void request_signal(struct launcher *l, const struct frame *frame);

/*
 * launch.c: clone; *slot is the child's then.  0 or a negative errno.
 * launch_look: what the report pipe and the kernel say about one that is
 * starting.
 */
int launch_clone(struct launcher *l, struct plan *plan, struct child *child);
void launch_look(struct launcher *l, struct child *child, uint64_t now);

/* child.c */
struct child *child_free(struct launcher *l); /* NULL: too many */
struct child *child_find(struct launcher *l, uint64_t request);
int
child_signal(struct launcher *l, struct child *child, uint64_t whom, int signo);
void child_look(struct launcher *l, struct child *child, uint64_t now);
/* When the next of them is due; UINT64_MAX: none. */
uint64_t child_due(const struct launcher *l);
/* Kill what must not outlive the session.  true: nothing is left. */
bool child_kill_all(struct launcher *l);
/* Orphans that have become ours: of children that have ended. */
void child_sweep(struct launcher *l);

/* slots.c: take one for the rule and one for the caller; false: full. */
bool slots_take(struct launcher *l, struct child *child,
		const struct grant_rule *rule, unsigned *full);
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
