/* SPDX-License-Identifier: Apache-2.0 */
/* Answers in words: which rule, which field, what it allows, what was asked. */
#include "grant/text.h"

#include "base/err.h"
#include "confine/cred.h"

#include <stdio.h>
#include <string.h>

static void
say_duration(uint64_t ms, char out[64])
{
	static const struct {
		uint64_t ms;
		const char *unit;
	} units[] = {
		{ 86400000, "d" }, { 3600000, "h" }, { 60000, "min" },
		{ 1000, "s" },     { 1, "ms" },
	};

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (ms % units[i].ms == 0 && ms > 0) {
			(void)snprintf(out, 64, "%llu%s",
				       (unsigned long long)(ms / units[i].ms),
				       units[i].unit);
			return;
		}
	(void)snprintf(out, 64, "0s");
}

static void
say_capabilities(uint64_t caps, char out[64])
{
	size_t used = 0;

	(void)snprintf(out, 64, "%s", caps == 0 ? "none" : "");
	for (uint32_t i = 0; i < 64; i++) {
		const char *name = cred_cap_name(i);
		int n;

		if ((caps >> i & 1) == 0)
			continue;
		if (name != NULL)
			n = snprintf(out + used, 64 - used, "%s%s",
				     used > 0 ? " " : "", name + 4);
		else
			n = snprintf(out + used, 64 - used, "%s%u",
				     used > 0 ? " " : "", i);
		if (n < 0 || (size_t)n >= 64 - used)
			return;
		used += (size_t)n;
	}
}

static const char *
flag_name(uint64_t flags)
{
	if ((flags & GRANT_DETACH) != 0)
		return "detach";
	return (flags & GRANT_SIGNAL) != 0 ? "signal" : "terminal";
}

void
grant_explain_number(unsigned field, uint64_t number, char out[64])
{
	if (field == GRANT_CAPABILITIES)
		say_capabilities(number, out);
	else if (field == GRANT_NICE)
		(void)snprintf(out, 64, "%d", 19 - (int)number);
	else if (field == GRANT_OOM_SCORE_ADJ)
		(void)snprintf(out, 64, "%d", 1000 - (int)number);
	else if (number == UINT64_MAX)
		(void)snprintf(out, 64, "%s",
			       field == GRANT_TIMEOUT ? "none" : "unlimited");
	else if (field == GRANT_TIMEOUT)
		say_duration(number, out);
	else
		(void)snprintf(out, 64, "%llu", (unsigned long long)number);
}

/* Without a rule. */
static void
explain_nobody(const struct grant_answer *answer,
	       const struct grant_request *asked, char out[GRANT_SAY_SIZE])
{
	char path[256] = "";

	if (asked->path != NULL)
		err_escape(asked->path, strlen(asked->path), path,
			   sizeof(path));
	if (answer->field == GRANT_CALLER_UIDS)
		(void)snprintf(out, GRANT_SAY_SIZE,
			       "denied: no rule is for the caller");
	else if (answer->field == GRANT_UID)
		(void)snprintf(out, GRANT_SAY_SIZE,
			       "denied: no rule for the caller is for uid %u "
			       "with gid %u",
			       asked->uid, asked->gid);
	else if (asked->signal)
		(void)snprintf(out, GRANT_SAY_SIZE,
			       "denied: no rule for the caller and uid %u says "
			       "signal",
			       asked->uid);
	else
		(void)snprintf(out, GRANT_SAY_SIZE,
			       "denied: no rule for the caller and the target "
			       "has the program %s",
			       path);
}

static void
explain_number(const struct grant_answer *answer, char *out, size_t size)
{
	bool is_least =
	    answer->field == GRANT_NICE || answer->field == GRANT_OOM_SCORE_ADJ;
	char allowed[64], wanted[64], name[64];

	grant_explain_field(answer->field, 0, name);
	grant_explain_number(answer->field, answer->allowed, allowed);
	grant_explain_number(answer->field, answer->asked, wanted);
	if (answer->field == GRANT_CAPABILITIES)
		(void)snprintf(out, size,
			       "capabilities: %s allowed, and not %s", allowed,
			       wanted);
	else if (answer->rule.field[answer->field].left == 0 &&
		 answer->field >= GRANT_NICE)
		(void)snprintf(out, size,
			       "%s: not granted beyond the caller's own %s, "
			       "asked for %s",
			       name, allowed, wanted);
	else
		(void)snprintf(out, size, "%s: at %s %s, asked for %s", name,
			       is_least ? "least" : "most", allowed, wanted);
}

static void
explain_name(const struct grant_answer *answer,
	     const struct grant_request *asked, char *out, size_t size)
{
	char text[256] = "";

	if (answer->field == GRANT_ENV) {
		const char *env = asked->env[answer->index];

		err_escape(env, strcspn(env, "="), text, sizeof(text));
		(void)snprintf(out, size, "env: not %s", text);
	} else if (answer->field == GRANT_CHROOTS) {
		err_escape(asked->chroot, strlen(asked->chroot), text,
			   sizeof(text));
		(void)snprintf(out, size, "chroot: not %s", text);
	} else if (answer->field == GRANT_FLOORS) {
		(void)snprintf(out, size,
			       "seccomp: a filter is required, asked for none");
	} else if (answer->field == GRANT_PROGRAMS) {
		(void)snprintf(out, size,
			       "scripts: the program is one, and only "
			       "others are granted");
	} else {
		(void)snprintf(out, size,
			       "groups: not all of the target's and no "
			       "others");
	}
}

void
grant_explain(const struct grant_answer *answer,
	      const struct grant_request *asked, char out[GRANT_SAY_SIZE])
{
	const struct grant_rule *rule = &answer->rule;
	char file[128] = "", why[256] = "";

	if (!answer->has_rule) {
		explain_nobody(answer, asked, out);
		return;
	}
	err_escape((const char *)rule->field[GRANT_FILE].data,
		   rule->field[GRANT_FILE].left, file, sizeof(file));
	if (answer->field == GRANT_FLAGS)
		(void)snprintf(why, sizeof(why), ": %s is not granted",
			       flag_name(answer->asked));
	else if (answer->field > GRANT_FLAGS) {
		memcpy(why, ": ", 3);
		explain_number(answer, why + 2, sizeof(why) - 2);
	} else if (answer->field != GRANT_NONE) {
		memcpy(why, ": ", 3);
		explain_name(answer, asked, why + 2, sizeof(why) - 2);
	}
	(void)snprintf(out, GRANT_SAY_SIZE, "%s by the rule of %s:%llu%s",
		       answer->verdict == GRANT_PERMIT ? "permitted" : "denied",
		       file,
		       (unsigned long long)grant_number(rule, GRANT_LINE, 0),
		       why);
}
