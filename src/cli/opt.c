/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The option parser.  It knows tables and the command line, and nothing of
 * what options mean.  Abbreviations are not accepted: a script that uses one
 * would break when a longer name appears.
 */
#include "cli/opt.h"

#include "base/err.h"
#include "base/suggest.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct opt_row *
find_name(const struct opt_row *rows, unsigned verb, const char *name,
	  size_t len)
{
	for (; rows->name != NULL; rows++)
		if ((rows->verbs & verb) != 0 && strlen(rows->name) == len &&
		    memcmp(rows->name, name, len) == 0)
			return rows;
	return NULL;
}

static const struct opt_row *
find_letter(const struct opt_row *rows, unsigned verb, char letter)
{
	for (; rows->name != NULL; rows++)
		if ((rows->verbs & verb) != 0 && rows->letter == letter)
			return rows;
	return NULL;
}

static int
unknown(const struct opt_row *rows, unsigned verb, const char *name, size_t len,
	struct caisson_error *err)
{
	char word[64];
	struct suggest s;

	if (len >= sizeof(word))
		return err_usage(err, "unknown option --%.60s...", name);
	memcpy(word, name, len);
	word[len] = '\0';
	suggest_init(&s, word);
	for (; rows->name != NULL; rows++)
		if ((rows->verbs & verb) != 0)
			suggest_offer(&s, rows->name);
	if (s.best != NULL)
		return err_usage(err, "unknown option --%s: did you mean --%s?",
				 word, s.best);
	return err_usage(err, "unknown option --%s: see --help", word);
}

static void
add(struct opt_list *list, const struct opt_row *row, const char *value)
{
	list->uses[list->n].row = row;
	list->uses[list->n].value = value;
	list->n++;
}

/* argv[*i] is "--..."; *i moves to the last argument that was used. */
static int
parse_long(const struct opt_row *rows, unsigned verb, char *const *argv,
	   struct opt_list *list, struct caisson_error *err)
{
	const char *name = argv[list->rest] + 2;
	const char *equals = strchr(name, '=');
	size_t len = equals != NULL ? (size_t)(equals - name) : strlen(name);
	const char *value = equals != NULL ? equals + 1 : NULL;
	const struct opt_row *row = find_name(rows, verb, name, len);

	if (row == NULL)
		return unknown(rows, verb, name, len, err);
	if (row->argument == OPT_NONE && value != NULL)
		return err_usage(err, "--%s takes no value", row->name);
	if (row->argument == OPT_REQUIRED && value == NULL) {
		value = argv[list->rest + 1];
		if (value == NULL)
			return err_usage(err, "--%s needs %s", row->name,
					 row->metavar);
		list->rest++;
	}
	add(list, row, value);
	list->rest++;
	return 0;
}

/* argv[list->rest] is "-x", "-xVALUE", or several letters without values. */
static int
parse_short(const struct opt_row *rows, unsigned verb, char *const *argv,
	    struct opt_list *list, struct caisson_error *err)
{
	const char *p = argv[list->rest++] + 1;

	for (; *p != '\0'; p++) {
		const struct opt_row *row = find_letter(rows, verb, *p);

		if (row == NULL)
			return err_usage(err, "unknown option -%c: see --help",
					 *p);
		if (row->argument != OPT_REQUIRED) {
			add(list, row, NULL);
			continue;
		}
		if (p[1] != '\0') {
			add(list, row, p + 1);
			return 0;
		}
		if (argv[list->rest] == NULL)
			return err_usage(err, "-%c needs %s", row->letter,
					 row->metavar);
		add(list, row, argv[list->rest++]);
		return 0;
	}
	return 0;
}

static int
parse_all(const struct opt_row *rows, unsigned verb, char *const *argv,
	  struct opt_list *list, struct caisson_error *err)
{
	for (;;) {
		const char *arg = argv[list->rest];
		int r;

		if (arg == NULL || arg[0] != '-' || arg[1] == '\0')
			return 0;
		if (strcmp(arg, "--") == 0) {
			list->rest++;
			return 0;
		}
		if (arg[1] == '-')
			r = parse_long(rows, verb, argv, list, err);
		else
			r = parse_short(rows, verb, argv, list, err);
		if (r < 0)
			return r;
	}
}

