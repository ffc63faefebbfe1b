/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the options for the process, its limits and its time do.  Setters of
 * the library, like those in options.c.
 */
#include "cli/options.h"

#include "base/err.h"
#include "base/names.h"
#include "cli/values.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

int
options_umask(struct request *r, const char *value, struct caisson_error *err)
{
	char *end;
	unsigned long mask;

	mask = strtoul(value, &end, 8);
	if (value[0] < '0' || value[0] > '7' || *end != '\0' || mask > 0777)
		return options_bad("umask", value, "octal, 0 to 0777", err);
	return caisson_spec_set_umask(r->spec, (uint32_t)mask, err);
}

static int
limit(const char *text, uint64_t *out)
{
	if (strcmp(text, "unlimited") == 0 || strcmp(text, "infinity") == 0) {
		*out = CAISSON_UNLIMITED;
		return 0;
	}
	return values_unsigned(text, CAISSON_UNLIMITED - 1, out) ? 0 : -1;
}

/* NAME=SOFT:HARD, cut apart in place. */
static int
set_rlimit(struct request *r, const char *option, char *text,
	   struct caisson_error *err)
{
	static const char want[] = "NAME=SOFT:HARD or NAME=BOTH, each a "
				   "number or unlimited";
	char *value = strchr(text, '='), *colon;
	uint64_t soft, hard;

	if (value == NULL)
		return options_bad("rlimit", option, want, err);
	*value++ = '\0';
	colon = strchr(value, ':');
	if (colon != NULL)
		*colon = '\0';
	if (limit(value, &soft) < 0)
		return options_bad("rlimit", option, want, err);
	hard = soft;
	if (colon != NULL && limit(colon + 1, &hard) < 0)
		return options_bad("rlimit", option, want, err);
	return caisson_spec_set_rlimit(r->spec, text, soft, hard, err);
}

int
options_rlimit(struct request *r, const char *value, struct caisson_error *err)
{
	char *text = strdup(value);
	int code;

	if (text == NULL)
		return err_no_memory(err, CAISSON_STAGE_NONE);
	code = set_rlimit(r, value, text, err);
	free(text);
	return code;
}

int
options_nice(struct request *r, const char *value, struct caisson_error *err)
{
	int nice;

	if (!values_int(value, &nice))
		return options_bad("nice", value, "-20 to 19", err);
	return caisson_spec_set_nice(r->spec, nice, err);
}

int
options_oom_score_adj(struct request *r, const char *value,
		      struct caisson_error *err)
{
	int adj;

	if (!values_int(value, &adj))
		return options_bad("oom-score-adj", value, "-1000 to 1000",
				   err);
	return caisson_spec_set_oom_score_adj(r->spec, adj, err);
}

int
options_new_session(struct request *r, const char *value,
		    struct caisson_error *err)
{
	int code = caisson_spec_set_group(r->spec, CAISSON_GROUP_NEW, err);

	(void)value;
	/* a session has a group of its own and no terminal to be in front of */
	if (code == 0)
		code = caisson_spec_set_foreground(r->spec, false, err);
	if (code == 0)
		code = caisson_spec_set_session(r->spec, true, err);
	return code;
}

int
options_tty(struct request *r, const char *value, struct caisson_error *err)
{
	static const char *const names[] = { "inherit", "control", "detach" };

	uint32_t i = 0;
	int code = 0;

	while (i < 3 && strcmp(value, names[i]) != 0)
		i++;
	if (i == 3)
		return options_bad("tty", value, "inherit, control or detach",
				   err);
	/* Without our terminal, none to be in front of; the last one counts. */
	if (r->other_tty)
		code = caisson_spec_set_foreground(r->spec, false, err);
	return code < 0 ? code : caisson_spec_set_tty(r->spec, i, err);
}

int
options_die_with_parent(struct request *r, const char *value,
			struct caisson_error *err)
{
	(void)value;
	return caisson_spec_set_parent_death_signal(r->spec, SIGKILL, err);
}

int
options_pdeathsig(struct request *r, const char *value,
		  struct caisson_error *err)
{
	int signo = names_signal(value);
	uint64_t number;

	if (signo < 0 && values_unsigned(value, NSIG - 1, &number))
		signo = (int)number;
	if (signo <= 0)
		return options_bad("pdeathsig", value, "the name of a signal",
				   err);
	return caisson_spec_set_parent_death_signal(r->spec, signo, err);
}

int
options_timeout(struct request *r, const char *value, struct caisson_error *err)
{
	uint64_t ms;

	if (!values_duration_ms(value, &ms))
		return options_bad("timeout", value,
				   "like 500ms, 10s, 1.5m or 2h", err);
	return caisson_spec_set_timeout_ms(r->spec, ms, err);
}

int
options_kill_after(struct request *r, const char *value,
		   struct caisson_error *err)
{
	uint64_t ms;

	if (!values_duration_ms(value, &ms))
		return options_bad("kill-after", value,
				   "like 500ms, 10s, 1.5m or 2h", err);
	return caisson_spec_set_kill_grace_ms(r->spec, ms, err);
}
