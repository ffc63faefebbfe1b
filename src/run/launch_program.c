/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The program's file: found and identified before the launch, and looked at
 * again to say what is wrong when its exec failed.  Looks only; what runs is
 * decided by the kernel, as the target.
 */
#include "run/launch.h"

#include "base/compat.h"
#include "base/err.h"
#include "base/fd.h"
#include "run/session/session.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <linux/stat.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static int
not_found(const struct launch *l, struct caisson_error *err)
{
	return err_set(err, CAISSON_E_NOT_FOUND, CAISSON_STAGE_PROGRAM, ENOENT,
		       "%s", l->plan.path);
}

static int
not_executable(const struct launch *l, int error, const char *why,
	       struct caisson_error *err)
{
	return err_set(err, CAISSON_E_NOT_EXECUTABLE, CAISSON_STAGE_PROGRAM,
		       error, "%s%s%s", l->plan.path,
		       why[0] != '\0' ? ": " : "", why);
}

/* Inside the program's root, so that links are seen as it will see them. */
static int
open_in_root(const struct launch *l, uint64_t flags)
{
	struct open_how how = { 0 };
	FD_OWNED root = -1;

	if (l->plan.chroot == NULL)
		return open(l->plan.path, (int)flags | O_CLOEXEC);
	root = open(l->plan.chroot, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return -1;
	how.flags = flags;
	how.resolve = RESOLVE_IN_ROOT;
	return (int)syscall(SYS_openat2, root, l->plan.path, &how, sizeof(how));
}

static int
refuse(const struct launch *l, int error, struct caisson_error *err)
{
	switch (error) {
	case ENOENT:
	case ENOTDIR:
		return not_found(l, err);
	case EMFILE:
	case ENFILE:
	case ENOMEM:
	case ENOSYS:
		return err_set(err, CAISSON_E_SYSTEM, CAISSON_STAGE_PROGRAM,
			       error, "looking at %s", l->plan.path);
	default:
		return not_executable(l, error, "", err);
	}
}

int
launch_program(struct launch *l, struct caisson_error *err)
{
	bool by_launcher = l->plan.engine == CAISSON_ENGINE_LAUNCHER;
	FD_OWNED fd = open_in_root(l, O_PATH | O_CLOEXEC);
	struct statx st;

	/* the target may go where the caller may not */
	if (fd < 0 && errno == EACCES && by_launcher)
		return 0;
	if (fd < 0)
		return refuse(l, errno, err);
	if (statx(fd, "", AT_EMPTY_PATH, STATX_INO | STATX_TYPE, &st) < 0)
		return refuse(l, errno, err);
	if (S_ISDIR(st.stx_mode))
		return not_executable(l, 0, "is a directory", err);
	if (!S_ISREG(st.stx_mode))
		return not_executable(l, 0, "is not a regular file", err);
	l->plan.file.dev_major = st.stx_dev_major;
	l->plan.file.dev_minor = st.stx_dev_minor;
	l->plan.file.ino = st.stx_ino;
	return by_launcher ? session_plan_program(l, fd, err) : 0;
}

#define HEAD_SIZE 256

/* The first bytes of the program, terminated; 0: empty or unreadable. */
static size_t
read_head(const struct launch *l, char head[HEAD_SIZE + 1])
{
	FD_OWNED fd =
	    open_in_root(l, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	ssize_t n = fd < 0 ? -1 : read(fd, head, HEAD_SIZE);

	head[n > 0 ? n : 0] = '\0';
	return n > 0 ? (size_t)n : 0;
}

/* ENOENT although the file is there: something it needs is not. */
static int
explain_missing(const struct launch *l, struct caisson_error *err)
{
	char head[HEAD_SIZE + 1];
	char *p = head + 2;

	if (read_head(l, head) == 0)
		return not_found(l, err);
	if (strncmp(head, "#!", 2) != 0)
		return not_executable(
		    l, 0, "its program loader (ELF interpreter) does not exist",
		    err);
	p += strspn(p, " \t");
	p[strcspn(p, " \t\r\n")] = '\0';
	return err_set(err, CAISSON_E_NOT_EXECUTABLE, CAISSON_STAGE_PROGRAM, 0,
		       "%s: its interpreter %s does not exist", l->plan.path,
		       p);
}

static int
explain_format(const struct launch *l, struct caisson_error *err)
{
	char head[HEAD_SIZE + 1];
	size_t n = read_head(l, head);
	Elf64_Ehdr elf;

	if (n >= sizeof(elf) && memcmp(head, ELFMAG, SELFMAG) == 0) {
		memcpy(&elf, head, sizeof(elf));
		if (elf.e_machine != COMPAT_ELF_MACHINE)
			return err_set(err, CAISSON_E_NOT_EXECUTABLE,
				       CAISSON_STAGE_PROGRAM, 0,
				       "%s: built for another architecture "
				       "(ELF machine %u, this one is %u)",
				       l->plan.path, elf.e_machine,
				       COMPAT_ELF_MACHINE);
		return not_executable(l, 0, "a damaged ELF file", err);
	}
	if (n == 0)
		return not_executable(l, 0, "the file is empty", err);
	return not_executable(
	    l, 0, "neither a program nor a script that begins with #!", err);
}

int
launch_explain_exec(const struct launch *l, int error,
		    struct caisson_error *err)
{
	int r;

	switch (error) {
	case ENOENT:
	case ENOTDIR:
		r = explain_missing(l, err);
		break;
	case ENOEXEC:
		r = explain_format(l, err);
		break;
	case EACCES:
		r = not_executable(
		    l, EACCES,
		    "not executable for this user (file mode, a directory on "
		    "the way, or a noexec mount)",
		    err);
		break;
	case E2BIG:
		r = not_executable(l, E2BIG, "arguments and environment", err);
		break;
	case EAGAIN:
		r = not_executable(
		    l, EAGAIN,
		    "the user has more processes than its nproc limit", err);
		break;
	default:
		r = not_executable(l, error, "", err);
	}
	if (err != NULL) {
		err->stage = CAISSON_STAGE_EXEC;
		err->sys_errno = error;
	}
	return r;
}
