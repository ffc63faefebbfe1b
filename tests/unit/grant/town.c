/* SPDX-License-Identifier: Apache-2.0 */
/* A system of few users and files, which asks nobody. */
#include "town.h"

#include "base/err.h"
#include "base/names.h"
#include "base/suggest.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct person {
	const char *name;
	uint32_t uid, gid, other; /* other group, or USER_INVALID */
};

static const struct person people[] = {
	{ "root", 0, 0, USER_INVALID },
	{ "agent", 1000, 1000, 1500 },
	{ "builder", 1500, 1500, 29 },
	{ "anna", 1001, 1001, USER_INVALID },
	{ "ann", 1002, 1002, USER_INVALID },
	{ "operator", 37, 37, 0 },
};

#define N_PEOPLE (sizeof(people) / sizeof(people[0]))

static const struct {
	const char *name;
	uint32_t gid;
} groups[] = {
	{ "root", 0 },       { "audio", 29 },      { "agents", 1000 },
	{ "operators", 60 }, { "builders", 1500 }, { "staff", 50 },
};

#define N_GROUPS (sizeof(groups) / sizeof(groups[0]))

static int
find_group(void *arg, const char *name, uint32_t *out,
	   struct caisson_error *err)
{
	(void)arg;
	for (size_t i = 0; i < N_GROUPS; i++)
		if (strcmp(groups[i].name, name) == 0) {
			*out = groups[i].gid;
			return 0;
		}
	return err_set(err, CAISSON_E_IDENTITY, CAISSON_STAGE_IDENTITY, 0,
		       "there is no group \"%s\"", name);
}

static int
fill(const struct person *person, uint32_t gid, struct user_ids *out,
     struct caisson_error *err)
{
	uint32_t *v = calloc(2, sizeof(*v));

	if (v == NULL)
		return err_no_memory(err, CAISSON_STAGE_IDENTITY);
	*out = (struct user_ids){ true, person->uid, gid, v, 0 };
	if (person->other != USER_INVALID && person->other < gid)
		v[out->n_groups++] = person->other;
	v[out->n_groups++] = gid;
	if (person->other != USER_INVALID && person->other > gid)
		v[out->n_groups++] = person->other;
	return 0;
}

static int
find_user(void *arg, const char *name, const char *group, struct user_ids *out,
	  struct caisson_error *err)
{
	uint32_t gid;

	if (strcmp(name, "lost") == 0)
		return err_set(err, CAISSON_E_IDENTITY, CAISSON_STAGE_IDENTITY,
			       EIO, "cannot look up user \"lost\"");
	for (size_t i = 0; i < N_PEOPLE; i++) {
		if (strcmp(people[i].name, name) != 0)
			continue;
		gid = people[i].gid;
		if (group != NULL && find_group(arg, group, &gid, err) < 0)
			return CAISSON_E_IDENTITY;
		return fill(&people[i], gid, out, err);
	}
	return err_set(err, CAISSON_E_IDENTITY, CAISSON_STAGE_IDENTITY, 0,
		       "there is no user \"%s\"", name);
}

static void
nearest(void *arg, bool of_groups, const char *name, char out[GRANT_NAME_SIZE])
{
	struct suggest s;

	(void)arg;
	suggest_init(&s, name);
	for (size_t i = 0; of_groups && i < N_GROUPS; i++)
		suggest_offer(&s, groups[i].name);
	for (size_t i = 0; !of_groups && i < N_PEOPLE; i++)
		suggest_offer(&s, people[i].name);
	(void)snprintf(out, GRANT_NAME_SIZE, "%s",
		       s.best != NULL ? s.best : "");
}

static const struct {
	const char *path;
	struct trust trust;
} places[] = {
	{ "/missing", { .flaw = TRUST_ERROR, .error = ENOENT } },
	{ "/private", { .flaw = TRUST_ERROR, .error = EACCES } },
	{ "/tmp", { .flaw = TRUST_WRITABLE, .mode = 041777 } },
	{ "/srv/anna", { .flaw = TRUST_OWNER, .uid = 1001 } },
	{ "/bin-link", { .flaw = TRUST_LINK } },
	{ "/usr/bin/data", { .flaw = TRUST_TYPE } },
	{ "/usr/bin/twice", { .flaw = TRUST_LINKS } },
};

static void
look(void *arg, const char *path, enum trust_kind kind, struct trust *out)
{
	(void)arg;
	(void)kind;
	*out = (struct trust){ .flaw = TRUST_OK };
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		size_t len = strlen(places[i].path);

		if (strncmp(path, places[i].path, len) != 0)
			continue;
		*out = places[i].trust;
		out->len = len;
	}
}

