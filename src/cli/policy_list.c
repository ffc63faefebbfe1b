/* SPDX-License-Identifier: Apache-2.0 */
/* caisson policy list: what names there are to use. */
#include "cli/policy.h"

#include "cli/answer.h"
#include "cli/cli.h"
#include "policy/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * The first sentence of a profile's text: the first comment that is not its
 * license.  `The profile "x":` before it says nothing new.
 */
static char *
summary_of(const char *text)
{
	char *summary = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&summary, &len);
	bool begun = false, ended = false;

	if (f == NULL)
		return NULL;
	while (text[0] == '#' && !ended) {
		const char *line = text + 1 + strspn(text + 1, " ");
		size_t n = strcspn(line, "\n");
		const char *end = memmem(line, n, ". ", 2);

		if (n > 0 && strncmp(line, "SPDX", 4) != 0) {
			ended = end != NULL || line[n - 1] == '.';
			(void)fprintf(f, "%s%.*s", begun ? " " : "",
				      (int)(end != NULL ? end - line + 1
							: (ptrdiff_t)n),
				      line);
			begun = true;
		} else if (begun) {
			ended = true;
		}
		text = line + n + (line[n] == '\n');
	}
	if (fclose(f) != 0) {
		free(summary);
		return NULL;
	}
	return summary;
}

static const char *
without_name(const char *summary)
{
	const char *colon = strstr(summary, "\": ");

	if (strncmp(summary, "The profile \"", 13) == 0 && colon != NULL)
		return colon + 3;
	return summary;
}

static json_t *
profiles(void)
{
	json_t *list = json_array();

	for (size_t i = 0; text_profile_at(i) != NULL; i++) {
		const char *name = text_profile_at(i);
		char *summary = summary_of(text_profile(name));
		json_t *o =
		    json_pack("{s:s, s:s}", "name", name, "summary",
			      summary != NULL ? without_name(summary) : "");

		free(summary);
		if (json_array_append_new(list, o) < 0)
			break;
	}
	return list;
}

static json_t *
archs(void)
{
	json_t *list = json_array();

	for (size_t i = 0; calls_arch_at(i) != NULL; i++) {
		const struct calls_arch *arch = calls_arch_at(i);
		char summary[64];

		(void)snprintf(summary, sizeof(summary), "%zu system calls%s",
			       arch->n,
			       arch == calls_arch_host() ? ", this machine's"
							 : "");
		if (json_array_append_new(list, json_pack("{s:s, s:s}", "name",
							  arch->name, "summary",
							  summary)) < 0)
			break;
	}
	return list;
}

static json_t *
members_of(const char *group)
{
	const char *const *members = calls_group(group);
	json_t *list = json_array();

	for (size_t i = 0; members != NULL && members[i] != NULL; i++)
		(void)json_array_append_new(list, json_string(members[i]));
	return list;
}

static json_t *
groups(void)
{
	json_t *list = json_array();

	for (size_t i = 0; calls_group_at(i) != NULL; i++) {
		const char *name = calls_group_at(i);
		const char *summary = calls_group_summary(name);

		if (json_array_append_new(
			list,
			json_pack("{s:s, s:s, s:o}", "name", name, "summary",
				  summary != NULL ? summary : "", "members",
				  members_of(name))) < 0)
			break;
	}
	return list;
}

static json_t *
syscalls(const struct calls_arch *arch)
{
	json_t *list = json_array();

	for (size_t i = 0; i < arch->n; i++) {
		uint32_t nr = arch->by_number[i].nr;
		char summary[16];

		(void)snprintf(summary, sizeof(summary), "%u", nr & ~arch->bit);
		if (json_array_append_new(list,
					  json_pack("{s:s, s:I, s:s}", "name",
						    calls_name(arch, nr), "nr",
						    (json_int_t)nr, "summary",
						    summary)) < 0)
			break;
	}
	return list;
}

/* Words of a list that fit below each other. */
static void
print_members(const json_t *members)
{
	size_t column = 0;

	for (size_t i = 0; i < json_array_size(members); i++) {
		const char *name =
		    json_string_value(json_array_get(members, i));

		if (column + 1 + strlen(name) > 74)
			column = 0;
		if (column == 0)
			column = (size_t)printf("%s     ", i > 0 ? "\n" : "");
		column += (size_t)printf(" %s", name);
	}
	(void)putchar('\n');
}

static void
print_list(const json_t *list)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *o = json_array_get(list, i);
		const json_t *members = json_object_get(o, "members");

		(void)printf("%-24s %s\n",
			     json_string_value(json_object_get(o, "name")),
			     json_string_value(json_object_get(o, "summary")));
		if (members != NULL)
			print_members(members);
	}
}

int
policy_list(const struct policy_request *r)
{
	unsigned given = 0;
	json_t *list;

	given += r->archs;
	given += r->groups;
	given += r->syscalls;
	if (given > 1)
		return policy_usage(r, "one of --archs, --groups and "
				       "--syscalls");
	if (r->archs)
		list = archs();
	else if (r->groups)
		list = groups();
	else
		list = r->syscalls ? syscalls(r->arch) : profiles();
	if (r->json)
		return answer_print(r->verb, list, EXIT_SUCCESS);
	print_list(list);
	json_decref(list);
	return cli_flush(r->verb, EXIT_SUCCESS);
}