static int
begin(char *const *argv, struct opt_list *list, struct caisson_error *err)
{
	size_t most = 1;

	*list = (struct opt_list){ NULL, 0, 1 };
	/* Every letter of every argument could be an option. */
	for (int i = 1; argv[i] != NULL; i++)
		most += argv[i][0] == '-' ? strlen(argv[i]) : 1;
	list->uses = calloc(most, sizeof(*list->uses));
	if (list->uses == NULL)
		return err_no_memory(err, CAISSON_STAGE_NONE);
	return 0;
}

int
opt_parse(const struct opt_row *rows, unsigned verb, char *const *argv,
	  struct opt_list *list, struct caisson_error *err)
{
	int r = begin(argv, list, err);

	return r < 0 ? r : parse_all(rows, verb, argv, list, err);
}

void
opt_list_done(struct opt_list *list)
{
	free(list->uses);
	list->uses = NULL;
	list->n = 0;
}

/* Moves the words that are no options to the front of argv, from 1. */
static int
parse_mixed(const struct opt_row *rows, unsigned verb, char **argv,
	    struct opt_list *list, struct caisson_error *err)
{
	int words = 1, r = 0;

	while (r == 0 && argv[list->rest] != NULL) {
		char *arg = argv[list->rest];

		if (strcmp(arg, "--") == 0) {
			while (argv[++list->rest] != NULL)
				argv[words++] = argv[list->rest];
		} else if (arg[0] != '-' || arg[1] == '\0') {
			argv[words++] = arg;
			list->rest++;
		} else if (arg[1] == '-') {
			r = parse_long(rows, verb, argv, list, err);
		} else {
			r = parse_short(rows, verb, argv, list, err);
		}
	}
	argv[words] = NULL;
	list->rest = 1;
	return r;
}

int
opt_parse_mixed(const struct opt_row *rows, unsigned verb, char **argv,
		struct opt_list *list, struct caisson_error *err)
{
	int r = begin(argv, list, err);

	return r < 0 ? r : parse_mixed(rows, verb, argv, list, err);
}

static void
set_members(const struct opt_use *use, void *members)
{
	char *base = members;

	if (use->row->flag != 0)
		*(bool *)(base + use->row->flag - 1) = true;
	if (use->row->text != 0)
		*(const char **)(void *)(base + use->row->text - 1) =
		    use->value;
}

void
opt_set(const struct opt_list *list, void *members)
{
	for (size_t i = 0; i < list->n; i++)
		set_members(&list->uses[i], members);
}

int
opt_note(const struct opt_list *list, struct request *r,
	 struct caisson_error *err)
{
	int first = 0;

	for (size_t i = 0; i < list->n; i++) {
		const struct opt_use *use = &list->uses[i];
		int code = 0;

		set_members(use, r);
		if (use->row->note != NULL)
			code = use->row->note(r, use->value,
					      first == 0 ? err : NULL);
		if (first == 0)
			first = code;
	}
	return first;
}

int
opt_apply(const struct opt_list *list, struct request *r,
	  struct caisson_error *err)
{
	for (size_t i = 0; i < list->n; i++) {
		const struct opt_use *use = &list->uses[i];
		int code = 0;

		if (use->row->apply != NULL)
			code = use->row->apply(r, use->value, err);
		if (code < 0)
			return code;
	}
	return 0;
}

void
opt_print_help(const struct opt_row *rows, unsigned verb)
{
	static const char *const joint[] = { "", " ", "[=" };
	static const char *const end[] = { "", "", "]" };

	for (; rows->name != NULL; rows++) {
		char left[80];

		if ((rows->verbs & verb) == 0)
			continue;
		(void)snprintf(left, sizeof(left), "%c%c%s--%s%s%s%s",
			       rows->letter != 0 ? '-' : ' ',
			       rows->letter != 0 ? rows->letter : ' ',
			       rows->letter != 0 ? ", " : "  ", rows->name,
			       joint[rows->argument],
			       rows->metavar != NULL ? rows->metavar : "",
			       end[rows->argument]);
		(void)printf("  %-34s %s\n", left, rows->help);
	}
}
