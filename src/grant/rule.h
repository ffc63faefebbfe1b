/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Grants as numbers: which callers may launch which programs as whom, and up
 * to which ceiling.  Made from text when grants are applied, kept in one
 * file, and read from it with privilege; so a rule is looked at where it lies
 * in the file's bytes, and nothing here allocates.
 *
 *	file  = magic version total count {rule}
 *	rule  = frame of {tag frame}, tags ascending
 *	ids   = {number}, ascending
 *	items = {number text data}
 *
 * A number is 8 bytes, big-endian; rules, texts and data are frames: their
 * length, and so many bytes.  What a rule does not say is not granted.
 */
#ifndef GRANT_RULE_H
#define GRANT_RULE_H

#include "base/wire.h"

#define GRANT_MAGIC   0x636169737367726eu /* "caissgrn" */
#define GRANT_VERSION 1u

#define GRANT_SIZE_MAX   (1u << 20) /* bytes, of the file */
#define GRANT_RULES_MAX  1024u
#define GRANT_TEXT_MAX   4095u /* bytes, of a path or a name */
#define GRANT_FILTER_MAX 32768u /* bytes: 4,096 instructions */
#define GRANT_FLOORS_MAX 8u
#define GRANT_RLIMITS    16u
#define GRANT_ID_MAX     0xfffffffeu

/* Texts, then ids, then items, then numbers. */
enum grant_field {
	GRANT_NONE = 0,
	GRANT_FILE = 1, /* where the rule is written */
	GRANT_CALLER_UIDS = 2,
	GRANT_CALLER_GIDS,
	GRANT_GROUPS, /* the target's, all of them */
	GRANT_PROGRAMS = 5, /* enum grant_item_flag, path */
	GRANT_FLOORS, /* 0, profile's name, filter */
	GRANT_ENV, /* enum grant_item_flag, name */
	GRANT_CHROOTS, /* 0, path */
	GRANT_LINE = 9, /* of the file */
	GRANT_UID, /* the target's */
	GRANT_GID,
	GRANT_FLAGS, /* enum grant_flag */
	GRANT_CAPABILITIES, /* bit n is capability n */
	GRANT_EXTRA_FDS, /* how many at most */
	GRANT_TIMEOUT, /* wall time in ms; one is required */
	GRANT_NICE, /* as GRANT_NICE_NUMBER */
	GRANT_OOM_SCORE_ADJ, /* as GRANT_OOM_NUMBER */
	GRANT_LAUNCHES, /* at a time */
	GRANT_RLIMIT, /* this and the 15 after it: the highest hard limit */
	GRANT_FIELDS = GRANT_RLIMIT + GRANT_RLIMITS,
};

/* Where less is more, the number is how much more than the least. */
#define GRANT_NICE_NUMBER(nice) ((uint64_t)(19 - (nice)))
#define GRANT_OOM_NUMBER(score) ((uint64_t)(1000 - (score)))

enum grant_flag {
	GRANT_EVERYBODY = 1, /* may call */
	GRANT_ROOT = 2, /* uid 0, gid 0 or group 0 is meant */
	GRANT_DETACH = 4, /* the program may outlive its caller */
	GRANT_SIGNAL = 8, /* what runs as the target may be signalled */
	GRANT_TERMINAL = 16, /* a terminal may be kept or taken */
	GRANT_FLAGS_ALL = 31,
};

enum grant_item_flag {
	GRANT_PREFIX = 1, /* what begins so; a path ends with a slash then */
	GRANT_SCRIPTS = 2, /* programs: what begins with #!, too */
	GRANT_ITEM_ALL = 3,
};

/* Where each field's bytes lie; an absent one has none. */
struct grant_rule {
	struct wire_reader field[GRANT_FIELDS];
};

struct grant_set {
	struct wire_reader rules; /* checked */
	size_t n;
};

struct grant_item {
	uint64_t number;
	const uint8_t *text, *data;
	size_t len, data_len;
};

/*
 * The file's bytes as a set: true only if every length, number, order and text
 * in it is right.  The set points into data.
 */
CAISSON_CHECK bool
grant_take(const uint8_t *data, size_t len, struct grant_set *out);

/* The next rule of a copy of set->rules; false: there is none, or not one. */
CAISSON_CHECK bool
grant_next_rule(struct wire_reader *rules, struct grant_rule *out);
/* The next of a field's items. */
CAISSON_CHECK bool
grant_next_item(struct wire_reader *items, struct grant_item *out);

/* A field that is a number; absent: otherwise. */
static inline uint64_t
grant_number(const struct grant_rule *rule, unsigned field, uint64_t otherwise)
{
	const struct wire_reader *value = &rule->field[field];

	return value->left >= WIRE_U64 ? wire_get_u64(value->data) : otherwise;
}

/* ---- the decision ----------------------------------------------------- */

/* Far apart: no single bit makes one of the other; what is neither denies. */
#define GRANT_PERMIT 0x2d3c96e1
#define GRANT_DENY   0x52c3691e

/*
 * One launch as the kernel will see it.  What a launch leaves as it is counts
 * as asked for, too: its numbers are those that the program will have.
 */
struct grant_request {
	/* who asks: the real uid, and all groups */
	uint32_t caller_uid;
	const uint32_t *caller_gids;
	size_t n_caller_gids;

	/* as whom: groups ascending, none twice */
	uint32_t uid, gid;
	const uint32_t *groups;
	size_t n_groups;

	/* What: the path on which it was opened without symbolic links. */
	const char *path;
	bool signal; /* nothing, but to signal what runs as uid */
	bool script;
	const char *chroot; /* NULL: none */
	const char *const *env; /* NAME=VALUE */
	size_t n_env;
	bool filtered; /* it brings a filter of its own */

	/*
	 * From GRANT_FLAGS on: what is asked for, and what is allowed to it by
	 * a rule that says nothing.  That is 0, for limits, nice value and
	 * score what the caller has itself, and for GRANT_TIMEOUT and
	 * GRANT_LAUNCHES UINT64_MAX.  GRANT_TIMEOUT is the timeout with the
	 * grace after it, UINT64_MAX for none; GRANT_LAUNCHES how many run with
	 * this one, 0 while that is not known.
	 */
	uint64_t asked[GRANT_FIELDS], own[GRANT_FIELDS];
};

struct grant_answer {
	int verdict; /* GRANT_PERMIT, or denied */
	bool has_rule; /* rule is the one that decided */
	struct grant_rule rule;
	/*
	 * Denied: why.  Without a rule GRANT_CALLER_UIDS, GRANT_UID or
	 * GRANT_PROGRAMS: no rule is for this caller, none of those for this
	 * target, none of those for this program, or its path is not canonical.
	 * With one: what exceeds it.
	 */
	unsigned field;
	size_t index; /* in env, of what exceeds it */
	/* Of numbers.  Of flags and capabilities: all; those too many. */
	uint64_t allowed, asked;
};

/*
 * The first rule for caller, target and program decides; to signal, any for
 * caller and uid that has GRANT_SIGNAL.  Returns the verdict; *out is always
 * filled.  What is permitted is so with all of the rule's floors, loaded
 * before the launch's own filter.
 */
int grant_decide(const struct grant_set *set, const struct grant_request *asked,
		 struct grant_answer *out);

#endif
