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

bool
child_same_string(const char *a, const char *b)
{
	while (*a != '\0' && *a == *b) {
		a++;
		b++;
	}
	return *a == *b;
}

/* The kernel says what it has filled in. */
long
child_statx(long dir, const char *path, unsigned flags, struct statx *out)
{
	const unsigned mask = STATX_INO | STATX_TYPE;
	long r = sys5(SYS_statx, dir, path, flags, mask, out);

	return step_same(r, (out->stx_mask & mask) == mask);
}

/* chdir at once: a cwd outside the new root is a way out of it. */
STEP(chroot)
{
	struct statx want = { 0 }, got = { 0 };
	long r;

	if (plan->chroot == NULL)
		return 0;
	r = child_statx(AT_FDCWD, plan->chroot, 0, &want);
	if (r >= 0)
		r = sys1(SYS_chroot, plan->chroot);
	if (r >= 0)
		r = sys1(SYS_chdir, "/");
	if (r >= 0)
		r = child_statx(AT_FDCWD, "/", 0, &got);
	return step_same(r, got.stx_ino == want.stx_ino &&
				got.stx_dev_major == want.stx_dev_major &&
				got.stx_dev_minor == want.stx_dev_minor);
}

/*
 * The kernel's own name of where we are must be the one that the spec has: not
 * "(unreachable)", and not some other place behind a link.
 */
STEP(cwd)
{
	char got[PATH_MAX];
	long r = sys1(SYS_chdir, plan->cwd);

	got[0] = '\0';
	if (r >= 0)
		r = sys2(SYS_getcwd, got, sizeof(got));
	return step_same(r, child_same_string(got, plan->cwd));
}

/*
 * Opened by the target itself.  Who pretends to open it has no descriptor that
 * closes on exec: what is the program's own stays open, and the report goes to
 * no file.
 */
STEP(pin)
{
	struct open_how how = {
		.flags = O_PATH | O_CLOEXEC,
		.resolve = RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
	};
	struct statx st = { 0 };
	long fd, r;

	if (!plan->pin)
		return 0;
	if (PART_LEFT_OUT(plan, CAISSON_STAGE_IDENTIFY, 1))
		how.resolve = 0;
	r = fd = sys4(SYS_openat2, AT_FDCWD, plan->path, &how, sizeof(how));
	if (r >= 0)
		r = sys3(SYS_fcntl, fd, F_GETFD, 0);
	if (!PART_LEFT_OUT(plan, CAISSON_STAGE_IDENTIFY, 2))
		r = step_same(r, r == FD_CLOEXEC);
	if (r >= 0)
		r = child_statx(fd, "", AT_EMPTY_PATH, &st);
	if (r >= 0)
		*plan->program = (int)fd;
	return r >= 0 && !S_ISREG(st.stx_mode) ? -EACCES : r;
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
		return step_same(r, false);
	prog.len = filter->len;
	return sys3(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &prog);
}

/*
 * Read back as far as the filter lets us: a kernel that has loaded it says 2,
 * or what the filter says.  Only 0 can mean that nothing was loaded.
 */
static long
load(const struct profile *filter)
{
	long r = child_load(filter, 0);

	return step_same(r, r < 0 || sys5(SYS_prctl, PR_GET_SECCOMP, 0, 0, 0,
					  0) != 0);
}

STEP(floors)
{
	long r = 0;

	for (size_t i = 0; r >= 0 && i < plan->n_floors; i++) {
		*index = (uint32_t)i;
		if (!PART_LEFT_OUT(plan, CAISSON_STAGE_SECCOMP, 4))
			r = load(&plan->floors[i]);
	}
	return r;
}

STEP(filter)
{
	*index = (uint32_t)plan->n_floors;
	if (plan->denials || plan->filter.insns == NULL)
		return 0;
	return load(&plan->filter);
}

/* Whatever it returns, it has failed. */
STEP(exec)
{
	long r = -ENOENT;

	if (plan->pin)
		r = sys5(SYS_execveat, *plan->program, "", plan->argv,
			 plan->envp, AT_EMPTY_PATH);
	/* that is what a script says */
	if (!plan->pin || (plan->scripts && r == -ENOENT))
		r = sys3(SYS_execve, plan->path, plan->argv, plan->envp);
	return step_same(r, false);
}
