/* SPDX-License-Identifier: Apache-2.0 */
/*
 * caisson grants show: the file that was applied, in the language of grants,
 * with numbers in the place of names.  It is read as the launcher reads it.
 */
#include "cli/grants.h"

#include "base/err.h"
#include "cli/cli.h"
#include "cli/request.h"
#include "confine/cred.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
print_ids(struct wire_reader ids, const char *before, const char *between)
{
	uint64_t id;

	for (; wire_read_u64(&ids, &id); before = between)
		(void)printf("%s %llu", before, (unsigned long long)id);
}

static void
print_head(const struct grant_rule *rule)
{
	bool uids = rule->field[GRANT_CALLER_UIDS].left > 0;

	(void)printf("# %.*s:%llu\npermit", (int)rule->field[GRANT_FILE].left,
		     (const char *)rule->field[GRANT_FILE].data,
		     (unsigned long long)grant_number(rule, GRANT_LINE, 0));
	if ((grant_number(rule, GRANT_FLAGS, 0) & GRANT_EVERYBODY) != 0)
		(void)fputs(" everybody", stdout);
	print_ids(rule->field[GRANT_CALLER_UIDS], " uid", ", uid");
	print_ids(rule->field[GRANT_CALLER_GIDS], uids ? ", gid" : " gid",
		  ", gid");
	(void)printf(" as uid %llu gid %llu",
		     (unsigned long long)grant_number(rule, GRANT_UID, 0),
		     (unsigned long long)grant_number(rule, GRANT_GID, 0));
	print_ids(rule->field[GRANT_GROUPS], " groups gid", " gid");
	(void)puts(" {");
}

static void
print_items(unsigned field, struct wire_reader items)
{
	struct grant_item item;
	char word[64];

	grant_explain_field(field, 0, word);
	while (grant_next_item(&items, &item)) {
		bool is_env =
		    field == GRANT_ENV && (item.number & GRANT_PREFIX) != 0;
		bool quote = memchr(item.text, ' ', item.len) != NULL ||
			     memchr(item.text, ',', item.len) != NULL ||
			     memchr(item.text, '#', item.len) != NULL;

		(void)printf(quote ? "\t%s \"%.*s%s\"%s\n" : "\t%s %.*s%s%s\n",
			     word, (int)item.len, (const char *)item.text,
			     is_env ? "*" : "",
			     (item.number & GRANT_SCRIPTS) != 0 ? " scripts"
								: "");
	}
}

static void
print_flags(uint64_t flags)
{
	char word[64];

	for (uint64_t flag = GRANT_ROOT; flag < GRANT_FLAGS_ALL; flag <<= 1)
		if ((flags & flag) != 0) {
			grant_explain_field(GRANT_FLAGS, flag, word);
			(void)printf("\t%s\n", word);
		}
}

static void
print_capabilities(uint64_t caps)
{
	for (uint32_t i = 0; i < 64; i++)
		if ((caps >> i & 1) != 0 && cred_cap_name(i) != NULL)
			(void)printf("\tcapabilities %s\n", cred_cap_name(i));
}

static void
print_number(const struct grant_rule *rule, unsigned field)
{
	char word[64], text[64];

	if (rule->field[field].left == 0)
		return;
	if (field == GRANT_CAPABILITIES) {
		print_capabilities(grant_number(rule, field, 0));
		return;
	}
	grant_explain_number(field, grant_number(rule, field, 0), text);
	grant_explain_field(field, 0, word);
	(void)printf("\t%s %s\n", word, text);
}

void
grants_print_rule(const struct grant_rule *rule)
{
	print_head(rule);
	for (unsigned i = GRANT_PROGRAMS; i < GRANT_LINE; i++)
		print_items(i, rule->field[i]);
	print_flags(grant_number(rule, GRANT_FLAGS, 0));
	for (unsigned i = GRANT_CAPABILITIES; i < GRANT_FIELDS; i++)
		print_number(rule, i);
	(void)puts("}");
}

int
grants_show(const struct policy_request *r)
{
	const char *path = r->n_words > 0 ? r->words[0] : GRANTS_APPLIED;
	struct caisson_error err;
	struct grant_rule rule;
	struct grant_set set;
	char *bytes = NULL;
	size_t len = 0;

	if (specfile_slurp("", path, &bytes, &len, &err) < 0)
		return policy_fail(r, NULL, &err);
	if (!grant_take((const uint8_t *)bytes, len, &set)) {
		free(bytes);
		return policy_usage(r,
				    "%.128s: this is no file of grants that "
				    "were applied by this version",
				    path);
	}
	while (grant_next_rule(&set.rules, &rule))
		grants_print_rule(&rule);
	free(bytes);
	return cli_flush(r->verb, EXIT_SUCCESS);
}
