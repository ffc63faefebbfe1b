/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The setuid launcher.  Theory of operation: somebody without privilege, the
 * agent, starts it with a socket as descriptor 3 and nothing else that counts;
 * everything else that it was born with is its enemy's choice, and is set
 * right by the table below before a byte is read.  Then it reads requests from
 * the socket (loop.c).  For each that root's grants permit (request.c) it
 * makes a child, which takes on the target's identity and confinement by the
 * steps of run/child.c and becomes the program; it tells the agent what
 * becomes of it, and kills what is left of it when it has ended, when its time
 * is over or when the agent is gone (child.c).  The launcher itself never
 * executes anything and never gets out of root.
 *
 * It has no arguments, no environment, no configuration but the grants, and
 * says nothing but through the socket: to descriptors 0 to 2 it does not
 * write, whatever they are.
 */
#include "launcher/launcher.h"

#include <limits.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/time.h>
#include <unistd.h>

#define ANY             LONG_MIN
#define CALL(name, ...) .call = SYS_##name, .args = { __VA_ARGS__ }
#define ASK_SOCKET(option, out)                                           \
	(sys5(SYS_getsockopt, START_SOCKET, SOL_SOCKET, (option), &(out), \
	      &(uint32_t){ sizeof(out) }) == 0)

struct launcher launcher;
static struct caller *const caller = &launcher.caller;
static const uint64_t all_signals = UINT64_MAX;
static const struct itimerval never;

static bool
open_stdio(void)
{
	for (int fd = 0; fd <= 2; fd++)
		if (sys2(SYS_fcntl, fd, F_GETFD) < 0 &&
		    sys_open("/dev/null", O_RDWR | O_CLOEXEC) != fd)
			return false;
	return true;
}

/*
 * Privilege is ours by the bit on our file, which the kernel tells by
 * AT_SECURE, or because root has started us.  Where the bit had no effect (a
 * tracer, no_new_privs, a nosuid mount, a user namespace) it is neither.
 */
static bool
read_caller(void)
{
	const long n = sys2(SYS_getgroups, CALLER_GROUPS_MAX, caller->groups);
	const bool secure = getauxval(AT_SECURE) != 0;
	uint64_t limit[2] = { 0 };
	long r = 0;

	caller->uid = (uint32_t)sys0(SYS_getuid);
	caller->gid = (uint32_t)sys0(SYS_getgid);
	caller->pid = (int32_t)sys0(SYS_getppid);
	caller->group = (int32_t)sys1(SYS_getpgid, 0);
	caller->who.nice = (int)(20 - sys2(SYS_getpriority, PRIO_PROCESS, 0));
	caller->umask = (uint32_t)sys1(SYS_umask, 077); /* no other way */
	caller->is_root = caller->uid == 0 && !secure;
	if (n < 0 || getauxval(AT_EUID) != 0 || !(secure || caller->is_root) ||
	    caller->uid != getauxval(AT_UID))
		return false;
	caller->groups[n] = caller->gid;
	caller->who.uid = caller->uid;
	caller->who.gids = caller->groups;
	caller->who.n_gids = (size_t)n + 1;
	for (unsigned i = 0; i < GRANT_RLIMITS; i++) {
		r |= sys4(SYS_prlimit64, 0, i, 0, limit);
		caller->soft[i] = limit[0];
		caller->who.hard[i] = limit[1];
	}
	return r == 0;
}

/* What is ignored for a moment is no longer pending. */
static bool
reset_signals(void)
{
	/* as the kernel has it: handler, flags, restorer, mask */
	static const uint64_t ignore[4] = { 1 };
	static const struct plan own = { .path = NULL };

	for (int s = 1; s < _NSIG; s++)
		if (sys4(SYS_rt_sigaction, s, ignore, 0, 8) != 0 &&
		    s != SIGKILL && s != SIGSTOP)
			return false;
	return confine_steps(&own, CAISSON_STAGE_SIGNALS,
			     CAISSON_STAGE_SIGNALS);
}

static bool
reaps(void)
{
	int is = 0;

	return sys2(SYS_prctl, PR_GET_CHILD_SUBREAPER, &is) == 0 && is == 1;
}

static bool
leads_group(void)
{
	return sys1(SYS_getpgid, 0) == sys0(SYS_getpid);
}

/*
 * By some of them the caller could have us fail in the middle, or be killed;
 * by none of them has it to.  A child gets them as they were.
 */
static bool
raise_limits(void)
{
	static const uint64_t least[GRANT_RLIMITS] = {
		[RLIMIT_CPU] = RLIM_INFINITY,
		[RLIMIT_RTTIME] = RLIM_INFINITY,
		[RLIMIT_NOFILE] = 3 * START_CHILDREN + 2 * FRAME_FDS_MAX,
		[RLIMIT_STACK] = 256u << 10,
		[RLIMIT_DATA] = 64u << 20,
		[RLIMIT_AS] = 64u << 20,
	};
	struct plan_rlimit want[GRANT_RLIMITS];
	struct plan own = { .n_rlimits = GRANT_RLIMITS };

	for (unsigned i = 0; i < GRANT_RLIMITS; i++) {
		const uint64_t hard = caller->who.hard[i];
		const uint64_t most = hard > least[i] ? hard : least[i];

		want[i] = (struct plan_rlimit){ i, i == RLIMIT_CORE ? 0 : most,
						most };
	}
	own.rlimits = want;
	return confine_steps(&own, CAISSON_STAGE_RLIMITS,
			     CAISSON_STAGE_RLIMITS);
}

