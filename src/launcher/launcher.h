/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The launcher from inside: one process, one thread, no allocation, no stdio,
 * no locale, no names, no handler of signals.  All of its memory is here.
 *
 *	main.c     the start: a table of steps; then the loop
 *	confine.c  capabilities: those that stay; and after the only launch of
 *		   a session next to nothing may be done any more
 *	grants.c   the file of the grants
 *	loop.c     one poll of the socket, the agent, children and the clock
 *	request.c  what came as a launch or a signal, and whether it is granted
 *	launch.c   a clone, and whether it has exec'ed
 *	child.c    what runs: signals, timeouts, the end, and orphans
 *	proc.c     what only /proc says
 *	slots.c    how many run at a time, over all sessions
 *	audit.c    one line for each decision and each end
 *
 * Every system call is raw and every result is looked at.
 */
#ifndef LAUNCHER_LAUNCHER_H
#define LAUNCHER_LAUNCHER_H

#include "base/sys.h"
#include "grant/rule.h"
#include "plan/ask.h"
#include "plan/frame.h"
#include "plan/start.h"
#include "plan/take.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>

#define CALLER_GROUPS_MAX 65536u

/* As it was at the start.  Nothing of it is asked for again. */
struct caller {
	uint32_t uid, gid;
	uint32_t groups[CALLER_GROUPS_MAX + 1];
	struct plan_asker who; /* the same, and more, for the grants */
	uint64_t soft[GRANT_RLIMITS];
	bool is_root; /* and we are not setuid: it can do all this itself */
	int32_t pid; /* the agent: our parent */
	int32_t group; /* whose programs that are in no new one are in */
	int pidfd;
	uint32_t umask;
	char exe[4096]; /* for the audit; "" where it cannot be read */
};

struct audit_decision {
	const struct frame *answer; /* ACCEPTED, DENIED, FAILED, EXITED */
	const char *program; /* its path; "": not known any more, or a signal */
	uint32_t uid, gid; /* the target; UINT32_MAX: not known */
	int32_t pid; /* of what ended, or is signalled; 0: there is none */
	uint64_t signal; /* 0: a launch */
	uint64_t hash;
};

enum child_state {
	CHILD_ENDED = 0, /* reaped; answers, or orphans, may still be there */
	CHILD_STARTING, /* cloned: nobody knows yet whether it will exec */
	CHILD_RUNNING,
};

struct child {
	struct frame_launch asked;
	enum child_state state;
	int32_t pid; /* 0: ended, and nothing has it as group or session */
	int pidfd;
	int report; /* its end of the pipe; -1: closed */
	int slots; /* the file in which they are locked; -1: none are */
	bool leads_group, timed_out;
	bool held; /* dead; but who traces it has not let it go */
	struct report said; /* READY, or what failed; stage 0: nothing yet */
	uint64_t due; /* CLOCK_MONOTONIC, ms; UINT64_MAX: never */
	struct frame started; /* is owed; type 0: not, or not any more */
	struct frame answer; /* FAILED or EXITED: once it has ended */
	struct audit_decision decision; /* what is told of its end */
};

/* Where in launcher.polled; and from there on children's. */
enum {
	POLL_SOCKET = 0,
	POLL_AGENT,
	POLL_DEATHS,
	POLL_CHILDREN,
};

struct launcher {
	struct caller caller;
	uint32_t last_cap;
	uint64_t may_keep; /* capabilities: what the grants could give */
	bool welcomed, once, ending;
	bool used; /* there has been a launch: of one, the only one */
	bool keeps_orphans; /* something detached has begun: they may be its */
	bool crowded; /* a request waits for the socket to have room */
	uint64_t now, hello_by; /* CLOCK_MONOTONIC, ms */
	uint64_t denied_at; /* the second of the last denials, and how many */
	unsigned denials;
	int log; /* where audit lines go; negative: nowhere */
	size_t line_len;
	char line[4096]; /* of the audit */
	int deaths; /* a signalfd: somebody has died */
	int our_children; /* the kernel's list of them */
	struct child children[START_CHILDREN];
	struct pollfd polled[POLL_CHILDREN + START_CHILDREN];

