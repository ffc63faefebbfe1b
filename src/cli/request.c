/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a command line to a frozen spec: the spec file or a person's defaults,
 * then the options in their order, then the program.  Creates nothing and
 * prints nothing.
 */
#include "cli/request.h"

#include "base/err.h"
#include "cli/facts.h"
#include "cli/handshake.h"
#include "cli/options.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *
request_getenv(const struct request *r, const char *name)
{
	size_t len = strlen(name);

	for (const char *const *e = r->env; e != NULL && *e != NULL; e++)
		if (strncmp(*e, name, len) == 0 && (*e)[len] == '=')
			return *e + len + 1;
	return NULL;
}

static int
load_file(struct request *r, struct caisson_error *err)
{
	char *text = NULL;
	size_t len = 0;
	int code = specfile_read(r->spec_file, &text, &len, err);

	if (code == 0)
		code = caisson_spec_load(r->spec, text, len, err);
	free(text);
	return code;
}

static int
set_program(struct request *r, struct caisson_error *err)
{
	char *path = NULL;
	int code;

	if (r->program == NULL)
		return 0;
	code = program_resolve(r, &path, err);
	if (code == 0)
		code = caisson_spec_set_path(r->spec, path, err);
	if (code == 0)
		code =
		    caisson_spec_set_argv(r->spec,
					  (const char *const *)r->program, err);
	free(path);
	return code;
}

/* Who it is to be: what the command line says replaces what the file says. */
static int
override_identity(struct request *r, struct caisson_error *err)
{
	if (r->user == NULL && r->drop_sudo == CAISSON_DROP_SUDO_NO)
		return 0;
	if (r->user != NULL && r->drop_sudo != CAISSON_DROP_SUDO_NO)
		return err_usage(err, "--user and --drop-sudo exclude each "
				      "other");
	return caisson_spec_clear_identity(r->spec, err);
}

/* In place there is nobody to hand a terminal back and forth. */
static int
stay_in_group(struct request *r, struct caisson_error *err)
{
	if (!r->replace || facts_name_group(r->spec))
		return 0;
	return caisson_spec_set_group(r->spec, CAISSON_GROUP_INHERIT, err);
}

/* A session of its own: it outlives us, and the terminal is not its. */
static int
stand_alone(struct request *r, struct caisson_error *err)
{
	if (!r->detach || facts_name_group(r->spec))
		return 0;
	return options_new_session(r, NULL, err);
}

/* Where nobody has said what standard input is to be. */
static int
settle_stdin(struct request *r, struct caisson_error *err)
{
	bool is_taken = r->secret_fd == STDIN_FILENO;

	/* Nobody but the shell should read what is typed afterwards. */
	if (r->detach && isatty(STDIN_FILENO) != 0)
		is_taken = true;
	if (!is_taken || facts_name_stdin(r->spec))
		return 0;
	return caisson_spec_fd_null(r->spec, STDIN_FILENO, err);
}

static int
fill(struct request *r, const struct opt_list *list, struct caisson_error *err)
{
	int code =
	    r->spec_file != NULL ? load_file(r, err) : defaults_apply(r, err);

	if (code == 0)
		code = override_identity(r, err);
	if (code == 0 && r->clear_env)
		code = caisson_spec_clear_env(r->spec, err);
	if (code == 0)
		code = opt_apply(list, r, err);
	if (code == 0)
		code = stay_in_group(r, err);
	if (code == 0)
		code = stand_alone(r, err);
	if (code == 0)
		code = settle_stdin(r, err);
	if (code == 0)
		code = handshake_fill(r, err);
	if (code == 0)
		code = set_program(r, err);
	if (code == 0)
		code = caisson_spec_freeze(r->spec, err);
	return code;
}

static int
build(struct request *r, const struct opt_list *list, char *const *argv,
      struct caisson_error *err)
{
	int code = opt_note(list, r, err);

	if (code < 0 || r->help)
		return code;
	if (argv[list->rest] != NULL)
		r->program = &argv[list->rest];
	if (r->program == NULL && r->spec_file == NULL)
		return err_usage(err, "no program given: see caisson %s --help",
				 r->verb);
	code = handshake_check_stdin(r, err);
	if (code == 0)
		code = caisson_spec_new(&r->spec, err);
	if (code < 0)
		return code;
	return fill(r, list, err);
}

int
request_build(struct request *r, unsigned verb, char *const *argv,
	      struct caisson_error *err)
{
	struct opt_list list;
	int code = opt_parse(options_rows, verb, argv, &list, err);
	int ignored = 0;

	/* What could be read says where the error is to go. */
	if (code < 0)
		ignored = opt_note(&list, r, NULL);
	else
		code = build(r, &list, argv, err);
	(void)ignored;
	opt_list_done(&list);
	return code;
}

void
request_done(struct request *r)
{
	caisson_spec_free(r->spec);
	r->spec = NULL;
}
