/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The launcher's side of the descriptors.  Files are opened first and without
 * the fork lock, because that can block; pipes and socket pairs under it.
 * All are close-on-exec from birth.
 */
#include "run/launch.h"

#include "base/err.h"
#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kcmp.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char *const std_names[] = { "stdin", "stdout", "stderr" };

/* How the user knows it: "stdin", or "fd 7". */
static int
fail(struct caisson_error *err, int64_t fd, int error, const char *what)
{
	int r;

	if (fd >= 0 && fd <= 2)
		r = err_set(err, CAISSON_E_SYSTEM, CAISSON_STAGE_FILES, error,
			    "%s: %s", std_names[fd], what);
	else
		r = err_set(err, CAISSON_E_SYSTEM, CAISSON_STAGE_FILES, error,
			    "fd %lld: %s", (long long)fd, what);
	if (err != NULL)
		err->index = (uint32_t)fd;
	return r;
}

static void
add_source(struct launch *l, int64_t target, int source)
{
	struct plan *plan = &l->plan;

	l->fds[plan->n_fds].target = (int)target;
	l->fds[plan->n_fds].source = source;
	plan->n_fds++;
}

/* A descriptor of ours that the child copies: closed after the clone. */
static void
add_owned(struct launch *l, int64_t target, int *fd)
{
	int number = fd_steal(fd);

	l->opened[l->n_opened++] = number;
	add_source(l, target, number);
}

static int
open_null(struct launch *l, int64_t target, struct caisson_error *err)
{
	FD_OWNED fd =
	    fd_off_stdio(open("/dev/null", O_RDWR | O_CLOEXEC | O_NOCTTY));
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return fail(err, target, errno, "/dev/null");
	if (!S_ISCHR(st.st_mode) || st.st_rdev != makedev(1, 3))
		return fail(err, target, ENODEV,
			    "/dev/null is not the null device");
	add_owned(l, target, &fd);
	return 0;
}

static uint64_t
mode_flags(uint32_t mode)
{
	switch (mode) {
	case CAISSON_FILE_WRITE:
		return O_WRONLY | O_CREAT | O_TRUNC;
	case CAISSON_FILE_APPEND:
		return O_WRONLY | O_CREAT | O_APPEND;
	case CAISSON_FILE_READ_WRITE:
		return O_RDWR | O_CREAT;
	default:
		return O_RDONLY;
	}
}

/*
 * Opened by our authority.  Where the program gets another uid, a link on the
 * way could have been put there by that user, to make us open what it may not:
 * then links are not followed.  O_NONBLOCK so that a FIFO does not hang us.
 */
static int
open_path(const struct launch *l, const struct spec_fd *f)
{
	struct open_how how = { 0 };

	how.flags = mode_flags(f->mode) | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
	if ((how.flags & O_CREAT) != 0)
		how.mode = 0666;
	if (l->plan.change_uid)
		how.resolve = RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
	return (int)syscall(SYS_openat2, AT_FDCWD, f->path, &how, sizeof(how));
}

static int
open_file(struct launch *l, const struct spec_fd *f, struct caisson_error *err)
{
	FD_OWNED fd = fd_off_stdio(open_path(l, f));
	int flags;

	if (fd < 0 && errno == ELOOP && l->plan.change_uid)
		return fail(
		    err, f->fd, ELOOP,
		    "symbolic links are not followed when the uid changes");
	if (fd < 0)
		return fail(err, f->fd, errno, f->path);
	flags = fcntl(fd, F_GETFL);
	if (flags < 0 || fcntl(fd, F_SETFL, flags & ~O_NONBLOCK) < 0)
		return fail(err, f->fd, errno, f->path);
	add_owned(l, f->fd, &fd);
	return 0;
}

static int
inherit(struct launch *l, const struct spec_fd *f, struct caisson_error *err)
{
	if (fcntl((int)f->from, F_GETFD) < 0)
		return fail(err, f->fd, errno,
			    "the descriptor to inherit is not open");
	add_source(l, f->fd, (int)f->from);
	return 0;
}