/* Its other end is the caller's, or root's: nobody else may ask. */
static bool
check_socket(void)
{
	int domain = -1, type = -1;
	struct ucred peer = { 0 };

	return ASK_SOCKET(SO_DOMAIN, domain) && ASK_SOCKET(SO_TYPE, type) &&
	       ASK_SOCKET(SO_PEERCRED, peer) && domain == AF_UNIX &&
	       type == SOCK_SEQPACKET &&
	       (peer.uid == 0 || peer.uid == caller->uid);
}

/* Which only /proc says. */
static bool
read_oom_score(void)
{
	const long fd =
	    sys_open("/proc/self/oom_score_adj", O_RDONLY | O_CLOEXEC);
	int32_t *score = &caller->who.oom_score_adj;
	char text[8] = "";
	const char *at = text;

	(void)sys3(SYS_read, fd, text, sizeof(text) - 1);
	(void)sys1(SYS_close, fd);
	at += text[0] == '-';
	if (!proc_number(&at, score) || *at != '\n')
		return false;
	*score *= text[0] == '-' ? -1 : 1;
	return true;
}

/* As long as the number is our parent's, what is opened by it is, too. */
static bool
open_agent(void)
{
	audit_open(&launcher);
	caller->pidfd = (int)sys2(SYS_pidfd_open, caller->pid, 0);
	/* what cannot signal so could not end what it has launched */
	return sys2(SYS_pidfd_send_signal, caller->pidfd, 0) == 0 &&
	       sys0(SYS_getppid) == caller->pid;
}

static const struct step {
	enum start_step step;
	bool (*run)(void);
	long call, args[4], want;
} steps[] = {
	/* before anything is opened, which else would be one of them */
	{ START_STDIO, .run = open_stdio },
	/* before anything of it is changed */
	{ START_CALLER, .run = read_caller },
	/* before anything in memory is worth reading */
	{ START_DUMPABLE, CALL(prctl, PR_SET_DUMPABLE, 0) },
	/* before there is a state that must not be the last */
	{ START_SIGNALS,
	  CALL(rt_sigprocmask, SIG_SETMASK, (long)&all_signals, 0, 8) },
	{ START_SIGNALS, CALL(setitimer, ITIMER_REAL, (long)&never) },
	{ START_SIGNALS, CALL(setitimer, ITIMER_VIRTUAL, (long)&never) },
	{ START_SIGNALS, CALL(setitimer, ITIMER_PROF, (long)&never) },
	{ START_SIGNALS, .run = reset_signals },
	/* before ids change: they say what becomes of capabilities then */
	{ START_SECUREBITS, CALL(prctl, PR_GET_SECUREBITS) },
	/* from here on the caller can neither stop, trace nor limit us */
	{ START_IDENTITY, CALL(setgroups, 0, 0) },
	{ START_IDENTITY, CALL(getgroups, 0, 0) },
	{ START_IDENTITY, CALL(setresgid, 0, 0, 0) },
	{ START_IDENTITY, CALL(getgid, 0) },
	{ START_IDENTITY, CALL(setresuid, 0, 0, 0) },
	{ START_IDENTITY, CALL(getuid, 0) },
	/* again: a change of ids makes it what fs.suid_dumpable says */
	{ START_IDENTITY, CALL(prctl, PR_SET_DUMPABLE, 0) },
	{ START_IDENTITY, CALL(prctl, PR_GET_DUMPABLE) },
	/* before a child, or anything with a name, is made */
	{ START_PLACE, CALL(umask, 077), .want = 077 },
	{ START_PLACE, CALL(chdir, (long)"/") },
	{ START_PLACE, CALL(personality, 0), .want = ANY },
	{ START_PLACE, CALL(personality, 0xffffffff) },
	/* from before exec: they, or their orphans, would pass for ours */
	{ START_PLACE,
	  CALL(waitid, P_ALL, 0, 0, WEXITED | WNOHANG | WNOWAIT | __WALL),
	  .want = -ECHILD },
	{ START_PLACE, CALL(prctl, PR_SET_CHILD_SUBREAPER, 1), .run = reaps },
	/* another launcher signals its programs' groups, with our privilege */
	{ START_PLACE, CALL(setpgid, 0, 0), .want = ANY, .run = leads_group },
	/* before descriptors, and while there is the privilege for it */
	{ START_LIMITS, .run = raise_limits },
	/* the one socket; no other mode of it; and no other descriptor */
	{ START_DESCRIPTORS, .run = check_socket },
	{ START_DESCRIPTORS,
	  CALL(fcntl, START_SOCKET, F_SETFL, O_RDWR | O_NONBLOCK) },
	{ START_DESCRIPTORS, CALL(fcntl, START_SOCKET, F_SETFD, FD_CLOEXEC) },
	{ START_DESCRIPTORS, CALL(close_range, START_SOCKET + 1, UINT_MAX, 0) },
	/* not before: only now a descriptor is sure to be free */
	{ START_CALLER, .run = read_oom_score },
	{ START_AGENT, .run = open_agent },
	/* last: all of the above may need them */
	{ START_CAPABILITIES, .run = start_capabilities },
	{ 0 },
};

/* Of the arguments also the first is what the caller liked to say. */
int
main(int argc, char *argv[])
{
	int status = argc > 1 ? START_EXIT + START_ARGUMENTS : 0;

	(void)argv;
	environ = NULL;
	for (const struct step *s = steps; status == 0 && s->step != 0; s++) {
		const long *a = s->args;
		long r = s->want;

		if (START_STEP_HOOK(s->step) != 0)
			continue;
		if (s->call != 0)
			r = sys4(s->call, a[0], a[1], a[2], a[3]);
		if ((r != s->want && s->want != ANY) || (s->run && !s->run()))
			status = START_EXIT + (int)s->step;
	}
	if (status == 0)
		status = loop_run(&launcher);
	for (;;)
		(void)sys1(SYS_exit_group, status);
}
