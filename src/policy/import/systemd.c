/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A systemd unit to policy text.  What systemd loads as a filter for each
 * setting becomes one policy: the strictest answer counts.  Settings that are
 * no filters are named in comments, as far as a spec has a key for them.
 */
#include "base/err.h"
#include "policy/import/groups.h"
#include "policy/import/mux.h"
#include "policy/import/unit.h"
#include "policy/import/write.h"
#include "policy/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_SIZE 256

uint32_t
unit_line(const struct unit *unit, size_t at)
{
	uint32_t line = 1;

	for (size_t i = 0; i < at; i++)
		line += unit->text[i] == '\n';
	return line;
}

static struct note_place
place_of(const struct unit *unit, size_t at)
{
	size_t start = at;

	while (start > 0 && unit->text[start - 1] != '\n')
		start--;
	return (struct note_place){
		.file = unit->options->file,
		.line = unit_line(unit, at),
		.column = (uint32_t)(at - start) + 1,
		.source = unit->text + start,
		.len = unit->len - start,
	};
}

int
unit_fail(const struct unit *unit, size_t at, int code, const char *fmt, ...)
{
	struct note_place place = place_of(unit, at);
	char text[TEXT_SIZE];
	va_list args;
	int r;

	va_start(args, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	notes_add(unit->options->notes, &place, "%s", text);
	r = err_set(unit->err, code, CAISSON_STAGE_POLICY, 0, "%s:%u:%u: %s",
		    place.file, place.line, place.column, text);
	if (unit->err != NULL) {
		unit->err->line = place.line;
		unit->err->column = place.column;
	}
	return r;
}

void
unit_remark(struct unit *unit, size_t at, const char *fmt, ...)
{
	struct note_place place = place_of(unit, at);
	char text[TEXT_SIZE];
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	notes_add(unit->options->notes, &place, "%s", text);
	buffer_add(&unit->comments, "# line %u: ", place.line);
	buffer_quote(&unit->comments, text, strlen(text));
	buffer_add(&unit->comments, "\n");
}

/* Behind what the other settings refuse, the answer of the lists. */
static int
add_answers(struct unit *unit)
{
	uint32_t last = 0, label = 0;
	bool labelled = false;

	for (size_t i = 0; i < unit->n_names; i++) {
		struct policy_clause clause = { .n_atoms = 0 };
		uint32_t line;

		clause.action = unit_answer(unit, i, &line);
		if (clause.action == unit_default(unit))
			continue;
		if ((!labelled || line != last) &&
		    rules_label(&unit->rules, &label,
				line == 0 ? "implied" : "line %u", line) < 0)
			return unit_no_memory(unit);
		labelled = true;
		last = line;
		clause.origin.line = label;
		if (rules_add(&unit->rules, unit->names[i], &clause) < 0)
			return unit_no_memory(unit);
	}
	return 0;
}

static void
add_other_settings(struct unit *unit)
{
	const struct unit_setting *setting;

	setting = unit_last(unit, UNIT_NO_NEW_PRIVILEGES);
	if (setting != NULL) {
		buffer_add(&unit->comments,
			   "# line %u: NoNewPrivileges: no "
			   "filter; a launch always sets it\n",
			   unit_line(unit, setting->at));
	}
	setting = unit_last(unit, UNIT_BOUNDING_SET);
	if (setting != NULL) {
		buffer_add(&unit->comments,
			   "# line %u: CapabilityBoundingSet: no filter; in a "
			   "spec it is \"bounding\": ",
			   unit_line(unit, setting->at));
		buffer_quote(&unit->comments, unit->copy + setting->at,
			     setting->len);
		buffer_add(&unit->comments, "\n");
	}
}

static bool
is_filter(const struct unit_setting *setting)
{
	return setting->key != UNIT_NO_NEW_PRIVILEGES &&
	       setting->key != UNIT_BOUNDING_SET &&
	       setting->key != UNIT_PERSONALITY &&
	       setting->key != UNIT_SYSCALL_ERROR_NUMBER;
}

static int
check_any(struct unit *unit)
{
	for (size_t i = 0; i < unit->n_settings; i++)
		if (is_filter(&unit->settings[i]))
			return 0;
	return unit_wrong(unit, 0, "no setting that makes a filter");
}

static int
read_unit(struct unit *unit)
{
	struct mux_remarks remarks = { unit->options->file,
				       unit->options->notes, &unit->comments };
	int r = unit_read_settings(unit);

	if (r == 0)
		r = check_any(unit);
	if (r == 0)
		r = unit_read_archs(unit);
	if (r == 0)
		r = unit_read_filters(unit);
	if (r == 0)
		r = unit_read_intents(unit);
	if (r == 0) {
		unit->rules.default_action = unit_default(unit);
		r = add_answers(unit);
	}
	if (r == 0 && mux_add(&unit->rules, &remarks) < 0)
		r = unit_no_memory(unit);
	add_other_settings(unit);
	return r;
}

static int
write_text(struct unit *unit, char **out)
{
	struct buffer text = { 0 };

	buffer_add(&text, "# Imported from a systemd unit, ");
	buffer_quote(&text, unit->options->file, strlen(unit->options->file));
	buffer_add(&text, "\n");
	write_head(&unit->rules, &text);
	if (unit->comments.len > 0)
		buffer_add(&text, "\n# Left out, or changed:\n%s",
			   unit->comments.text);
	if (groups_write(&unit->rules, &text) < 0)
		text.failed = true;
	write_rules(&unit->rules, &text);
	if (text.failed || unit->comments.failed) {
		buffer_done(&text);
		return unit_no_memory(unit);
	}
	if (text.len > TEXT_SIZE_MAX) {
		buffer_done(&text);
		return unit_wrong(unit, 0, "longer than 1 MiB as policy text");
	}
	*out = text.text;
	return 0;
}

static void
unit_done(struct unit *unit)
{
	free(unit->copy);
	free(unit->settings);
	free(unit->names);
	free(unit->filter.state);
	free(unit->filter.line);
	free(unit->log.state);
	free(unit->log.line);
	rules_done(&unit->rules);
	buffer_done(&unit->comments);
}

int
import_systemd(const char *text, size_t len,
	       const struct import_options *options, char **out,
	       struct caisson_error *err)
{
	struct unit unit = {
		.options = options, .err = err, .text = text, .len = len
	};
	const char *nul = memchr(text, '\0', len);
	int r;

	if (len > TEXT_SIZE_MAX)
		return unit_fail(&unit, 0, CAISSON_E_SYNTAX,
				 "longer than 1 MiB");
	if (nul != NULL)
		return unit_fail(&unit, (size_t)(nul - text), CAISSON_E_SYNTAX,
				 "a NUL byte");
	unit.copy = malloc(len + 1);
	if (unit.copy == NULL)
		return unit_no_memory(&unit);
	memcpy(unit.copy, text, len);
	unit.copy[len] = '\0';
	r = read_unit(&unit);
	if (r == 0)
		r = write_text(&unit, out);
	unit_done(&unit);
	return r;
}
