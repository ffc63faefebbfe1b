/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of the importer of systemd's units. */
#ifndef IMPORT_UNIT_H
#define IMPORT_UNIT_H

#include "policy/import.h"
#include "policy/import/rules.h"

#define UNIT_SETTINGS_MAX 1000
#define UNIT_WORDS_MAX    10000 /* in all lists together */
#define UNIT_NAME_SIZE    64 /* of a word, with the NUL */

/* The settings that are looked at. */
enum unit_key {
	UNIT_SYSCALL_FILTER,
	UNIT_SYSCALL_ERROR_NUMBER,
	UNIT_SYSCALL_ARCHITECTURES,
	UNIT_SYSCALL_LOG,
	UNIT_ADDRESS_FAMILIES,
	UNIT_NAMESPACES,
	UNIT_MEMORY,
	UNIT_REALTIME,
	UNIT_SUID_SGID,
	UNIT_LOCK_PERSONALITY,
	UNIT_PERSONALITY,
	UNIT_CLOCK,
	UNIT_HOSTNAME,
	UNIT_KERNEL_LOGS,
	UNIT_KERNEL_MODULES,
	UNIT_KERNEL_TUNABLES,
	UNIT_PRIVATE_DEVICES,
	UNIT_NO_NEW_PRIVILEGES,
	UNIT_BOUNDING_SET,
	UNIT_KEYS,
};

struct unit_setting {
	enum unit_key key;
	size_t at, len; /* of the value, trimmed */
};

/*
 * A list of system calls that says what is allowed, or what is not.  state: of
 * names[i] of the unit.
 */
#define UNIT_NONE  0 /* not in the list */
#define UNIT_KILL  1
#define UNIT_ON    2 /* in the list, as the list says */
#define UNIT_ERRNO 3 /* with an errno, from here on: errno + UNIT_ERRNO */
struct unit_list {
	bool is_set, allows;
	uint16_t *state; /* heap */
	uint32_t *line; /* heap: where it came in */
};

struct unit {
	const struct import_options *options;
	struct caisson_error *err;
	const char *text; /* as given */
	char *copy; /* lines that go on are joined; same length */
	size_t len;
	struct unit_setting *settings; /* heap */
	size_t n_settings;
	const char **names; /* heap: of every call there is, sorted */
	size_t n_names, n_words;
	struct unit_list filter, log;
	uint32_t negative; /* SECCOMP_RET_*, of what is not allowed */
	struct rules rules;
	struct buffer comments;
};

struct unit_word {
	size_t at;
	char text[UNIT_NAME_SIZE]; /* cut to fit: then it is no name */
};

uint32_t unit_line(const struct unit *unit, size_t at);
/* CAISSON_E_SYNTAX or CAISSON_E_POLICY: "FILE:LINE:COLUMN: text". */
int unit_fail(const struct unit *unit, size_t at, int code, const char *fmt,
	      ...) __attribute__((format(printf, 4, 5)));
/* A note, and a comment in the result. */
void unit_remark(struct unit *unit, size_t at, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
#define unit_wrong(unit, at, ...)                                      \
	((void)unit_fail((unit), (at), CAISSON_E_POLICY, __VA_ARGS__), \
	 CAISSON_E_POLICY)
#define unit_no_memory(unit) err_no_memory((unit)->err, CAISSON_STAGE_POLICY)

/* unit_lines.c: text to settings. */
CAISSON_CHECK int unit_read_settings(struct unit *unit);
/* The next word of a value from *at on; false: no more. */
bool unit_next_word(const struct unit *unit, const struct unit_setting *setting,
		    size_t *at, struct unit_word *out);
/* Counts a word; an error when there are too many. */
CAISSON_CHECK int unit_count_word(struct unit *unit, size_t at);
/* False: neither yes nor no. */
bool unit_is_bool(const struct unit *unit, const struct unit_setting *setting,
		  bool *out);
CAISSON_CHECK int unit_read_bool(const struct unit *unit,
				 const struct unit_setting *setting, bool *out);
/* Of several, the last; NULL: none. */
const struct unit_setting *
unit_last(const struct unit *unit, enum unit_key key);

/* unit_archs.c: architectures, and the names that they have. */
CAISSON_CHECK int unit_read_archs(struct unit *unit);
bool unit_find_name(const struct unit *unit, const char *name, size_t *out);

/* unit_filter.c: SystemCallFilter=, SystemCallLog=, SystemCallErrorNumber=. */
CAISSON_CHECK int unit_read_filters(struct unit *unit);
/* What the lists answer to a name, and the line that says it (0: none). */
uint32_t unit_answer(const struct unit *unit, size_t name, uint32_t *line);
uint32_t unit_default(const struct unit *unit);
/* visit for each name of a group that an architecture has. */
int unit_each_member(struct unit *unit, const char *group,
		     int (*visit)(struct unit *unit, size_t name, void *arg),
		     void *arg);

/* unit_intents.c, unit_lists.c: the settings that are filters of their own. */
struct unit_refusal {
	const struct unit_setting *setting;
	const char *name;
	struct policy_atom *atoms; /* none: for all arguments */
	size_t n;
	int value; /* errno */
	uint16_t archs; /* bits as in policy_clause.origin.file; 0: all */
};
/* Refuse a call, unless the lists refuse it already.  All or in part. */
CAISSON_CHECK int
unit_refuse(struct unit *unit, const struct unit_refusal *refusal);
CAISSON_CHECK int unit_read_intents(struct unit *unit);
CAISSON_CHECK int unit_restrict_families(struct unit *unit);
CAISSON_CHECK int unit_restrict_namespaces(struct unit *unit);
CAISSON_CHECK int
unit_restrict_memory(struct unit *unit, const struct unit_setting *setting);
CAISSON_CHECK int
unit_restrict_modes(struct unit *unit, const struct unit_setting *setting);

#endif
