/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SystemCallFilter=, SystemCallLog= and SystemCallErrorNumber=.  The first
 * line of a list decides whether it says what is allowed or what is not; what
 * follows adds to it or takes away.
 */
#include "policy/import/unit.h"

#include "base/err.h"

#include <stdlib.h>
#include <string.h>

#define ERRNO_MAX    4095
#define GROUPS_DEPTH 8

int
unit_each_member(struct unit *unit, const char *group,
		 int (*visit)(struct unit *unit, size_t name, void *arg),
		 void *arg)
{
	const char *const *stack[GROUPS_DEPTH];
	size_t depth = 0, name;
	int r = 0;

	stack[depth] = calls_group(group);
	while (r == 0 && stack[0] != NULL) {
		const char *member = *stack[depth]++;

		if (member == NULL && depth == 0)
			break;
		if (member == NULL)
			depth--;
		else if (member[0] != '@') {
			if (unit_find_name(unit, member, &name))
				r = visit(unit, name, arg);
		} else if (depth + 1 < GROUPS_DEPTH &&
			   calls_group(member) != NULL) {
			stack[++depth] = calls_group(member);
		}
	}
	return r;
}

/* What a word does to the names that it stands for. */
struct change {
	struct unit_list *list;
	uint16_t state;
	uint32_t line;
};

static int
apply(struct unit *unit, size_t name, void *arg)
{
	const struct change *change = arg;

	(void)unit;
	change->list->state[name] = change->state;
	change->list->line[name] = change->line;
	return 0;
}

static int
read_errno(const struct unit *unit, size_t at, const char *text, uint16_t *out)
{
	unsigned value = 0;
	size_t n = 0;
	int named;

	if (calls_errno(text, &named)) {
		*out = (uint16_t)(UNIT_ERRNO + named);
		return 0;
	}
	if (strcmp(text, "kill") == 0) {
		*out = UNIT_KILL;
		return 0;
	}
	for (; n < 5 && text[n] >= '0' && text[n] <= '9'; n++)
		value = 10 * value + (unsigned)(text[n] - '0');
	if (n == 0 || text[n] != '\0' || value > ERRNO_MAX)
		return unit_wrong(unit, at,
				  "\"%s\" is not an errno, nor 0 to %d, "
				  "nor \"kill\"",
				  text, ERRNO_MAX);
	*out = (uint16_t)(UNIT_ERRNO + value);
	return 0;
}

static int
add_unknown(struct unit *unit, const struct unit_word *word, bool invert)
{
	const char *what = word->text[0] == '@' ? "group" : "system call";

	if (invert && !unit->options->ignore_unknown)
		return unit_wrong(unit, word->at,
				  "no %s \"%s\", and this line refuses it",
				  what, word->text);
	unit_remark(unit, word->at, "no %s \"%s\"", what, word->text);
	return 0;
}

static int
add_name(struct unit *unit, const struct unit_word *word, bool invert,
	 struct change *change)
{
	size_t name;

	if (word->text[0] == '@' && calls_group(word->text) != NULL)
		return unit_each_member(unit, word->text, apply, change);
	if (word->text[0] != '@' && unit_find_name(unit, word->text, &name))
		return apply(unit, name, change);
	if (word->text[0] == '@' || !calls_is_name(word->text))
		return add_unknown(unit, word, invert);
	return 0; /* of another architecture */
}

static int
add_word(struct unit *unit, struct unit_list *list, bool invert,
	 struct unit_word *word)
{
	struct change change = { list, UNIT_ON, unit_line(unit, word->at) };
	char *colon = strchr(word->text, ':');
	int r = unit_count_word(unit, word->at);

	if (r == 0 && colon != NULL) {
		*colon = '\0';
		if (!invert)
			return unit_wrong(unit, word->at,
					  "an errno is for what is refused, "
					  "and %s is allowed here",
					  word->text);
		r = read_errno(unit, word->at, colon + 1, &change.state);
	}
	if (r < 0)
		return r;
	/* What is taken away from a list is in it only to get an errno. */
	if (invert == list->allows && (!invert || change.state == UNIT_ON))
		change.state = UNIT_NONE;
	return add_name(unit, word, invert, &change);
}

