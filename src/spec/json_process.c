/* SPDX-License-Identifier: Apache-2.0 */
/* JSON to spec: what the program is as a process. */
#include "spec/json_load.h"

#include "base/err.h"
#include "base/names.h"

#include <string.h>

/* What freeze refuses, and no setter's default. */
#define WRONG_GROUP  (-2)
#define WRONG_NUMBER (-1)

/* The numbers 0 and -1 stand for words in the API, but not in the text. */
static int
load_group(const struct json_node *node, struct caisson_spec *spec,
	   struct caisson_error *err)
{
	struct spec_process *process = &spec->process;
	uint32_t word;
	int r;

	process->has_group = true;
	if (json_is_integer(node->value)) {
		process->group = json_integer_value(node->value);
		if (process->group < 1)
			process->group = WRONG_GROUP;
		return 0;
	}
	if (!json_is_string(node->value)) {
		process->group = WRONG_GROUP;
		return 0;
	}
	r = json_node_word(node, words_session, &word, err);
	if (r < 0)
		return r;
	process->group = word == 1   ? CAISSON_GROUP_NEW
			 : word == 0 ? CAISSON_GROUP_INHERIT
				     : WRONG_GROUP;
	return 0;
}

static int
load_session(const struct json_node *node, struct caisson_spec *spec,
	     struct caisson_error *err)
{
	uint32_t word;
	int r = json_node_word(node, words_session, &word, err);

	if (r < 0)
		return r;
	if (word == WORDS_UNKNOWN)
		return err_spec(err, AT_NODE(node),
				"must be \"new\" or \"inherit\"");
	spec->process.session = word == 1;
	return 0;
}

static int
load_tty(const struct json_node *node, struct caisson_spec *spec,
	 struct caisson_error *err)
{
	return json_node_word(node, words_tty, &spec->process.tty, err);
}

static int
load_foreground(const struct json_node *node, struct caisson_spec *spec,
		struct caisson_error *err)
{
	return json_node_bool(node, &spec->process.foreground, err);
}

static int
load_signal(const struct json_node *node, struct caisson_spec *spec,
	    struct caisson_error *err)
{
	const char *text;
	int r = json_node_string(node, &text, err);

	if (r < 0)
		return r;
	spec->process.parent_death_signal = names_signal(text);
	return 0;
}

static int
load_umask(const struct json_node *node, struct caisson_spec *spec,
	   struct caisson_error *err)
{
	int64_t value = 0;
	const char *text;
	int r = json_node_string(node, &text, err);
	size_t len;

	if (r < 0)
		return r;
	len = strlen(text);
	if (len < 1 || len > 4 || strspn(text, "01234567") != len)
		value = WRONG_NUMBER;
	for (; value != WRONG_NUMBER && *text != '\0'; text++)
		value = value * 8 + (*text - '0');
	spec->process.umask = value;
	spec->process.has_umask = true;
	return 0;
}

static int
load_nice(const struct json_node *node, struct caisson_spec *spec,
	  struct caisson_error *err)
{
	spec->process.has_nice = true;
	return json_node_integer(node, &spec->process.nice, err);
}

static int
load_oom_score_adj(const struct json_node *node, struct caisson_spec *spec,
		   struct caisson_error *err)
{
	spec->process.has_oom_score_adj = true;
	return json_node_integer(node, &spec->process.oom_score_adj, err);
}

static int
load_chroot(const struct json_node *node, struct caisson_spec *spec,
	    struct caisson_error *err)
{
	return json_node_copy(node, &spec->process.chroot, err);
}

static int
load_ptrace(const struct json_node *node, struct caisson_spec *spec,
	    struct caisson_error *err)
{
	return json_node_bool(node, &spec->process.ptrace, err);
}

int
json_load_process(const struct json_node *node, struct caisson_spec *spec,
		  struct caisson_error *err)
{
	static const struct json_field fields[] = {
		{ "group", false, load_group },
		{ "session", false, load_session },
		{ "tty", false, load_tty },
		{ "foreground", false, load_foreground },
		{ "parent_death_signal", false, load_signal },
		{ "umask", false, load_umask },
		{ "nice", false, load_nice },
		{ "oom_score_adj", false, load_oom_score_adj },
		{ "chroot", false, load_chroot },
		{ "ptrace", false, load_ptrace },
		{ NULL, false, NULL },
	};

	return json_node_fields(node, fields, spec, err);
}
