/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libcaisson: start a program with less than its launcher has, and report
 * truthfully what was done.
 *
 *	spec = new + set... + freeze, or parse	(pure: touches nothing outside)
 *	child = launch(spec)			(after exec, or not at all)
 *
 * Errors.  Every fallible call returns 0 or a negative caisson_code and takes
 * a struct caisson_error last, which may be NULL.  The returned code is the
 * err->code.  Outputs are written only on success, the error only on failure.
 *
 * Threads.  A frozen spec is read-only and may be shared by any number of
 * threads.  An unfrozen spec belongs to one thread at a time.  Any number of
 * threads may wait for a child, ask about it and signal it at once; its
 * descriptors are taken by one at a time, and caisson_child_free or
 * caisson_child_detach is its last use.  A thread may be cancelled while it
 * sleeps in caisson_child_wait or caisson_child_wait_ready, and leaves nothing
 * behind.  Launches run in parallel.
 *
 * Ownership.  Strings and arrays passed in are copied.  Descriptors returned
 * by caisson_child_fd and caisson_child_pidfd are borrowed; those of a _take_
 * call are the caller's.  Every descriptor the library makes is close-on-exec.
 *
 * The library never prints, never exits, never reads the environment, and
 * leaves the caller's signals, credentials, working directory and process
 * attributes alone (excepted caisson_exec, which becomes the program, and for
 * its own variables caisson_inherit).
 */
#ifndef CAISSON_H
#define CAISSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CAISSON_VERSION_MAJOR 0
#define CAISSON_VERSION_MINOR 1
#define CAISSON_VERSION_PATCH 0
#define CAISSON_VERSION_HEX   0x000100u

#define CAISSON_CHECK __attribute__((warn_unused_result))

/* What follows is what the library exports; all else in it is hidden. */
#pragma GCC visibility push(default)

/* ---- version ---------------------------------------------------------- */

/* The version of the library in use, as CAISSON_VERSION_HEX. */
uint32_t caisson_version(void);

/* What was built in: one static line, "0.1.0 x86_64 engines=... json ...". */
const char *caisson_features(void);

/* ---- errors ----------------------------------------------------------- */

enum caisson_code {
	CAISSON_OK = 0,
	CAISSON_E_SYNTAX = -1, /* text does not parse: line, column */
	CAISSON_E_SPEC = -2, /* spec is wrong: msg names the field */
	CAISSON_E_UNSUPPORTED = -3, /* known, but not in this build */
	CAISSON_E_USAGE = -4, /* the call is wrong (frozen spec...) */
	CAISSON_E_NO_MEMORY = -5,
	CAISSON_E_SYSTEM = -6, /* a system call failed: sys_errno */
	CAISSON_E_PRIVILEGE = -7, /* the caller lacks what this needs */
	CAISSON_E_IDENTITY = -8, /* user or group unknown or refused */
	CAISSON_E_NOT_FOUND = -9, /* no such program */
	CAISSON_E_NOT_EXECUTABLE = -10, /* program there, cannot be executed */
	CAISSON_E_TIMEOUT = -11,
	CAISSON_E_DIED = -12, /* died before it ran, or was ready */
	CAISSON_E_MISMATCH = -13, /* read back other than asked for */
	CAISSON_E_LOST = -14, /* somebody else took the status */
	CAISSON_E_POLICY = -15, /* a seccomp policy is wrong: line, column */
	CAISSON_E_FAILED = -16, /* the program says that it failed to start */
	CAISSON_E_LIED = -17, /* it reported a pid that is not its own */
	CAISSON_E_PROTOCOL = -18, /* what came is not of the protocol */
	CAISSON_E_DENIED = -19, /* no grant permits it: msg names the rule */
};

/*
 * Where it failed.  The stages from CAISSON_STAGE_DEADLINE to
 * CAISSON_STAGE_EXEC are the steps of the child, in the order they run.
 */
enum caisson_stage {
	CAISSON_STAGE_NONE = 0,
	CAISSON_STAGE_PARSE = 1, /* text to spec */
	CAISSON_STAGE_SPEC = 2, /* validation */
	CAISSON_STAGE_PROGRAM = 3, /* find and check the program */
	CAISSON_STAGE_IDENTITY = 4, /* names to numbers, privilege */
	CAISSON_STAGE_CAPABILITIES = 5, /* names to sets */
	CAISSON_STAGE_PROFILE = 6, /* seccomp profile to filter */
	CAISSON_STAGE_FILES = 7, /* open what the spec names */
	CAISSON_STAGE_PIPES = 8, /* pipes, socket pairs, report */
	CAISSON_STAGE_CLONE = 9,
	CAISSON_STAGE_POLICY = 10, /* policy text to policy */
	CAISSON_STAGE_PAYLOAD = 11, /* configuration and secret */
	CAISSON_STAGE_LAUNCHER = 12, /* the setuid launcher, and its session */
	CAISSON_STAGE_GRANT = 13, /* is it permitted? */

