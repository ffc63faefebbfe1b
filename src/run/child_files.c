/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The steps that touch paths, and the last two: filter and exec.  All but
 * chroot run as the target identity.  Rules of child.c.
 */
#include "run/child_steps.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/stat.h>

static bool
same_string(const char *a, const char *b)
{
	while (*a != '\0' && *a == *b) {
		a++;
		b++;
	}
	return *a == *b;
}

static int
file_id(const char *path, struct plan_file_id *out)
{
	struct statx st = { 0 };
	long r =
	    sys5(SYS_statx, AT_FDCWD, path, 0, STATX_INO | STATX_TYPE, &st);

	if (r < 0)
		return (int)r;
	/* the kernel says here what it has filled in */
	if ((st.stx_mask & STATX_INO) == 0)
		return -PLAN_MISMATCH;
	out->dev_major = st.stx_dev_major;
	out->dev_minor = st.stx_dev_minor;
	out->ino = st.stx_ino;
	return 0;
}

static bool
same_file(const struct plan_file_id *a, const struct plan_file_id *b)
{
	return a->ino == b->ino && a->dev_major == b->dev_major &&
	       a->dev_minor == b->dev_minor;
}

/* chdir at once: a cwd outside the new root is a way out of it. */
int
step_chroot(const struct plan *plan, uint32_t *index)
{
	struct plan_file_id want = { 0, 0, 0 }, got = { 0, 0, 0 };
	int r;

	(void)index;
	if (plan->chroot == NULL)
		return 0;
	r = file_id(plan->chroot, &want);
	if (r == 0)
		r = step_result(sys1(SYS_chroot, plan->chroot));
	if (r == 0)
		r = step_result(sys1(SYS_chdir, "/"));
	if (r == 0)
		r = file_id("/", &got);
	if (r == 0 && !same_file(&want, &got))
		return -PLAN_MISMATCH;
	return r;
}

/*
 * The kernel's own name of where we are must be the one that the spec has: not
 * "(unreachable)", and not some other place behind a link.
 */
int
step_cwd(const struct plan *plan, uint32_t *index)
{
	char got[PATH_MAX] = "";
	long r = sys1(SYS_chdir, plan->cwd);

	(void)index;
	got[0] = '\0';
	if (r >= 0)
		r = sys2(SYS_getcwd, got, sizeof(got));
	if (r < 0)
		return (int)r;
	return same_string(got, plan->cwd) ? 0 : -PLAN_MISMATCH;
}

/*
 * Opened by the target itself.  Who pretends to open it has no descriptor that
 * closes on exec: what is the program's own stays open, and the report goes to
 * no file.
 */
static int
open_program(const struct plan *plan)
{
	const struct open_how how = {
		.flags = O_PATH | O_CLOEXEC,
		.resolve = RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
	};
	struct statx st = { 0 };
	long fd = sys4(SYS_openat2, AT_FDCWD, plan->path, &how, sizeof(how));
	long r = fd;

	if (r >= 0)
		r = sys3(SYS_fcntl, fd, F_GETFD, 0);
	if (r >= 0 && r != FD_CLOEXEC)
		return -PLAN_MISMATCH;
	if (r >= 0)
		r = sys5(SYS_statx, fd, "", AT_EMPTY_PATH, STATX_TYPE, &st);
	if (r < 0)
		return (int)r;
	if ((st.stx_mask & STATX_TYPE) == 0)
		return -PLAN_MISMATCH;
	*plan->program = (int)fd;
	return S_ISREG(st.stx_mode) ? 0 : -EACCES;
}

int
step_identify(const struct plan *plan, uint32_t *index)
{
	struct plan_file_id got = { 0, 0, 0 };
	int r;

	(void)index;
	if (plan->pin)
		return open_program(plan);
	r = file_id(plan->path, &got);
	if (r == 0 && !same_file(&plan->file, &got))
		return -PLAN_MISMATCH;
	return r;
}

/*
 * An empty filter first, from the same place: the kernel refuses it, and a
 * filter of somebody else's that only pretends to load cannot tell the two
 * apart.
 */
long
child_load(const struct profile *filter, unsigned flags)
{
	/* the kernel's struct wants a pointer that it does not write through */
	struct {
		unsigned short len;
		const struct sock_filter *filter;
	} prog = { 0, filter->insns };
	long r = sys3(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &prog);

	_Static_assert(sizeof(prog) == sizeof(struct sock_fprog), "layout");
	if (r != -EINVAL)
		return r < 0 ? r : -PLAN_MISMATCH;
	prog.len = filter->len;
	return sys3(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &prog);
}

/*
 * Read back as far as the filter lets us: a kernel that has loaded it says 2,
 * or what the filter says.  Only 0 can mean that nothing was loaded.
 */
static int
load(const struct profile *filter)
{
	long r = child_load(filter, 0);

	if (r < 0)
		return (int)r;
	r = sys5(SYS_prctl, PR_GET_SECCOMP, 0, 0, 0, 0);
	return r == 0 ? -PLAN_MISMATCH : 0;
}

/* Floors first: what the caller brings can only add to them. */
int
step_seccomp(const struct plan *plan, uint32_t *index)
{
	int r = 0;

	for (size_t i = 0; i < plan->n_floors; i++) {
		*index = (uint32_t)i;
		r = load(&plan->floors[i]);
		if (r < 0)
			return r;
	}
	*index = (uint32_t)plan->n_floors;
	if (plan->denials)
		return child_load_reporting(plan, index);
	return plan->filter.insns != NULL ? load(&plan->filter) : 0;
}

/* Whatever it returns, it has failed. */
int
step_exec(const struct plan *plan, uint32_t *index)
{
	long r = -ENOENT;

	if (plan->denials && *plan->loaded != PLAN_FILTER_RESTS) {
		*index = PLAN_FILTER_RESTS;
		return -PLAN_MISMATCH;
	}
	if (plan->pin)
		r = sys5(SYS_execveat, *plan->program, "", plan->argv,
			 plan->envp, AT_EMPTY_PATH);
	if (!plan->pin || (r == -ENOENT && plan->scripts))
		r = sys3(SYS_execve, plan->path, plan->argv, plan->envp);
	return r < 0 ? (int)r : -PLAN_MISMATCH;
}
