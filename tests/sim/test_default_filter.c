/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The profile "default" for x86_64 in the evaluator, against what it is meant
 * to do: stated here a second time, as what is refused, and not derived from
 * the policy's text.  A check counts the calls that get another answer.
 */
#include "confine/profile.h"
#include "policy/bpf.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#include <cmocka.h>

#define ALLOW   SECCOMP_RET_ALLOW
#define KILL    SECCOMP_RET_KILL_PROCESS
#define REFUSE  (SECCOMP_RET_ERRNO | EPERM)
#define MISSING (SECCOMP_RET_ERRNO | ENOSYS)
#define X32     0x40000000u
#define N(list) (sizeof(list) / sizeof((list)[0]))

/* The calls of Linux 6.0 that get EPERM whatever their arguments. */
static const int refused[] = {
	/* mounts, namespaces, roots */
	SYS_mount, SYS_umount2, SYS_pivot_root, SYS_chroot, SYS_unshare,
	SYS_setns, SYS_open_tree, SYS_move_mount, SYS_fsopen, SYS_fsconfig,
	SYS_fsmount, SYS_fspick, SYS_mount_setattr,
	/* the machine */
	SYS_reboot, SYS_kexec_load, SYS_kexec_file_load, SYS_init_module,
	SYS_finit_module, SYS_delete_module, SYS_swapon, SYS_swapoff, SYS_acct,
	SYS_quotactl, SYS_quotactl_fd, SYS_sethostname, SYS_setdomainname,
	SYS_settimeofday, SYS_clock_settime, SYS_iopl, SYS_ioperm, SYS_syslog,
	SYS_vhangup, SYS_nfsservctl, SYS_lookup_dcookie,
	/* much kernel for little use */
	SYS_bpf, SYS_perf_event_open, SYS_userfaultfd, SYS_io_uring_setup,
	SYS_io_uring_enter, SYS_io_uring_register, SYS_vmsplice, SYS_add_key,
	SYS_request_key, SYS_io_pgetevents,
	/* other processes, other nodes, other people's files */
	SYS_kcmp, SYS_process_madvise, SYS_migrate_pages, SYS_move_pages,
	SYS_set_mempolicy_home_node, SYS_open_by_handle_at, SYS_fanotify_init,
	/* gone, or never there */
	SYS_uselib, SYS_ustat, SYS_sysfs, SYS__sysctl, SYS_create_module,
	SYS_get_kernel_syms, SYS_query_module, SYS_getpmsg, SYS_putpmsg,
	SYS_afs_syscall, SYS_tuxcall, SYS_security, SYS_vserver
};

/* Younger than Linux 6.0 and allowed; others of them do not exist. */
static const int younger[] = { 335, 336, 452, 453, 454, 455,
			       456, 462, 463, 464, 465, 466 };

struct filter {
	const struct sock_filter *insns;
	unsigned short len;
};

static bool
is_in(const int *list, size_t n, int nr)
{
	for (size_t i = 0; i < n; i++)
		if (list[i] == nr)
			return true;
	return false;
}

static uint32_t
run(const struct filter *f, uint32_t arch, uint32_t nr, unsigned arg,
    uint64_t value)
{
	struct seccomp_data data = { .nr = (int)nr, .arch = arch };

	for (unsigned i = 0; i < 6; i++)
		data.args[i] = i == arg ? value : 0;
	return bpf_run(f->insns, &data, NULL);
}

static uint32_t
native(const struct filter *f, int nr, unsigned arg, uint64_t value)
{
	return run(f, AUDIT_ARCH_X86_64, (uint32_t)nr, arg, value);
}

/* The answers to numbers whose arguments do not matter; 0: they do. */
static uint32_t
answer(int nr)
{
	if (nr == SYS_clone || nr == SYS_ioctl || nr == SYS_socket ||
	    nr == SYS_socketpair || nr == SYS_personality || nr == SYS_keyctl)
		return 0;
	if (nr == SYS_clone3)
		return MISSING;
	if (is_in(refused, N(refused), nr))
		return REFUSE;
	if (nr <= SYS_rseq ||
	    (nr >= SYS_pidfd_send_signal && nr <= SYS_set_mempolicy_home_node))
		return ALLOW;
	if (is_in(younger, N(younger), nr))
		return ALLOW;
	return nr == 467 /* open_tree_attr */ ? REFUSE : MISSING;
}

