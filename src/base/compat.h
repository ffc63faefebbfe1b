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

struct clone_args;

/*
 * Raw system calls that touch no libc state: the result is the value or the
 * negative errno.  And clone3 with a stack of its own: fn(arg) runs in the
 * child and never returns; the parent gets the pid or the negative errno.
 */
#if defined(__x86_64__)
#define COMPAT_ARCH        "x86_64"
#define COMPAT_ELF_MACHINE 62

static inline long
sys6(long nr, long a, long b, long c, long d, long e, long f)
{
	long r;
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;

	__asm__ volatile("syscall"
			 : "=a"(r)
			 : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8),
			   "r"(r9)
			 : "rcx", "r11", "memory");
	return r;
}

static inline long
compat_clone3(struct clone_args *args, unsigned long size, int (*fn)(void *),
	      void *arg)
{
	long r;
	register int (*f)(void *) __asm__("r12") = fn;
	register void *a __asm__("r13") = arg;

	__asm__ volatile("syscall\n\t"
			 "test %%rax, %%rax\n\t"
			 "jnz 1f\n\t"
			 "xor %%ebp, %%ebp\n\t"
			 "mov %[a], %%rdi\n\t"
			 "call *%[f]\n\t"
			 "hlt\n"
			 "1:"
			 : "=a"(r)
			 : "a"(435L), "D"(args),
			   "S"(size), [f] "r"(f), [a] "r"(a)
			 : "rcx", "rdx", "r8", "r9", "r10", "r11", "memory",
			   "cc");
	return r;
}
#elif defined(__aarch64__)
#define COMPAT_ARCH        "aarch64"
#define COMPAT_ELF_MACHINE 183

static inline long
sys6(long nr, long a, long b, long c, long d, long e, long f)
{
	register long x8 __asm__("x8") = nr;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = e;
	register long x5 __asm__("x5") = f;

	__asm__ volatile("svc 0"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
			 : "memory");
	return x0;
}

static inline long
compat_clone3(struct clone_args *args, unsigned long size, int (*fn)(void *),
	      void *arg)
{
	register long x8 __asm__("x8") = 435;
	register long x0 __asm__("x0") = (long)args;
	register long x1 __asm__("x1") = (long)size;
	register int (*f)(void *) __asm__("x20") = fn;
	register void *a __asm__("x21") = arg;

	__asm__ volatile("svc 0\n\t"
			 "cbnz x0, 1f\n\t"
			 "mov x29, xzr\n\t"
			 "mov x30, xzr\n\t"
			 "mov x0, %[a]\n\t"
			 "blr %[f]\n\t"
			 "brk #0\n"
			 "1:"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), [f] "r"(f), [a] "r"(a)
			 : "x2", "x3", "x4", "x5", "x6", "x7", "x30", "memory",
			   "cc");
	return x0;
}
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

/* Linux 5.19: with a listener, a call that we know of waits undisturbed. */
#define COMPAT_SECCOMP_WAIT_KILLABLE_RECV (1u << 5)

/* Linux 6.3: a memfd that nobody can make executable. */
#define COMPAT_MFD_NOEXEC_SEAL 8u

/* <linux/sched.h>: set until a process has exec'ed; /proc/PID/stat field 9. */
#define COMPAT_PF_FORKNOEXEC 0x40u

/*
 * A test build may define these to skip, kill, stop or hang the child, or the
 * launcher's start, at a step; non-zero means that the step is left out.  Never
 * in a release.
 */
#ifndef CHILD_STEP_HOOK
#define CHILD_STEP_HOOK(plan, stage) 0
#endif
#ifndef START_STEP_HOOK
#define START_STEP_HOOK(step) 0
#endif

#endif