	CAISSON_STAGE_DEADLINE = 20,
	CAISSON_STAGE_UNSHARE_FDS = 21,
	CAISSON_STAGE_SESSION = 22,
	CAISSON_STAGE_GROUP = 23,
	CAISSON_STAGE_FOREGROUND = 24,
	CAISSON_STAGE_RLIMITS = 25,
	CAISSON_STAGE_NICE = 26,
	CAISSON_STAGE_OOM_SCORE = 27,
	CAISSON_STAGE_KEYRING = 28,
	CAISSON_STAGE_FDS = 29,
	CAISSON_STAGE_TERMINAL = 30,
	CAISSON_STAGE_NOFILE = 31,
	CAISSON_STAGE_UMASK = 32,
	CAISSON_STAGE_NO_NEW_PRIVS = 33,
	CAISSON_STAGE_BOUNDING = 34,
	CAISSON_STAGE_AMBIENT = 35,
	CAISSON_STAGE_SECUREBITS = 36,
	CAISSON_STAGE_CHROOT = 37,
	CAISSON_STAGE_GROUPS = 38,
	CAISSON_STAGE_GID = 39,
	CAISSON_STAGE_UID = 40,
	CAISSON_STAGE_CAPSET = 41,
	CAISSON_STAGE_VERIFY = 42,
	CAISSON_STAGE_PARENT_DEATH = 43,
	CAISSON_STAGE_CWD = 44,
	CAISSON_STAGE_IDENTIFY = 45, /* the program is still that file */
	CAISSON_STAGE_SIGNALS = 46,
	CAISSON_STAGE_PTRACE = 47,
	CAISSON_STAGE_READY = 48,
	CAISSON_STAGE_MASK = 49,
	CAISSON_STAGE_SECCOMP = 50,
	CAISSON_STAGE_EXEC = 51,

	CAISSON_STAGE_CONFIRM = 60, /* has it really exec'ed? */
	CAISSON_STAGE_WAIT = 61,
	CAISSON_STAGE_SIGNAL = 62,
	CAISSON_STAGE_HANDSHAKE = 63, /* is the program ready? */
	CAISSON_STAGE_MONITOR = 64,
	CAISSON_STAGE_INHERIT = 65, /* what our own launcher handed over */
};

struct caisson_error {
	int32_t code; /* enum caisson_code */
	uint32_t stage; /* enum caisson_stage */
	int32_t sys_errno; /* 0, or what the system call said */
	uint32_t index; /* which element, where the step has several */
	uint32_t line; /* of the text, from 1; 0: does not apply */
	uint32_t column; /* in bytes, from 1 */
	uint32_t reserved[2];
	char msg[224]; /* one line of printable ASCII */
};

/* A stage's name ("uid"), a code's name ("privilege"): static, never NULL. */
const char *caisson_stage_name(uint32_t stage);
const char *caisson_code_name(int32_t code);

/* ---- spec ------------------------------------------------------------- */

struct caisson_spec;
struct caisson_secret;

/* out = an empty spec, to be filled with setters or caisson_spec_load. */
CAISSON_CHECK int
caisson_spec_new(struct caisson_spec **out, struct caisson_error *err);
void caisson_spec_free(struct caisson_spec *spec);

/* out = new + load + freeze: a spec ready to launch, from JSON text. */
CAISSON_CHECK int caisson_spec_parse(const char *text, size_t len,
				     struct caisson_spec **out,
				     struct caisson_error *err);

/*
 * Read JSON text (at most 1 MiB) into an unfrozen spec: the keys that the text
 * names replace what was set before.  On failure the spec is as before.
 * Setters called later override.
 */
CAISSON_CHECK int caisson_spec_load(struct caisson_spec *spec, const char *text,
				    size_t len, struct caisson_error *err);

/* All of validation.  Afterwards the spec is read-only; twice is harmless. */
CAISSON_CHECK int
caisson_spec_freeze(struct caisson_spec *spec, struct caisson_error *err);