static int
open_one(struct launch *l, const struct spec_fd *f, struct caisson_error *err)
{
	if (f->kind == SPEC_FD_NULL)
		return open_null(l, f->fd, err);
	if (f->kind == SPEC_FD_FILE)
		return open_file(l, f, err);
	return 0; /* closed, inherited, or made later under the lock */
}

/*
 * What the caller has, before anything of ours can stand on a number that the
 * caller has not got.  A standard one that the spec does not name is the
 * caller's, or /dev/null where it has none.
 */
static int
take_inherited(struct launch *l, bool missing[3], struct caisson_error *err)
{
	const struct caisson_spec *spec = l->spec;
	int r = 0;

	for (int i = 0; r == 0 && i < 3; i++) {
		const struct spec_fd *f = &spec->stdio[i];

		missing[i] = f->kind == 0 && fcntl(i, F_GETFD) < 0;
		if (f->kind == 0 && !missing[i])
			add_source(l, i, i);
		else if (f->kind == SPEC_FD_INHERIT)
			r = inherit(l, f, err);
	}
	for (size_t i = 0; r == 0 && i < spec->n_extra; i++)
		if (spec->extra[i].kind == SPEC_FD_INHERIT)
			r = inherit(l, &spec->extra[i], err);
	return r;
}

int
launch_open_files(struct launch *l, struct caisson_error *err)
{
	bool missing[3] = { false, false, false };
	int r = take_inherited(l, missing, err);

	for (int i = 0; r == 0 && i < 3; i++)
		r = missing[i] ? open_null(l, i, err)
			       : open_one(l, &l->spec->stdio[i], err);
	for (size_t i = 0; r == 0 && i < l->spec->n_extra; i++)
		r = open_one(l, &l->spec->extra[i], err);
	return r;
}

static int
make_pair(struct launch *l, const struct spec_fd *f, struct caisson_error *err)
{
	bool is_pipe = f->kind == SPEC_FD_PIPE;
	int child = is_pipe && f->direction == CAISSON_FROM_CHILD, r;
	int pair[2] = { -1, -1 };
	FD_OWNED ours = -1;
	FD_OWNED theirs = -1;

	r = is_pipe ? caisson_pipe(pair)
		    : caisson_socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
	if (r == 0) {
		ours = fd_off_stdio(pair[1 - child]);
		theirs = fd_off_stdio(pair[child]);
	}
	if (ours < 0 || theirs < 0)
		return fail(err, f->fd, errno, is_pipe ? "pipe" : "socketpair");
	l->ends[l->n_ends].target = (int)f->fd;
	l->ends[l->n_ends].fd = fd_steal(&ours);
	l->n_ends++;
	add_owned(l, f->fd, &theirs);
	return 0;
}

static int
make_one(struct launch *l, const struct spec_fd *f, struct caisson_error *err)
{
	if (f->kind == SPEC_FD_PIPE || f->kind == SPEC_FD_SOCKETPAIR)
		return make_pair(l, f, err);
	return 0;
}

static int
make_report(struct launch *l, struct caisson_error *err)
{
	int pair[2];

	if (l->plan.engine != CAISSON_ENGINE_FORK)
		return 0;
	if (pipe2(pair, O_CLOEXEC | O_NONBLOCK) < 0)
		return err_set(err, CAISSON_E_SYSTEM, CAISSON_STAGE_PIPES,
			       errno, "the report pipe");
	l->report_read = fd_off_stdio(pair[0]);
	l->report_write = l->report_slot = fd_off_stdio(pair[1]);
	if (l->report_read < 0 || l->report_write < 0)
		return err_set(err, CAISSON_E_SYSTEM, CAISSON_STAGE_PIPES,
			       errno, "the report pipe");
	l->plan.report_fd = &l->report_slot;
	return 0;
}

/* stderr as a copy of whatever stdout has become. */
static void
copy_stdout(struct launch *l)
{
	if (l->spec->stdio[2].kind != SPEC_FD_STDOUT)
		return;
	for (size_t i = 0; i < l->plan.n_fds; i++)
		if (l->fds[i].target == 1) {
			add_source(l, 2, l->fds[i].source);
			return;
		}
}

static int
by_target(const void *a, const void *b)
{
	return ((const struct plan_fd *)a)->target -
	       ((const struct plan_fd *)b)->target;
}

