/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lines of a unit to the settings that are about system calls.  Sections
 * that start no program are passed over, and so are other settings.
 */
#include "policy/import/unit.h"

#include "base/err.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char *const keys[UNIT_KEYS] = {
	[UNIT_SYSCALL_FILTER] = "SystemCallFilter",
	[UNIT_SYSCALL_ERROR_NUMBER] = "SystemCallErrorNumber",
	[UNIT_SYSCALL_ARCHITECTURES] = "SystemCallArchitectures",
	[UNIT_SYSCALL_LOG] = "SystemCallLog",
	[UNIT_ADDRESS_FAMILIES] = "RestrictAddressFamilies",
	[UNIT_NAMESPACES] = "RestrictNamespaces",
	[UNIT_MEMORY] = "MemoryDenyWriteExecute",
	[UNIT_REALTIME] = "RestrictRealtime",
	[UNIT_SUID_SGID] = "RestrictSUIDSGID",
	[UNIT_LOCK_PERSONALITY] = "LockPersonality",
	[UNIT_PERSONALITY] = "Personality",
	[UNIT_CLOCK] = "ProtectClock",
	[UNIT_HOSTNAME] = "ProtectHostname",
	[UNIT_KERNEL_LOGS] = "ProtectKernelLogs",
	[UNIT_KERNEL_MODULES] = "ProtectKernelModules",
	[UNIT_KERNEL_TUNABLES] = "ProtectKernelTunables",
	[UNIT_PRIVATE_DEVICES] = "PrivateDevices",
	[UNIT_NO_NEW_PRIVILEGES] = "NoNewPrivileges",
	[UNIT_BOUNDING_SET] = "CapabilityBoundingSet",
};

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* A part of the text without the blanks around it. */
struct piece {
	size_t at, len;
};

static struct piece
trim(const char *text, size_t from, size_t to)
{
	while (from < to && is_blank(text[from]))
		from++;
	while (to > from && is_blank(text[to - 1]))
		to--;
	return (struct piece){ from, to - from };
}

static bool
is_text(const struct unit *unit, struct piece piece, const char *text)
{
	return piece.len == strlen(text) &&
	       memcmp(unit->copy + piece.at, text, piece.len) == 0;
}

static size_t
end_of_line(const struct unit *unit, size_t at)
{
	const char *end = memchr(unit->copy + at, '\n', unit->len - at);

	return end == NULL ? unit->len : (size_t)(end - unit->copy);
}

static bool
is_comment(const struct unit *unit, size_t at, size_t end)
{
	struct piece line = trim(unit->copy, at, end);

	return line.len > 0 &&
	       (unit->copy[line.at] == '#' || unit->copy[line.at] == ';');
}

/*
 * A backslash at the end of a line joins it with the next one, and comments
 * between them do not count: all of it becomes blanks, so that what is left
 * stands where it stood.
 */
static void
join_lines(struct unit *unit)
{
	bool joined = false;

	for (size_t at = 0; at < unit->len;) {
		size_t end = end_of_line(unit, at), next = end + 1;

		if (is_comment(unit, at, end)) {
			memset(unit->copy + at, ' ', end - at);
			if (joined && end < unit->len)
				unit->copy[end] = ' ';
		} else {
			joined = end > at && unit->copy[end - 1] == '\\';
			if (joined)
				unit->copy[end - 1] = ' ';
			if (joined && end < unit->len)
				unit->copy[end] = ' ';
		}
		at = next;
	}
}

/* Do its settings make filters?  Those are the units that start programs. */
static bool
is_program_section(const struct unit *unit, struct piece line)
{
	return is_text(unit, line, "[Service]") ||
	       is_text(unit, line, "[Socket]") ||
	       is_text(unit, line, "[Mount]") || is_text(unit, line, "[Swap]");
}

static int
add_setting(struct unit *unit, enum unit_key key, struct piece value)
{
	struct unit_setting *v;

	if (unit->n_settings == UNIT_SETTINGS_MAX)
		return unit_wrong(unit, value.at, "more than %d settings",
				  UNIT_SETTINGS_MAX);
	v = reallocarray(unit->settings, unit->n_settings + 1, sizeof(*v));
	if (v == NULL)
		return unit_no_memory(unit);
	unit->settings = v;
	v[unit->n_settings++] =
	    (struct unit_setting){ key, value.at, value.len };
	return 0;
}

static int
read_line(struct unit *unit, size_t at, size_t end, bool *inside)
{
	struct piece line = trim(unit->copy, at, end);
	const char *equals;
	struct piece key;

	if (line.len == 0)
		return 0;
	if (unit->copy[line.at] == '[') {
		*inside = is_program_section(unit, line);
		return 0;
	}
	if (!*inside)
		return 0;
	equals = memchr(unit->copy + line.at, '=', line.len);
	if (equals == NULL)
		return unit_fail(unit, line.at, CAISSON_E_SYNTAX,
				 "neither a section nor KEY=VALUE");
	key = trim(unit->copy, line.at, (size_t)(equals - unit->copy));
	for (int i = 0; i < UNIT_KEYS; i++)
		if (is_text(unit, key, keys[i]))
			return add_setting(unit, (enum unit_key)i,
					   trim(unit->copy,
						(size_t)(equals - unit->copy) +
						    1,
						end));
	return 0;
}

int
unit_read_settings(struct unit *unit)
{
	bool inside = true;

	join_lines(unit);
	for (size_t at = 0; at < unit->len;) {
		size_t end = end_of_line(unit, at);
		int r = read_line(unit, at, end, &inside);

		if (r < 0)
			return r;
		at = end + 1;
	}
	return 0;
}

bool
unit_next_word(const struct unit *unit, const struct unit_setting *setting,
	       size_t *at, struct unit_word *out)
{
	size_t end = setting->at + setting->len, n = 0;

	while (*at < end && is_blank(unit->copy[*at]))
		(*at)++;
	if (*at == end)
		return false;
	out->at = *at;
	for (; *at < end && !is_blank(unit->copy[*at]); (*at)++)
		if (n < sizeof(out->text) - 1)
			out->text[n++] = unit->copy[*at];
	out->text[n] = '\0';
	return true;
}

int
unit_count_word(struct unit *unit, size_t at)
{
	if (unit->n_words++ == UNIT_WORDS_MAX)
		return unit_wrong(unit, at, "more than %d words",
				  UNIT_WORDS_MAX);
	return 0;
}

bool
unit_is_bool(const struct unit *unit, const struct unit_setting *setting,
	     bool *out)
{
	static const char *const yes[] = { "1", "yes", "y", "true", "t", "on" };
	static const char *const no[] = { "0", "no", "n", "false", "f", "off" };
	struct unit_word word;
	size_t at = setting->at;

	if (!unit_next_word(unit, setting, &at, &word) ||
	    at != setting->at + setting->len)
		return false;
	for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++) {
		*out = strcasecmp(word.text, yes[i]) == 0;
		if (*out || strcasecmp(word.text, no[i]) == 0)
			return true;
	}
	return false;
}

int
unit_read_bool(const struct unit *unit, const struct unit_setting *setting,
	       bool *out)
{
	if (!unit_is_bool(unit, setting, out))
		return unit_wrong(unit, setting->at, "must be yes or no");
	return 0;
}

const struct unit_setting *
unit_last(const struct unit *unit, enum unit_key key)
{
	for (size_t i = unit->n_settings; i-- > 0;)
		if (unit->settings[i].key == key)
			return &unit->settings[i];
	return NULL;
}