/*
 * out = a frozen spec as JSON text, parseable by caisson_spec_parse; free()
 * it.  CAISSON_E_SPEC for what JSON cannot hold: a string that is not UTF-8,
 * a text of more than 1 MiB.
 */
CAISSON_CHECK int caisson_spec_print(const struct caisson_spec *spec,
				     char **out, struct caisson_error *err);

/* Absolute path of the program.  Required. */
CAISSON_CHECK int caisson_spec_set_path(struct caisson_spec *spec,
					const char *path,
					struct caisson_error *err);

/* argv: NULL-terminated, argv[0] included.  Default {path}. */
CAISSON_CHECK int caisson_spec_set_argv(struct caisson_spec *spec,
					const char *const *argv,
					struct caisson_error *err);

/* One variable; value NULL removes it.  Default: no variables at all. */
CAISSON_CHECK int caisson_spec_set_env(struct caisson_spec *spec,
				       const char *name, const char *value,
				       struct caisson_error *err);
CAISSON_CHECK int
caisson_spec_clear_env(struct caisson_spec *spec, struct caisson_error *err);

/* Canonical absolute path, entered as the target identity.  Default "/". */
CAISSON_CHECK int caisson_spec_set_cwd(struct caisson_spec *spec,
				       const char *cwd,
				       struct caisson_error *err);

/* Numeric identity: exactly these ids and groups. */
CAISSON_CHECK int caisson_spec_set_ids(struct caisson_spec *spec, uint32_t uid,
				       uint32_t gid, const uint32_t *groups,
				       size_t n_groups,
				       struct caisson_error *err);

/*
 * Identity by name: the user's uid and supplementary groups, and the given
 * group, or NULL for the user's primary group.  Resolved at launch.
 */
CAISSON_CHECK int caisson_spec_set_user(struct caisson_spec *spec,
					const char *user, const char *group,
					struct caisson_error *err);

enum caisson_drop_sudo {
	CAISSON_DROP_SUDO_NO = 0,
	CAISSON_DROP_SUDO_IF_SET = 1,
	CAISSON_DROP_SUDO_REQUIRE = 2,
};

/*
 * Become the user whom SUDO_UID and SUDO_GID, DOAS_USER or PKEXEC_UID of the
 * launch option caller_env name, when the real uid is 0.
 */
CAISSON_CHECK int caisson_spec_set_drop_sudo(struct caisson_spec *spec,
					     uint32_t mode,
					     struct caisson_error *err);

/* Undo the three above: the caller's own identity, which is the default. */
CAISSON_CHECK int caisson_spec_clear_identity(struct caisson_spec *spec,
					      struct caisson_error *err);

/* Keep one capability, by name, with or without CAP_.  Default: none. */
CAISSON_CHECK int caisson_spec_add_capability(struct caisson_spec *spec,
					      const char *name,
					      struct caisson_error *err);

/*
 * required: a bounding set that cannot be reduced to the capabilities (the
 * caller lacks CAP_SETPCAP) fails the launch.  Default: it is left, inert.
 */
CAISSON_CHECK int caisson_spec_set_bounding(struct caisson_spec *spec,
					    bool required,
					    struct caisson_error *err);

/* A shipped profile by name; "unconfined": no filter.  Default "default". */
CAISSON_CHECK int caisson_spec_set_seccomp_profile(struct caisson_spec *spec,
						   const char *name,
						   struct caisson_error *err);

/* A policy file by absolute path. */
CAISSON_CHECK int caisson_spec_set_seccomp_policy(struct caisson_spec *spec,
						  const char *path,
						  struct caisson_error *err);

enum caisson_direction {
	CAISSON_TO_CHILD = 1, /* the child reads */
	CAISSON_FROM_CHILD = 2, /* the child writes */
};

enum caisson_file_mode {
	CAISSON_FILE_READ = 1, /* must exist */
	CAISSON_FILE_WRITE = 2, /* created or truncated */
	CAISSON_FILE_APPEND = 3, /* created if absent */
	CAISSON_FILE_READ_WRITE = 4, /* created if absent */
};

/*
 * The program's descriptors.  fd is the number in the program: 0 to 2, or an
 * extra one from 3 to 1023 (at most 128).  Setting a number again replaces it.
 * Standard ones default to inherit; everything not named is closed.
 *
 *	inherit		a copy of the caller's descriptor `from`
 *	null		/dev/null (0 to 2 only)
 *	closed		not open (0 to 2 only)
 *	pipe		a pipe; the other end is caisson_child_fd(child, fd)
 *	socketpair	a stream socket pair, likewise (extra ones only)
 *	file		a file, opened by the caller's authority before the
 *			launch; files are created with mode 0666 less the
 *			caller's umask
 *	stderr_to_stdout	2 is a copy of 1
 */