static unsigned
check_numbers(const struct filter *f)
{
	static const uint64_t values[] = { 0, 1, UINT32_MAX, UINT64_C(1) << 32,
					   UINT64_MAX };
	unsigned bad = 0;

	/* A libseccomp that is younger still knows more names: EPERM. */
	for (int nr = 0; nr < 1024; nr++) {
		uint32_t want = answer(nr);

		if (want == 0)
			continue;
		for (unsigned i = 0; i < 6 * N(values); i++) {
			uint32_t got = native(f, nr, i % 6, values[i / 6]);

			bad += got != want && (want != MISSING || nr <= 470 ||
					       nr > 511 || got != REFUSE);
		}
	}
	for (uint32_t nr = 1024; nr < X32; nr = nr * 2 + 1)
		bad += run(f, AUDIT_ARCH_X86_64, nr, 0, 0) != MISSING;
	return bad;
}

static unsigned
check_foreign(const struct filter *f)
{
	static const uint32_t archs[] = {
		AUDIT_ARCH_I386,
		AUDIT_ARCH_AARCH64,
		AUDIT_ARCH_ARM,
		AUDIT_ARCH_RISCV64,
		0,
		UINT32_MAX,
		AUDIT_ARCH_X86_64 + 1,
		AUDIT_ARCH_X86_64 - 1,
		AUDIT_ARCH_X86_64 >> 1,
	};
	unsigned bad = 0;

	for (uint32_t nr = 0; nr < 1024; nr++) {
		bad += run(f, AUDIT_ARCH_X86_64, X32 | nr, 0, 0) != KILL;
		bad += run(f, AUDIT_ARCH_X86_64, 3 * X32 | nr, 0, 0) != KILL;
		/* without that bit it is a number, however large */
		bad += run(f, AUDIT_ARCH_X86_64, 2 * X32 | nr, 0, 0) != MISSING;
		bad += run(f, AUDIT_ARCH_X86_64, ~1u - nr, 0, 0) != KILL;
		for (size_t i = 0; i < N(archs); i++)
			bad += run(f, archs[i], nr, 0, 0) != KILL;
	}
	/* -1 is how a tracer skips a call: no call of any architecture. */
	bad += run(f, AUDIT_ARCH_X86_64, UINT32_MAX, 0, 0) != MISSING;
	return bad;
}