	/* what came last: nothing in it lives longer than its request */
	uint8_t message[FRAME_SIZE_MAX + 1];
	uint8_t plan_bytes[PLAN_SIZE_MAX + 1];
	uint8_t grants_bytes[GRANT_SIZE_MAX + 1];
	int received[FRAME_FDS_MAX];
	size_t n_received;
	struct plan plan;
	struct plan_memory memory;
	struct grant_answer grant; /* points into grants_bytes */
	struct frame answer; /* type 0: none */
	struct profile floors[GRANT_FLOORS_MAX];
	struct rusage usage; /* of whom was waited for */
};

#define CHILDREN_END(l) ((l)->children + START_CHILDREN)

/* main.c: the one there is. */
extern struct launcher launcher;

/*
 * confine.c: steps of the child, for ourselves; and by them the session's
 * capabilities.  false: it is not so.
 */
bool confine_steps(const struct plan *own, uint32_t first, uint32_t last);
bool start_capabilities(void);
/* CAP_KILL, no bounding set, and an allow-list.  0 or -errno. */
int once_confine(struct launcher *l);

/*
 * grants.c: the file as it is now; false: there is none, or it cannot be
 * believed, and then nothing is granted.  *set points into l->grants_bytes.
 * What is opened is root's alone to write, with all that is above it; or -1.
 */
bool grants_read(struct launcher *l, struct grant_set *set);
long grants_open(const char *path, unsigned flags);

/* loop.c: until the session is over and nothing of it is left.  Exit status. */
int loop_run(struct launcher *l);
uint64_t loop_clock_ns(int which);

/* request.c: l->answer is the answer; or it is no request, and why. */
enum frame_fault request_launch(struct launcher *l, const struct frame *frame);
enum frame_fault request_signal(struct launcher *l, const struct frame *frame);

/*
 * launch.c: clone; the child is starting then.  0 or a negative errno.
 * launch_look: what its report pipe and the kernel say about it.
 */
long launch_clone(const struct plan *plan, struct child *child);
void launch_look(struct launcher *l, struct child *child, bool dead);

/* child.c: false: orphans cannot be seen. */
bool child_begin(struct launcher *l);
/* Starting or running: it has a number, and it is ours to reap. */
static inline bool
child_lives(const struct child *c)
{
	return c->state != CHILD_ENDED;
}
/* enum frame_whom; SIGKILL to a group is for its leader, wherever it is. */
long child_signal(const struct launcher *l, const struct child *child,
		  uint64_t whom, int signo);
void child_look(struct launcher *l, struct child *child);
/* -1 is none, and what is closed becomes that. */
static inline void
child_close(int *fd)
{
	if (*fd > START_SOCKET)
		(void)sys1(SYS_close, *fd);
	*fd = -1;
}
/* Orphans: reap those that are dead, kill those of who has ended. */
void child_sweep(struct launcher *l);
/* Kill what must not outlive the session.  true: nothing is left. */
bool child_kill_all(struct launcher *l);

/* proc.c: of a file there no more than this is read. */
#define PROC_TEXT 4096u
/* The decimal number there; *text goes past it.  false: there is none. */
bool proc_number(const char **text, int32_t *out);
/* Whose the process is that pidfd stands for; false: that cannot be told. */
bool proc_owner(int pidfd, int32_t *pid, uint32_t *uid);

/*
 * slots.c: one for the caller, and one for the rule, if it says how many; the
 * grant is denied then if there is none.  0 or a negative errno: -EAGAIN, the
 * caller has too many.
 */
long
slots_take(struct launcher *l, struct child *child, struct grant_answer *grant);
void slots_release(struct child *child);

/*
 * audit.c: never blocks, and nothing waits for it.  It opens when a descriptor
 * is sure to be free; a log that is there only later is found, too.
 */
void audit_open(struct launcher *l);
/* Of a plan's bytes: to find the lines that belong together, and no proof. */
uint64_t audit_hash(const uint8_t *data, size_t len);
void audit_write(struct launcher *l, const struct audit_decision *what);

#endif
