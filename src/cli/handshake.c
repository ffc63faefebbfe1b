/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The start-up handshake on the command line.  A configuration goes into the
 * spec, and so into what --print-spec prints; a secret goes from its
 * descriptor to the launch and is nowhere else.
 */
#include "cli/handshake.h"

#include "base/err.h"
#include "cli/cli.h"
#include "cli/options.h"
#include "spec/edit.h"
#include "spec/json_text.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SECRET_MS 30000u /* for the end of the secret to come */

/* Options that mean nothing without a handshake, and whether they are given. */
static const char *
find_dangling(const struct request *r)
{
	if (r->config_file != NULL)
		return "config";
	if (r->secret_fd >= 0)
		return "secret-fd";
	if (r->ready_timeout)
		return "ready-timeout";
	if (r->data_fd >= 0)
		return "data-fd";
	return r->status_fd >= 0 ? "status-fd" : NULL;
}

int
handshake_check_stdin(const struct request *r, struct caisson_error *err)
{
	bool spec = r->spec_file != NULL && strcmp(r->spec_file, "-") == 0;
	bool config =
	    r->config_file != NULL && strcmp(r->config_file, "-") == 0;
	bool secret = r->secret_fd == STDIN_FILENO;

	/* Nothing at all would be taken for an empty one. */
	if ((spec || config || secret) && cli_is_stdin_closed())
		return err_usage(err, "--%s: standard input is closed",
				 spec     ? "spec -"
				 : config ? "config -"
					  : "secret-fd 0");
	if (spec && config)
		return err_usage(err, "--spec - and --config -: standard input "
				      "can only be one of them");
	if (secret && (spec || config))
		return err_usage(err,
				 "--secret-fd 0 and --%s -: standard input can "
				 "only be one of them",
				 spec ? "spec" : "config");
	return 0;
}

static int
bad_map(const struct request *r, const char *what, struct caisson_error *err)
{
	return err_set(err, CAISSON_E_SYNTAX, CAISSON_STAGE_PARSE, 0,
		       "--config %s: %s", r->config_file, what);
}

static int
set_entries(const struct request *r, json_t *map, struct caisson_error *err)
{
	const char *key;
	json_t *value;

	if (!json_is_object(map))
		return bad_map(r, "must be a JSON object of strings", err);
	edit_config_map(r->spec);
	/* no key is there twice: the parser has seen to it */
	json_object_foreach(map, key, value)
	{
		if (!json_is_string(value))
			return bad_map(r, "every value must be a string", err);
		if (edit_config_push(r->spec, key, json_string_value(value)) <
		    0)
			return err_no_memory(err, CAISSON_STAGE_PARSE);
	}
	return 0;
}

static int
set_map(const struct request *r, const char *text, size_t len,
	struct caisson_error *err)
{
	struct caisson_error why;
	json_t *map = NULL;
	int code = json_text_parse(text, len, &map, &why);

	/* An event's line and column would be taken for the spec's. */
	if (code == CAISSON_E_SYNTAX)
		return bad_map(r, why.msg, err);
	if (code < 0)
		return err_no_memory(err, CAISSON_STAGE_PARSE);
	code = set_entries(r, map, err);
	json_decref(map);
	return code;
}

static int
set_config(const struct request *r, const char *text, size_t len,
	   struct caisson_error *err)
{
	const char *protocol = facts_handshake(r->spec).protocol;

	if (len > CAISSON_HANDSHAKE_BYTES)
		return err_usage(err, "--config %s: more than %u bytes",
				 r->config_file, CAISSON_HANDSHAKE_BYTES);
	edit_no_config(r->spec);
	if (strcmp(protocol, "caisson") == 0)
		return caisson_spec_set_handshake_config(r->spec, text, len,
							 err);
	return set_map(r, text, len, err);
}

int
handshake_fill(struct request *r, struct caisson_error *err)
{
	const char *dangling = find_dangling(r);
	char *text = NULL;
	size_t len = 0;
	int code;

	if (dangling == NULL)
		return 0;
	if (facts_handshake(r->spec).protocol == NULL)
		return err_usage(err,
				 "--%s: there is no handshake: give "
				 "--handshake, or a spec that has one",
				 dangling);
	if (r->config_file == NULL)
		return 0;
	code = specfile_slurp("--config ", r->config_file, &text, &len, err);
	if (code == 0)
		code = set_config(r, text, len, err);
	free(text);
	return code;
}

int
handshake_read_secret(const struct request *r, const struct facts *facts,
		      struct caisson_secret **out, struct caisson_error *err)
{
	int code;

	if (r->secret_fd < 0)
		return 0;
	code = caisson_secret_read(r->secret_fd, 0, SECRET_MS, out, err);
	if (r->secret_fd > STDERR_FILENO &&
	    !facts_inherits(facts, r->secret_fd))
		(void)close(r->secret_fd);
	return code;
}