CAISSON_CHECK int caisson_spec_fd_inherit(struct caisson_spec *spec, int fd,
					  int from, struct caisson_error *err);
CAISSON_CHECK int caisson_spec_fd_null(struct caisson_spec *spec, int fd,
				       struct caisson_error *err);
CAISSON_CHECK int caisson_spec_fd_closed(struct caisson_spec *spec, int fd,
					 struct caisson_error *err);
CAISSON_CHECK int caisson_spec_fd_pipe(struct caisson_spec *spec, int fd,
				       uint32_t direction,
				       struct caisson_error *err);
CAISSON_CHECK int caisson_spec_fd_socketpair(struct caisson_spec *spec, int fd,
					     struct caisson_error *err);
CAISSON_CHECK int caisson_spec_fd_file(struct caisson_spec *spec, int fd,
				       const char *path, uint32_t mode,
				       struct caisson_error *err);
CAISSON_CHECK int caisson_spec_stderr_to_stdout(struct caisson_spec *spec,
						struct caisson_error *err);

#define CAISSON_GROUP_NEW     0 /* its own process group (default) */
#define CAISSON_GROUP_INHERIT (-1) /* the caller's */

/* pgid: one of the above, or an existing group of the caller's session. */
CAISSON_CHECK int caisson_spec_set_group(struct caisson_spec *spec,
					 int32_t pgid,
					 struct caisson_error *err);

/* A session of its own (and so a group of its own, and no terminal). */
CAISSON_CHECK int caisson_spec_set_session(struct caisson_spec *spec, bool own,
					   struct caisson_error *err);

enum caisson_tty {
	CAISSON_TTY_INHERIT = 0,
	CAISSON_TTY_CONTROL = 1, /* stdin becomes the controlling one */
	CAISSON_TTY_DETACH = 2, /* give up the controlling terminal */
};
CAISSON_CHECK int caisson_spec_set_tty(struct caisson_spec *spec, uint32_t tty,
				       struct caisson_error *err);

/* Make the group the foreground group of the controlling terminal. */
CAISSON_CHECK int caisson_spec_set_foreground(struct caisson_spec *spec,
					      bool foreground,
					      struct caisson_error *err);

/*
 * Signal sent to the program when the launching *thread* ends (the kernel's
 * rule); 0: none.  Start such children from a thread that lives long enough.
 */
CAISSON_CHECK int
caisson_spec_set_parent_death_signal(struct caisson_spec *spec, int signo,
				     struct caisson_error *err);

/* Default: the caller's umask, nice value and oom_score_adj. */
CAISSON_CHECK int caisson_spec_set_umask(struct caisson_spec *spec,
					 uint32_t mask,
					 struct caisson_error *err);
CAISSON_CHECK int caisson_spec_set_nice(struct caisson_spec *spec, int nice,
					struct caisson_error *err);
CAISSON_CHECK int caisson_spec_set_oom_score_adj(struct caisson_spec *spec,
						 int adj,
						 struct caisson_error *err);

/* Root directory of the program; path and cwd are seen from inside it. */
CAISSON_CHECK int caisson_spec_set_chroot(struct caisson_spec *spec,
					  const char *path,
					  struct caisson_error *err);

/* The launching thread becomes the tracer: the program stops at its exec. */
CAISSON_CHECK int caisson_spec_set_ptrace(struct caisson_spec *spec,
					  bool traced,
					  struct caisson_error *err);

#define CAISSON_UNLIMITED UINT64_MAX

/* name: "nofile", "RLIMIT_NOFILE"...; in the units of setrlimit(2). */
CAISSON_CHECK int caisson_spec_set_rlimit(struct caisson_spec *spec,
					  const char *name, uint64_t soft,
					  uint64_t hard,
					  struct caisson_error *err);

/*
 * Wall time in milliseconds, 0: none; then SIGTERM, then after the grace
 * (default 5000) SIGKILL, both to the tree.  Enforced while somebody is in
 * caisson_child_wait.
 */
CAISSON_CHECK int caisson_spec_set_timeout_ms(struct caisson_spec *spec,
					      uint64_t timeout_ms,
					      struct caisson_error *err);
