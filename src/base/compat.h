/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The only file with #if.  Kernel interfaces that are younger than the headers
 * of the oldest system we build on, and what differs between architectures
 * and builds.
 */
#ifndef BASE_COMPAT_H
#define BASE_COMPAT_H

#include <stdint.h>
#include <sys/ioctl.h>

#if defined(__x86_64__)
#define COMPAT_ARCH "x86_64"
#elif defined(__aarch64__)
#define COMPAT_ARCH "aarch64"
#else
#error "caisson is built for x86_64 and aarch64"
#endif

/* Linux 6.9: a signal to the process group of a pidfd's process. */
#define COMPAT_PIDFD_SIGNAL_PROCESS_GROUP 4u

/* Linux 6.13 and, for the exit code of a reaped process, 6.15. */
#define COMPAT_PIDFD_INFO_EXIT 8u

struct compat_pidfd_info {
	uint64_t mask;
	uint64_t cgroupid;
	uint32_t pid, tgid, ppid;
	uint32_t ruid, rgid, euid, egid, suid, sgid, fsuid, fsgid;
	int32_t exit_code; /* as wait(2) gives it */
};

#define COMPAT_PIDFD_GET_INFO _IOWR(0xFF, 11, struct compat_pidfd_info)

/* <linux/sched.h>: set until a process has exec'ed; /proc/PID/stat field 9. */
#define COMPAT_PF_FORKNOEXEC 0x40u

/*
 * A test build may define this to skip, kill, stop or hang the child at a
 * step; non-zero means that the step is left out.  Never in a release.
 */
#ifndef CHILD_STEP_HOOK
#define CHILD_STEP_HOOK(plan, stage) 0
#endif

#endif
