/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Starting a launcher, and what can be said about one that does not start.
 * Cloned as a program of the vfork engine is, without no_new_privs: its exec is
 * where privilege comes from.  Nothing of the caller's goes into it.
 */
#include "run/session/internal.h"

#include "base/err.h"
#include "base/fd.h"
#include "base/sys.h"
#include "run/clone.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#define STACK (16u * 1024u)
/* Its end of the socket is closed before it can be waited for. */
#define LINGER_MS 1000

const char *
session_launcher_path(const char *path)
{
	return path != NULL ? path : SESSION_LAUNCHER;
}

static int
not_started(const char *path, int error, struct caisson_error *err)
{
	switch (error) {
	case ENOENT:
	case ENOTDIR:
		return err_set(err, CAISSON_E_NOT_FOUND, CAISSON_STAGE_LAUNCHER,
			       error,
			       "%s is not installed; it comes with caisson",
			       path);
	case EACCES:
		return err_set(err, CAISSON_E_PRIVILEGE, CAISSON_STAGE_LAUNCHER,
			       error,
			       "only root and members of the file's group may "
			       "start %s",
			       path);
	default:
		return err_set(err, CAISSON_E_SYSTEM, CAISSON_STAGE_LAUNCHER,
			       error, "starting %s", path);
	}
}

/* Signals are blocked meanwhile: no handler may run in our shared memory. */
static long
begin(struct session_begin *b, char *stack, int *pidfd)
{
	const uint64_t all = ~(uint64_t)0;
	uint64_t old = 0;
	long r;

	(void)sys4(SYS_rt_sigprocmask, SIG_SETMASK, &all, &old, sizeof(old));
	r = clone_shared(0, &(struct clone_stack){ stack, STACK },
			 session_begin_child, b, pidfd);
	(void)sys4(SYS_rt_sigprocmask, SIG_SETMASK, &old, 0, sizeof(old));
	return r;
}

static int
start(struct session_begin *b, int *out, struct caisson_error *err)
{
	char *stack = malloc(STACK);
	struct process_status status;
	FD_OWNED pidfd = -1;
	long r;

	if (stack == NULL)
		return err_no_memory(err, CAISSON_STAGE_LAUNCHER);
	r = begin(b, stack, &pidfd);
	free(stack);
	if (r < 0)
		return err_set(err, CAISSON_E_SYSTEM, CAISSON_STAGE_LAUNCHER,
			       (int)-r, "creating its process");
	if (b->error != 0) {
		(void)process_ended(pidfd, LINGER_MS);
		(void)process_reap(pidfd, &status);
		return not_started(b->path, b->error, err);
	}
	*out = fd_steal(&pidfd);
	return 0;
}

int
session_begin(const char *path, int *sock, int *launcher,
	      struct caisson_error *err)
{
	char name[] = "caisson-launcher";
	char *argv[] = { name, NULL }, *envp[] = { NULL };
	int pair[2] = { -1, -1 }, r;
	FD_OWNED ours = -1;
	FD_OWNED theirs = -1;
	struct session_begin b = { path, argv, envp, -1, 0 };

	caisson_fork_lock_shared();
	r = caisson_socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair);
	if (r == 0) {
		ours = fd_off_stdio(pair[0]);
		theirs = fd_off_stdio(pair[1]);
	}
	if (ours < 0 || theirs < 0) {
		r = err_set(err, CAISSON_E_SYSTEM, CAISSON_STAGE_LAUNCHER,
			    errno, "a socket for it");
	} else {
		b.sock = theirs;
		r = start(&b, launcher, err);
	}
	fd_close(&theirs);
	caisson_fork_unlock_shared();
	if (r == 0)
		*sock = fd_steal(&ours);
	return r;
}

/* ---- one that has ended ----------------------------------------------- */

static const char *const steps[START_STEPS] = {
	[START_ARGUMENTS] = "its arguments",
	[START_STDIO] = "standard descriptors",
	[START_DUMPABLE] = "keeping its memory to itself",
	[START_SIGNALS] = "signals and timers",
	[START_SECUREBITS] = "securebits and capabilities of its caller",
	[START_IDENTITY] = "its identity",
	[START_PLACE] = "umask, directory or subreaper",
	[START_LIMITS] = "hard limits of its caller that are too low",
	[START_DESCRIPTORS] = "its socket, and no other descriptor",
	[START_AGENT] = "who its caller is",
	[START_CAPABILITIES] = "its capability sets",
};

/* What can be seen from here of why exec gave it nothing. */
static const char *
why_no_privilege(const char *path)
{
	struct statvfs fs;
	struct stat st;

	if (stat(path, &st) == 0 &&
	    (st.st_uid != 0 || (st.st_mode & S_ISUID) == 0))
		return "it is not set-user-ID root";
	if (statvfs(path, &fs) == 0 && (fs.f_flag & ST_NOSUID) != 0)
		return "its file system is mounted nosuid";
	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1)
		return "no_new_privs is set here, so nobody gains any";
	return "it is traced, or root of this user namespace is not its owner";
}

static int
explain_step(const char *path, int step, struct caisson_error *err)
{
	bool denied = step == START_SECUREBITS || step == START_IDENTITY ||
		      step == START_CAPABILITIES;

	if (step == START_CALLER)
		return err_set(err, CAISSON_E_PRIVILEGE, CAISSON_STAGE_LAUNCHER,
			       0, "%s has no privilege: %s", path,
			       why_no_privilege(path));
	return err_set(err, denied ? CAISSON_E_PRIVILEGE : CAISSON_E_SYSTEM,
		       CAISSON_STAGE_LAUNCHER, 0,
		       "%s gave up at its start, because of %s", path,
		       steps[step]);
}

int
session_explain_end(const char *path, int launcher, struct caisson_error *err)
{
	struct process_status s = { 0 };
	const char *name;
	int step;

	(void)process_ended(launcher, LINGER_MS);
	if (process_reap(launcher, &s) == PROCESS_RUNNING)
		return err_set(err, CAISSON_E_PROTOCOL, CAISSON_STAGE_LAUNCHER,
			       0, "%s closed its socket", path);
	step = s.value - START_EXIT;
	if (s.how == CAISSON_HOW_EXITED && step > 0 && step < START_STEPS)
		return explain_step(path, step, err);
	if (s.how == CAISSON_HOW_EXITED)
		return err_set(err, CAISSON_E_DIED, CAISSON_STAGE_LAUNCHER, 0,
			       "%s ended at its start (status %d)", path,
			       s.value);
	if (s.how != CAISSON_HOW_SIGNALLED)
		return err_set(err, CAISSON_E_DIED, CAISSON_STAGE_LAUNCHER, 0,
			       "%s ended at its start", path);
	name = sigabbrev_np(s.value);
	return err_set(err, CAISSON_E_DIED, CAISSON_STAGE_LAUNCHER, 0,
		       "%s was killed at its start (SIG%s): are limits too "
		       "low?",
		       path, name != NULL ? name : "?");
}
