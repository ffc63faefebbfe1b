/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A plan as bytes: what the library asks of the launcher for one program.
 *
 *	plan    = {number} path cwd chroot {argv} {env} {group} {rlimit} {fd} filter
 *	path, cwd, chroot, argv, env = text
 *	rlimit  = resource soft hard
 *
 * A number is 8 bytes, big-endian; how many there are of what is in braces, the
 * numbers at the beginning say.  A text is a frame, its length and so many
 * bytes, of which the last is NUL and no other; so is the filter, without the
 * NUL.  Every plan has exactly one form: a number that need not be set is 0
 * then and else 1 more than what it says, no chroot is "/", and variables,
 * groups, limits and descriptors ascend, so that nothing is there twice and
 * the order says nothing.  The descriptors come beside the bytes, in the order
 * of the numbers that they get; one that gets two, as stdout's may be stderr's
 * too, comes twice.
 *
 * Not here is what the launcher decides or knows by itself: engine, parent,
 * the ids that it has, the last capability, securebits, reports, and the
 * program's device and inode.  Nor is what makes no sense across it:
 *
 *	a group to join   is a bare number, and signals go to it with privilege
 *	ptrace            would make the launcher the tracer
 *	refused calls     are answered by whoever made the filter: the library
 */
#ifndef PLAN_LAYOUT_H
#define PLAN_LAYOUT_H

#define PLAN_MAGIC 0x63616973706c6e31ull /* "caispln" and the version, "1" */

#define PLAN_TEXT_MAX    131071u /* bytes of a text less its NUL, as the kernel */
#define PLAN_PATH_MAX    4095u
#define PLAN_COUNT_MAX   65536u /* elements of argv, of env */
#define PLAN_GROUPS_MAX  65536u
#define PLAN_RLIMITS_MAX 16u
#define PLAN_RLIMIT_LAST 15u
#define PLAN_SENT_MAX    133u /* 0 to 2, 128 extra, 2 handshake */
#define PLAN_TARGET_MAX  1023u
#define PLAN_FILTER_MAX  4096u /* instructions */
#define PLAN_INSN        8u /* bytes of one, as the kernel takes it */

/* Of a plan: of argv and env the kernel takes no more, counted as here. */
#define PLAN_SIZE_MAX (6u << 20)

/* For setting up, which nobody else can end; always there is one. */
#define PLAN_DEADLINE_MAX_MS 3600000u

#define PLAN_ID_MAX 0xfffffffeu /* -1 is not an id */

/* Negative numbers travel as what is above the least. */
#define PLAN_NICE_LEAST (-20)
#define PLAN_OOM_LEAST  (-1000)

/* The numbers in their order, the least and the most of each. */
#define PLAN_EACH_NUMBER(N)                                              \
	N(PLAN_MAGIC_NUMBER, PLAN_MAGIC, PLAN_MAGIC)                     \
	N(PLAN_RESERVED, 0, 0)                                           \
	/* enum plan_group, enum plan_terminal */                        \
	N(PLAN_GROUP, 0, PLAN_GROUP_SESSION)                             \
	N(PLAN_TERMINAL, 0, PLAN_TERMINAL_FOREGROUND)                    \
	/* a signal that has a name, or 0 */                             \
	N(PLAN_PARENT_DEATH, 0, 31)                                      \
	/* 0: not set */                                                 \
	N(PLAN_UMASK, 0, 1 + 0777)                                       \
	N(PLAN_NICE, 0, 1 + 19 - PLAN_NICE_LEAST)                        \
	N(PLAN_OOM, 0, 1 + 1000 - PLAN_OOM_LEAST)                        \
	/* ms */                                                         \
	N(PLAN_DEADLINE, 1, PLAN_DEADLINE_MAX_MS)                        \
	N(PLAN_UID, 0, PLAN_ID_MAX)                                      \
	N(PLAN_GID, 0, PLAN_ID_MAX)                                      \
	/* of all five sets: bit n is capability n, one that there is */ \
	N(PLAN_CAPABILITIES, 0, UINT64_MAX)                              \
	/* 1: the filter is empty, and only then */                      \
	N(PLAN_UNCONFINED, 0, 1)                                         \
	/* how many of what follows */                                   \
	N(PLAN_ARGC, 1, PLAN_COUNT_MAX)                                  \
	N(PLAN_ENVC, 0, PLAN_COUNT_MAX)                                  \
	N(PLAN_GROUPC, 0, PLAN_GROUPS_MAX)                               \
	N(PLAN_RLIMITC, 0, PLAN_RLIMITS_MAX)                             \
	N(PLAN_FDC, 0, PLAN_SENT_MAX) /* as many as were received */

#define PLAN_NAME(name, least, most) name,

/* The parts of a plan in their order; and whether it was accepted. */
enum plan_part {
	/* clang-format off */
	PLAN_EACH_NUMBER(PLAN_NAME)
	PLAN_PATH,
	/* clang-format on */
	PLAN_CWD,
	PLAN_CHROOT,
	PLAN_ARGV,
	PLAN_ENV, /* NAME=VALUE, ascending as strcmp has it */
	PLAN_GROUPS,
	PLAN_RLIMITS,
	PLAN_FDS, /* the numbers that the program has */
	PLAN_FILTER,
	PLAN_END, /* something follows, or it is too large */
	PLAN_TAKEN, /* nothing is wrong */
	PLAN_NUMBERS = PLAN_PATH,
};

enum plan_group {
	PLAN_GROUP_INHERIT = 0,
	PLAN_GROUP_NEW = 1,
	PLAN_GROUP_SESSION = 2, /* a session, and so a group */
};

/* As enum caisson_tty, and one more. */
enum plan_terminal {
	PLAN_TERMINAL_KEEP = 0,
	PLAN_TERMINAL_CONTROL = 1, /* only with a session */
	PLAN_TERMINAL_DETACH = 2,
	PLAN_TERMINAL_FOREGROUND = 3, /* kept, and only without a session */
};

#endif