/* Sixteen bytes that begin with the name. */
static int
compile(void *arg, const char *name, void **out, size_t *len,
	struct caisson_error *err)
{
	(void)arg;
	if (strcmp(name, "default") != 0 && strcmp(name, "build") != 0 &&
	    strncmp(name, "/etc/", 5) != 0)
		return err_spec(err, "/seccomp/profile",
				"no profile \"%.64s\": there are default, "
				"build",
				name);
	*out = calloc(2, 8);
	if (*out == NULL)
		return err_no_memory(err, CAISSON_STAGE_PROFILE);
	memcpy(*out, name, strnlen(name, 16));
	*len = strcmp(name, "/etc/odd") == 0 ? 15 : 16;
	return 0;
}

const struct grant_system town = {
	.user = find_user,
	.group = find_group,
	.nearest = nearest,
	.trust = look,
	.filter = compile,
};

static const char *const field_names[GRANT_RLIMIT] = {
	[GRANT_CALLER_UIDS] = "callers uid",
	[GRANT_CALLER_GIDS] = "callers gid",
	[GRANT_GROUPS] = "groups",
	[GRANT_PROGRAMS] = "program",
	[GRANT_FLOORS] = "seccomp",
	[GRANT_ENV] = "env",
	[GRANT_CHROOTS] = "chroot",
	[GRANT_UID] = "uid",
	[GRANT_GID] = "gid",
	[GRANT_FLAGS] = "flags",
	[GRANT_CAPABILITIES] = "capabilities",
	[GRANT_EXTRA_FDS] = "extra_fds",
	[GRANT_TIMEOUT] = "timeout",
	[GRANT_NICE] = "nice",
	[GRANT_OOM_SCORE_ADJ] = "oom_score_adj",
	[GRANT_LAUNCHES] = "launches",
};

static void
show_ids(FILE *f, struct wire_reader ids)
{
	uint64_t id;

	while (wire_read_u64(&ids, &id))
		(void)fprintf(f, " %llu", (unsigned long long)id);
	(void)fprintf(f, "\n");
}

static void
show_items(FILE *f, unsigned field, struct wire_reader items)
{
	struct grant_item item;

	while (grant_next_item(&items, &item))
		(void)fprintf(f, "\t%s %.*s%s%s\n", field_names[field],
			      (int)item.len, (const char *)item.text,
			      (item.number & GRANT_PREFIX) != 0 ? " (prefix)"
								: "",
			      (item.number & GRANT_SCRIPTS) != 0 ? " scripts"
								 : "");
}

static void
show_number(FILE *f, const struct grant_rule *rule, unsigned field)
{
	uint64_t number = grant_number(rule, field, 0);
	char text[64];

	grant_explain_number(field, number, text);
	if (field >= GRANT_RLIMIT)
		(void)fprintf(f, "\trlimit %s %s\n",
			      names_rlimit_name((int)(field - GRANT_RLIMIT)),
			      text);
	else
		(void)fprintf(f, "\t%s %s\n", field_names[field], text);
}

static void
show_rule(FILE *f, const struct grant_rule *rule)
{
	(void)fprintf(f, "rule %.*s:%llu\n", (int)rule->field[GRANT_FILE].left,
		      (const char *)rule->field[GRANT_FILE].data,
		      (unsigned long long)grant_number(rule, GRANT_LINE, 0));
	for (unsigned i = GRANT_CALLER_UIDS; i < GRANT_FIELDS; i++) {
		if (rule->field[i].left == 0 || i == GRANT_LINE)
			continue;
		if (i < GRANT_PROGRAMS) {
			(void)fprintf(f, "\t%s", field_names[i]);
			show_ids(f, rule->field[i]);
		} else if (i < GRANT_LINE) {
			show_items(f, i, rule->field[i]);
		} else {
			show_number(f, rule, i);
		}
	}
}

char *
town_show(const struct grant_bytes *bytes)
{
	struct grant_rule rule;
	struct grant_set set;
	char *out = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&out, &size);

	if (f == NULL || !grant_take(bytes->data, bytes->len, &set))
		abort();
	for (size_t i = 0; i < set.n; i++) {
		if (!grant_next_rule(&set.rules, &rule))
			abort();
		show_rule(f, &rule);
	}
	if (fclose(f) != 0)
		abort();
	return out;
}