CAISSON_CHECK int caisson_spec_set_kill_grace_ms(struct caisson_spec *spec,
						 uint64_t grace_ms,
						 struct caisson_error *err);

/* ---- launch ----------------------------------------------------------- */

enum caisson_engine {
	CAISSON_ENGINE_AUTO = 0,
	CAISSON_ENGINE_VFORK = 1, /* no change of privilege */
	CAISSON_ENGINE_FORK = 2, /* the caller has the privilege */
	CAISSON_ENGINE_REPLACE = 3, /* caisson_exec */
	CAISSON_ENGINE_LAUNCHER = 4, /* a grant has it, see caisson_session.h */
};

/*
 * size: sizeof(struct caisson_launch_options).  A shorter struct of an older
 * caller means zeros; a longer one is fine if what we do not know is zero.
 */
struct caisson_launch_options {
	uint32_t size;
	uint32_t engine; /* enum caisson_engine; unfit: an error */
	uint64_t setup_timeout_ms; /* clone to exec; 0: 10000 */
	const char *const *caller_env; /* for drop_sudo; NULL: none */
	uint32_t denials; /* 1: report refused calls, see caisson_policy.h */
	uint32_t reserved; /* 0 */
	/* of a handshake, see caisson_handshake.h */
	const struct caisson_secret *secret; /* NULL: an empty one */
	const void *config; /* sent as it is; NULL: the spec's */
	size_t config_len;
	uint64_t handshake_limit; /* bytes, each; 0: 1 MiB */
	/* of the launcher engine, see caisson_session.h */
	struct caisson_session *session; /* NULL: one for this launch */
	const char *launcher; /* its absolute path; NULL: as installed */
	uint32_t detach; /* 1: it outlives its session, if it is granted */
	uint32_t reserved_session; /* 0 */
};

struct caisson_child;

/*
 * Start the program.  Returns after its exec, or with an error after whatever
 * was started has been reaped: nothing of the program ran.  options NULL: all
 * defaults.
 */
CAISSON_CHECK int caisson_launch(const struct caisson_spec *spec,
				 const struct caisson_launch_options *options,
				 struct caisson_child **out,
				 struct caisson_error *err);

/*
 * Become the program in place: the same steps, no new process.  Returns only
 * on failure; by then the process may be partly confined: report and exit.
 * The process must be single-threaded.
 */
CAISSON_CHECK int caisson_exec(const struct caisson_spec *spec,
			       const struct caisson_launch_options *options,
			       struct caisson_error *err);

/* Everything a launch would check before it creates anything. */
CAISSON_CHECK int caisson_check(const struct caisson_spec *spec,
				const struct caisson_launch_options *options,
				uint32_t *out_engine,
				struct caisson_error *err);

/* ---- child ------------------------------------------------------------ */

/* For display and /proc only: a pid may be reused once it has been waited. */
int32_t caisson_child_pid(const struct caisson_child *child);

/* Borrowed; readable (poll) when the program has ended. */
int caisson_child_pidfd(const struct caisson_child *child);

/* The engine that started it: enum caisson_engine. */
uint32_t caisson_child_engine(const struct caisson_child *child);

/*
 * What the program started with: read back from the kernel by the child itself
 * after the last change and before the exec, so nothing that the program did
 * since is in it.  Real, effective, saved and file-system ids were all equal.
 */
struct caisson_applied {
	uint32_t size; /* of the caller's struct, as in the launch options */
	uint32_t uid, gid, n_groups;
	const uint32_t *groups; /* sorted; the child's: until it is freed */
	uint64_t bounding, permitted, effective, inheritable, ambient;
	uint32_t securebits;
	int32_t pgid, sid, nice;
	uint32_t umask, filter_instructions; /* of the filter; 0: none */
	bool no_new_privs, filtered_before; /* by a filter of the caller's */
	const char
	    *grant; /* "FILE:LINE" that permits it, the child's; or NULL */
};

void caisson_child_applied(const struct caisson_child *child,
			   struct caisson_applied *out);

/*
 * The caller's end of the program's descriptor fd (a pipe or socket pair of
 * the spec); -1 if there is none.  take: it is the caller's from now on.
 */
int caisson_child_fd(const struct caisson_child *child, int fd);
int caisson_child_take_fd(struct caisson_child *child, int fd);

enum caisson_how {
	CAISSON_HOW_EXITED = 1, /* value: exit status, 0 to 255 */
	CAISSON_HOW_SIGNALLED = 2, /* value: signal number */
	CAISSON_HOW_LOST = 3, /* somebody else took the status */
};