/* Above this, copying the table up to a source costs more than fetching it. */
#define FETCH_FROM 256

/* A thread can have a table of its own, and a pidfd speaks for the first. */
static bool
is_process_table(void)
{
	pid_t pid = getpid(), tid = (pid_t)syscall(SYS_gettid);

	return pid == tid || syscall(SYS_kcmp, pid, tid, KCMP_FILES, 0, 0) == 0;
}

static void
open_sentinel(struct plan *plan)
{
	FD_OWNED any = eventfd(0, EFD_CLOEXEC);

	if (any >= (int)plan->cut)
		plan->sentinel_fd = fd_steal(&any);
	else if (any >= 0)
		plan->sentinel_fd = fcntl(any, F_DUPFD_CLOEXEC, plan->cut);
}

/*
 * What the vfork child needs to get a table of its own: a descriptor that must
 * not be in it, and a way to fetch sources that are numbered high; where that
 * cannot be had, the table is copied: slower, and the same.  Where no number
 * is left above the sources (the limit was lowered), a fork does without.
 */
static int
prepare_unshare(struct launch *l, int max_source, struct caisson_error *err)
{
	struct plan *plan = &l->plan;

	if (plan->engine != CAISSON_ENGINE_VFORK)
		return 0;
	plan->cut = max_source < 2 ? 3 : (unsigned)max_source + 1;
	open_sentinel(plan);
	if (plan->sentinel_fd < 0 && l->options.engine == CAISSON_ENGINE_VFORK)
		return err_set(err, CAISSON_E_SYSTEM, CAISSON_STAGE_PIPES,
			       EMFILE, "a descriptor above the program's");
	if (plan->sentinel_fd < 0) {
		plan->engine = CAISSON_ENGINE_FORK;
		return make_report(l, err);
	}
	if (max_source >= FETCH_FROM && is_process_table())
		plan->self_pidfd = (int)syscall(SYS_pidfd_open, getpid(), 0);
	return 0;
}

/* Refused calls: the one descriptor that the program does not get. */
static int
make_hand_over(struct launch *l, struct caisson_error *err)
{
	FD_OWNED theirs = -1;
	int r;

	if (!l->plan.denials)
		return 0;
	r = launch_denials_open(l, &theirs, err);
	if (r == 0)
		add_owned(l, l->plan.hand_over, &theirs);
	return r;
}

static int
make_handshake(struct launch *l, struct caisson_error *err)
{
	FD_OWNED data = -1;
	FD_OWNED status = -1;
	int r;

	if (l->handshake.protocol == NULL)
		return 0;
	r = launch_handshake_open(l, &data, &status, err);
	if (r < 0)
		return r;
	add_owned(l, l->spec->handshake.data_fd, &data);
	add_owned(l, l->spec->handshake.status_fd, &status);
	return 0;
}

int
launch_open_pipes(struct launch *l, struct caisson_error *err)
{
	struct plan *plan = &l->plan;
	int r = make_report(l, err), max_source = -1;

	for (int i = 0; r == 0 && i < 3; i++)
		r = make_one(l, &l->spec->stdio[i], err);
	for (size_t i = 0; r == 0 && i < l->spec->n_extra; i++)
		r = make_one(l, &l->spec->extra[i], err);
	if (r == 0)
		r = make_hand_over(l, err);
	if (r == 0)
		r = make_handshake(l, err);
	if (r < 0)
		return r;
	copy_stdout(l);
	qsort(l->fds, plan->n_fds, sizeof(l->fds[0]), by_target);
	plan->fds = l->fds;
	plan->sources = l->sources;
	for (size_t i = 0; i < plan->n_fds; i++) {
		l->sources[i] = l->fds[i].source;
		if (l->fds[i].source > max_source)
			max_source = l->fds[i].source;
	}
	return prepare_unshare(l, max_source, err);
}

void
launch_close_child_ends(struct launch *l)
{
	for (size_t i = 0; i < l->n_opened; i++)
		fd_close(&l->opened[i]);
	l->n_opened = 0;
	fd_close(&l->report_write);
	fd_close(&l->plan.self_pidfd);
	fd_close(&l->plan.sentinel_fd);
}
