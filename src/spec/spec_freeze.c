/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Validation: all of it is reached from here.  A spec that passes gets its
 * defaults written out and is read-only from then on; one that does not is
 * left as it was, so that it can be mended.  Touches nothing outside.
 */
#include "base/err.h"
#include "spec/freeze.h"
#include "spec/path.h"
#include "spec/pointer.h"
#include "spec/strlist.h"

#include <stdlib.h>
#include <string.h>

int
freeze_check_time(const char *pointer, int64_t value, struct caisson_error *err)
{
	if (value < 0 || value > SPEC_TIME_MAX)
		return err_spec(err, pointer, "must be 0 to %lld",
				(long long)SPEC_TIME_MAX);
	return 0;
}

static int
check_argv(const struct caisson_spec *spec, struct caisson_error *err)
{
	if (spec->argv.v == NULL)
		return 0;
	if (spec->argv.n == 0)
		return err_spec(err, "/argv", "must have an element");
	if (spec->argv.n > SPEC_COUNT_MAX)
		return err_spec(err, "/argv", "has more than %u elements",
				SPEC_COUNT_MAX);
	for (size_t i = 0; i < spec->argv.n; i++)
		if (strlen(spec->argv.v[i]) > SPEC_STRING_MAX)
			return err_spec(err, AT("/argv/%zu", i),
					"is longer than %u bytes",
					SPEC_STRING_MAX);
	return 0;
}

static int
check_variable(const char *name, const char *value, struct caisson_error *err)
{
	size_t len = strlen(name);

	if (len == 0)
		return err_spec(err, "/env", "a name may not be empty");
	if (strchr(name, '=') != NULL)
		return err_spec(err, AT_KEY("/env", name),
				"a name may not contain \"=\"");
	if (len + 1 + strlen(value) > SPEC_STRING_MAX)
		return err_spec(err, AT_KEY("/env", name),
				"is longer than %u bytes, its name included",
				SPEC_STRING_MAX);
	return 0;
}

static int
check_env(const struct caisson_spec *spec, struct caisson_error *err)
{
	int r = 0;

	if (spec->env_names.n > SPEC_COUNT_MAX)
		return err_spec(err, "/env", "has more than %u elements",
				SPEC_COUNT_MAX);
	for (size_t i = 0; r == 0 && i < spec->env_names.n; i++)
		r = check_variable(spec->env_names.v[i], spec->env_values.v[i],
				   err);
	return r;
}

static int
check_program(const struct caisson_spec *spec, struct caisson_error *err)
{
	int r;

	if (spec->path == NULL)
		return err_spec(err, "/path", "is required");
	r = path_check_file("/path", spec->path, err);
	if (r == 0)
		r = check_argv(spec, err);
	if (r == 0)
		r = check_env(spec, err);
	if (r == 0 && spec->cwd != NULL)
		r = path_check_directory("/cwd", spec->cwd, err);
	return r;
}

static int
check_times(const struct caisson_spec *spec, struct caisson_error *err)
{
	int r = freeze_check_time("/timeout_ms", spec->timeout_ms, err);

	if (r == 0)
		r = freeze_check_time("/kill_grace_ms", spec->kill_grace_ms,
				      err);
	return r;
}

static void
give(char **field, char *value, bool wanted)
{
	if (wanted)
		*field = value;
	else
		free(value);
}

/* What the spec left out, all of it or nothing. */
static int
fill_strings(struct caisson_spec *spec)
{
	bool has_filter = spec->profile != NULL || spec->policy != NULL ||
			  spec->filter != NULL;
	struct spec_strings argv = { NULL, 0 };
	char *cwd = strdup("/"), *profile = strdup("default");

	if (cwd == NULL || profile == NULL ||
	    strlist_push(&argv, spec->path) < 0) {
		strlist_done(&argv);
		free(profile);
		free(cwd);
		return -1;
	}
	if (spec->argv.v == NULL)
		spec->argv = argv;
	else
		strlist_done(&argv);
	give(&spec->cwd, cwd, spec->cwd == NULL);
	give(&spec->profile, profile, !has_filter);
	return 0;
}

static void
fill_numbers(struct caisson_spec *spec)
{
	for (int fd = 0; fd < 3; fd++)
		spec->stdio[fd].fd = fd;
	if (spec->handshake.has && spec->handshake.ready_timeout_ms == 0)
		spec->handshake.ready_timeout_ms = SPEC_READY_MS;
}

int
caisson_spec_freeze(struct caisson_spec *spec, struct caisson_error *err)
{
	static int (*const checks[])(const struct caisson_spec *,
				     struct caisson_error *) = {
		check_program,    freeze_check_identity,
		freeze_check_fds, freeze_check_process,
		check_times,      freeze_check_handshake,
	};
	int r = 0;

	if (spec == NULL)
		return err_usage(err, "spec is NULL");
	if (spec->frozen)
		return 0;
	for (size_t i = 0; r == 0 && i < sizeof(checks) / sizeof(*checks); i++)
		r = checks[i](spec, err);
	if (r < 0)
		return r;
	if (fill_strings(spec) < 0)
		return err_no_memory(err, CAISSON_STAGE_SPEC);
	fill_numbers(spec);
	spec->frozen = true;
	return 0;
}