struct caisson_exit {
	uint32_t how; /* enum caisson_how */
	int32_t value;
	bool core; /* a core was dumped */
	bool timed_out; /* ended after its timeout_ms had passed */
	bool has_usage; /* the three below are known */
	int32_t pid;
	uint64_t user_us, system_us; /* CPU time, microseconds */
	uint64_t max_rss_kib;
	int64_t started_ns, ended_ns; /* CLOCK_REALTIME; ended: when seen */
	/* killed for a refused call that was to be reported: which one */
	uint32_t was_refused; /* 1: the three below are known */
	uint32_t refused_nr, refused_arch, refused_action;
	uint64_t reserved[4]; /* 0 */
};

#define CAISSON_FOREVER UINT64_MAX

/*
 * Wait for the end.  CAISSON_E_TIMEOUT: still running after timeout_ms.  0
 * looks without blocking, and carries out what is due of the spec's own
 * timeout.  Waiting again gives the same record.
 */
CAISSON_CHECK int
caisson_child_wait(struct caisson_child *child, uint64_t timeout_ms,
		   struct caisson_exit *out, struct caisson_error *err);

/*
 * Milliseconds until caisson_child_wait(child, 0, ...) has something to do, or
 * caisson_child_denial to tell again, although the program has not ended;
 * CAISSON_FOREVER: never.
 */
uint64_t caisson_child_next_ms(const struct caisson_child *child);

enum caisson_scope {
	CAISSON_SCOPE_PROCESS = 0,
	CAISSON_SCOPE_GROUP = 1, /* its process group, if it has its own */
	CAISSON_SCOPE_TREE = 2, /* launcher engine: with its orphans, too */
};

/* CAISSON_E_SYSTEM with ESRCH when it has ended. */
CAISSON_CHECK int caisson_child_signal(struct caisson_child *child, int signo,
				       uint32_t scope,
				       struct caisson_error *err);

/*
 * SIGKILL to the program and to its process group, if it has its own: best
 * effort, for whatever left that group is not reached.
 */
CAISSON_CHECK int
caisson_child_kill(struct caisson_child *child, struct caisson_error *err);

/*
 * SIGTERM to the program and its group, and after grace_ms SIGKILL, carried out
 * while somebody is in caisson_child_wait or a monitor has it.
 */
CAISSON_CHECK int caisson_child_stop(struct caisson_child *child,
				     uint64_t grace_ms,
				     struct caisson_error *err);

/*
 * Let go of it: the program goes on, its pidfd is the caller's, and the handle
 * is gone.  Refused (and nothing done) where somebody has to stay: a timeout, a
 * handshake that is not decided, refused calls to report, a parent death
 * signal; and when it has ended.
 */
CAISSON_CHECK int caisson_child_detach(struct caisson_child *child,
				       int *out_pidfd,
				       struct caisson_error *err);

/* Kills (as above) what still runs, reaps it, closes everything.  NULL ok. */
void caisson_child_free(struct caisson_child *child);

/* ---- fork lock -------------------------------------------------------- */

/*
 * Linux creates every descriptor close-on-exec atomically if asked, and
 * caisson's children close everything else, so caisson's own launches leak
 * nothing.  This lock is for the rest of the program: whoever creates
 * descriptors that are not born close-on-exec holds it shared until they are;
 * whoever forks and execs by other means holds it exclusive from before fork
 * until after it.  A launch takes it shared by itself, until its child's ends
 * are closed here (vfork engine: until its exec, or the set-up deadline): do not
 * hold it in any form across a launch.  Never do under it what can block: open(2) of a FIFO,
 * a terminal or a network file can, so open with O_CLOEXEC instead, without
 * the lock.  Usable in a forked child; not async-signal-safe.
 */
void caisson_fork_lock_shared(void);
void caisson_fork_unlock_shared(void);
void caisson_fork_lock_exclusive(void);
void caisson_fork_unlock_exclusive(void);

/* As the system calls, always close-on-exec: 0 or fd, -1 with errno. */
CAISSON_CHECK int caisson_pipe(int out[2]);
CAISSON_CHECK int
caisson_socketpair(int domain, int type, int protocol, int out[2]);
CAISSON_CHECK int caisson_socket(int domain, int type, int protocol);
CAISSON_CHECK int caisson_accept(int fd);
CAISSON_CHECK int caisson_dup(int fd);

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif
#endif