static uint64_t
random64(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* The answer that one argument of one call must get. */
struct condition {
	int nr;
	unsigned arg;
	uint32_t (*want)(uint64_t value);
};

/*
 * Around every value that matters: itself, its neighbours, each of its bits
 * turned, all that with other bits in the upper half; then at random, and at
 * random below a turned bit, which is where the filter's masks end.
 */
static unsigned
check_argument(const struct filter *f, const struct condition *c,
	       const uint64_t *values, size_t n)
{
	static const uint64_t high[] = { 0, UINT64_C(1) << 32,
					 UINT64_C(1) << 63,
					 UINT64_C(0xffffffff) << 32,
					 UINT64_C(0x5412) << 32 };
	uint64_t state = 88172645463325252u;
	unsigned bad = 0;

	for (size_t i = 0; i < n * N(high) * 67; i++) {
		uint64_t v = values[i % n] ^ high[i / n % N(high)];
		size_t k = i / n / N(high);

		if (k < 64)
			v ^= UINT64_C(1) << k;
		else
			v += k - 65;
		bad += native(f, c->nr, c->arg, v) != c->want(v);
	}
	for (size_t i = 0; i < n * 64 * 16; i++) {
		uint64_t v = random64(&state), bit = UINT64_C(1) << i / n % 64;

		bad += native(f, c->nr, c->arg, v) != c->want(v);
		v = values[i % n] ^ bit ^ (v & (bit - 1));
		bad += native(f, c->nr, c->arg, v) != c->want(v);
	}
	return bad;
}

static uint32_t
want_ioctl(uint64_t v)
{
	uint32_t cmd = (uint32_t)v;

	return cmd == 0x5412 || cmd == 0x541c ? REFUSE : ALLOW;
}

static uint32_t
want_socket(uint64_t v)
{
	uint32_t domain = (uint32_t)v;

	return domain == 38 || domain == 40 ? REFUSE : ALLOW;
}

static uint32_t
want_personality(uint64_t v)
{
	uint32_t p = (uint32_t)v;

	return (p & ~0x20008u) == 0 || p == 0xffffffff ? ALLOW : REFUSE;
}

static uint32_t
want_keyctl(uint64_t v)
{
	return (uint32_t)v == 1 ? ALLOW : REFUSE;
}

static uint32_t
want_clone(uint64_t v)
{
	return (v &
		(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC |
		 CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET)) != 0
		   ? REFUSE
		   : ALLOW;
}

static unsigned
check_arguments(const struct filter *f)
{
	static const uint64_t ioctls[] = { 0, 0x5401, 0x5412, 0x541c,
					   0xffffffff };
	static const uint64_t domains[] = { 0, 1, 2, 10, 16, 17, 38, 40, 41 };
	static const uint64_t personalities[] = {
		0, 8, 0x20000, 0x20008, 0xffffffff, 0x0040000
	};
	static const uint64_t commands[] = { 0, 1, 2, 3, 5, 11, 0xffffffff };
	/* 0x3d0f00: a thread; 0x7e020000: all namespaces. */
	static const uint64_t flags[] = {
		0,          17,          CLONE_VM | CLONE_VFORK | 17,
		0x3d0f00,   CLONE_NEWNS, CLONE_NEWUSER | 17,
		0x7e020000, 0xffffffff
	};

	const struct condition ioctl = { SYS_ioctl, 1, want_ioctl },
			       socket = { SYS_socket, 0, want_socket },
			       pair = { SYS_socketpair, 0, want_socket },
			       person = { SYS_personality, 0,
					  want_personality },
			       keyctl = { SYS_keyctl, 0, want_keyctl },
			       clone = { SYS_clone, 0, want_clone };

	return check_argument(f, &ioctl, ioctls, N(ioctls)) +
	       check_argument(f, &socket, domains, N(domains)) +
	       check_argument(f, &pair, domains, N(domains)) +
	       check_argument(f, &person, personalities, N(personalities)) +
	       check_argument(f, &keyctl, commands, N(commands)) +
	       check_argument(f, &clone, flags, N(flags));
}

static struct filter
get_default(void)
{
	const struct profile_request request = { .name = "default",
						 .hand_over = -1 };
	struct profile_set set;

	/* Static: nothing to close. */
	assert_int_equal(profile_open(&request, &set, NULL), 0);
	return (struct filter){ set.filter.insns, set.filter.len };
}

static void
the_kernel_would_load_it_and_the_program_can_start_and_end(void **state)
{
	struct filter f = get_default();

	(void)state;
	assert_true(f.len > 0 && f.len <= BPF_MAXINSNS);
	assert_true(bpf_is_valid(f.insns, f.len));
	assert_int_equal(native(&f, SYS_execve, 0, 1), ALLOW);
	assert_int_equal(native(&f, SYS_execveat, 0, 1), ALLOW);
	assert_int_equal(native(&f, SYS_exit_group, 0, 1), ALLOW);
}

static void
every_number_gets_its_answer_whatever_the_arguments(void **state)
{
	struct filter f = get_default();

	(void)state;
	assert_int_equal(check_numbers(&f), 0);
}

static void
x32_and_other_architectures_end_the_process(void **state)
{
	struct filter f = get_default();

	(void)state;
	assert_int_equal(check_foreign(&f), 0);
}

static void
arguments_are_compared_as_the_kernel_reads_them(void **state)
{
	struct filter f = get_default();

	(void)state;
	assert_int_equal(check_arguments(&f), 0);
}

/* All of a mask: single bits of it have been compared before. */
static void
spoil(struct sock_filter *insn)
{
	if (BPF_CLASS(insn->code) == BPF_RET)
		insn->k ^= 0x10000;
	else if (BPF_CLASS(insn->code) == BPF_ALU)
		insn->k = ~insn->k;
	else
		insn->k ^= 1;
}

/*
 * The control: each instruction in turn is wrong.  Those few that make no
 * difference are never reached, or compare beyond the numbers that there are.
 */
static void
almost_every_wrong_instruction_is_noticed(void **state)
{
	struct filter f = get_default();
	struct sock_filter *copy = calloc(f.len, sizeof(*copy));
	struct filter wrong = { copy, f.len };
	unsigned missed = 0, tried = 0;

	(void)state;
	assert_non_null(copy);
	for (unsigned short i = 0; i < f.len; i++) {
		memcpy(copy, f.insns, f.len * sizeof(*copy));
		if (BPF_CLASS(copy[i].code) == BPF_LD)
			continue;
		spoil(&copy[i]);
		tried++;
		missed += check_numbers(&wrong) == 0 &&
			  check_foreign(&wrong) == 0 &&
			  check_arguments(&wrong) == 0;
	}
	free(copy);
	print_message("%u of %u wrong filters not noticed\n", missed, tried);
	assert_true(tried > f.len / 2);
	assert_true(missed * 50 <= tried);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    the_kernel_would_load_it_and_the_program_can_start_and_end),
		cmocka_unit_test(
		    every_number_gets_its_answer_whatever_the_arguments),
		cmocka_unit_test(x32_and_other_architectures_end_the_process),
		cmocka_unit_test(
		    arguments_are_compared_as_the_kernel_reads_them),
		cmocka_unit_test(almost_every_wrong_instruction_is_noticed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