static void
reset(struct unit *unit, struct unit_list *list)
{
	list->is_set = false;
	list->allows = false;
	memset(list->state, 0, unit->n_names * sizeof(*list->state));
	memset(list->line, 0, unit->n_names * sizeof(*list->line));
}

static int
add_line(struct unit *unit, const struct unit_setting *setting,
	 struct unit_list *list)
{
	struct change implied = { list, UNIT_ON, 0 };
	size_t at = setting->at;
	struct unit_word word;
	bool invert = setting->len > 0 && unit->copy[at] == '~';
	int r = 0;

	if (setting->len == 0) {
		reset(unit, list);
		return 0;
	}
	at += invert;
	if (!list->is_set) {
		list->is_set = true;
		list->allows = !invert;
		if (!invert && list == &unit->filter)
			r = unit_each_member(unit, "@default", apply, &implied);
	}
	while (r == 0 && unit_next_word(unit, setting, &at, &word))
		r = add_word(unit, list, invert, &word);
	return r;
}

static int
make_list(struct unit *unit, struct unit_list *list)
{
	list->state = calloc(unit->n_names + 1, sizeof(*list->state));
	list->line = calloc(unit->n_names + 1, sizeof(*list->line));
	if (list->state == NULL || list->line == NULL)
		return unit_no_memory(unit);
	return 0;
}

static uint32_t
action_of(const struct unit *unit, uint16_t state)
{
	if (state == UNIT_KILL)
		return SECCOMP_RET_KILL_PROCESS;
	if (state >= UNIT_ERRNO)
		return SECCOMP_RET_ERRNO | (uint32_t)(state - UNIT_ERRNO);
	return unit->negative;
}

static int
read_negative(struct unit *unit)
{
	const struct unit_setting *setting =
	    unit_last(unit, UNIT_SYSCALL_ERROR_NUMBER);
	struct unit_word word;
	uint16_t state = UNIT_KILL;
	size_t at;
	int r = 0;

	unit->negative = SECCOMP_RET_KILL_PROCESS;
	if (setting == NULL || setting->len == 0)
		return 0;
	at = setting->at;
	if (unit_next_word(unit, setting, &at, &word))
		r = read_errno(unit, word.at, word.text, &state);
	if (r == 0 && state == UNIT_ERRNO)
		return unit_wrong(unit, setting->at, "0 is not an error");
	if (r == 0)
		unit->negative = action_of(unit, state);
	return r;
}

int
unit_read_filters(struct unit *unit)
{
	int r = read_negative(unit);

	if (r == 0)
		r = make_list(unit, &unit->filter);
	if (r == 0)
		r = make_list(unit, &unit->log);
	for (size_t i = 0; r == 0 && i < unit->n_settings; i++) {
		const struct unit_setting *setting = &unit->settings[i];

		if (setting->key == UNIT_SYSCALL_FILTER)
			r = add_line(unit, setting, &unit->filter);
		else if (setting->key == UNIT_SYSCALL_LOG)
			r = add_line(unit, setting, &unit->log);
	}
	return r;
}

/* What is allowed may be logged, too. */
static uint32_t
logged(const struct unit *unit, bool in_list)
{
	if (unit->log.is_set && in_list == unit->log.allows)
		return SECCOMP_RET_LOG;
	return SECCOMP_RET_ALLOW;
}

uint32_t
unit_answer(const struct unit *unit, size_t name, uint32_t *line)
{
	uint16_t state = unit->filter.state[name];
	bool in_log = unit->log.state[name] != UNIT_NONE;
	uint32_t action = unit->negative;

	*line = unit->filter.line[name];
	if (state == UNIT_KILL || state >= UNIT_ERRNO)
		return action_of(unit, state);
	if (!unit->filter.is_set || (state == UNIT_ON) == unit->filter.allows) {
		action = logged(unit, in_log);
		if (action == SECCOMP_RET_LOG || *line == 0)
			*line = unit->log.line[name];
	}
	return action;
}

uint32_t
unit_default(const struct unit *unit)
{
	if (unit->filter.is_set && unit->filter.allows)
		return unit->negative;
	return logged(unit, false);
}
