/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The steps that touch paths, and the last two: filter and exec.  All but
 * chroot run as the target identity.  Rules of child.c.
 */
#include "run/child_steps.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>

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

int
step_identify(const struct plan *plan, uint32_t *index)
{
	struct plan_file_id got = { 0, 0, 0 };
	int r = file_id(plan->path, &got);

	(void)index;
	if (r == 0 && !same_file(&plan->file, &got))
		return -PLAN_MISMATCH;
	return r;
}

/*
 * Read back as far as the filter lets us: a kernel that has loaded it says 2,
 * or what the filter says.  Only 0 can mean that nothing was loaded.
 */
int
step_seccomp(const struct plan *plan, uint32_t *index)
{
	/* the kernel's struct wants a pointer that it does not write through */
	struct {
		unsigned short len;
		const struct sock_filter *filter;
	} prog = { plan->filter.len, plan->filter.insns };
	long r;

	_Static_assert(sizeof(prog) == sizeof(struct sock_fprog), "layout");
	if (plan->denials)
		return child_load_reporting(plan, index);
	if (plan->filter.insns == NULL)
		return 0;
	r = sys3(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog);
	if (r < 0)
		return (int)r;
	return sys5(SYS_prctl, PR_GET_SECCOMP, 0, 0, 0, 0) == 0 ? -PLAN_MISMATCH
								: 0;
}

/* Whatever it returns, it has failed. */
int
step_exec(const struct plan *plan, uint32_t *index)
{
	long r;

	if (plan->denials && *plan->loaded != PLAN_FILTER_RESTS) {
		*index = PLAN_FILTER_RESTS;
		return -PLAN_MISMATCH;
	}
	r = sys3(SYS_execve, plan->path, plan->argv, plan->envp);
	return r < 0 ? (int)r : -PLAN_MISMATCH;
}
