/* SPDX-License-Identifier: Apache-2.0 */
/* The groups of policy/groups, and @known, which is every name.  Look-ups. */
#include "policy/data/data.h"

#include <string.h>

static const struct data_group *
find(const char *name)
{
	for (size_t i = 0; i < data_groups_n; i++)
		if (strcmp(data_groups[i].name, name) == 0)
			return &data_groups[i];
	return NULL;
}

const char *const *
calls_group(const char *name)
{
	const struct data_group *group = find(name);

	if (group == NULL)
		return NULL;
	return group->members != NULL ? group->members : data_known;
}

const char *
calls_group_at(size_t i)
{
	return i < data_groups_n ? data_groups[i].name : NULL;
}

const char *
calls_group_summary(const char *name)
{
	const struct data_group *group = find(name);

	return group != NULL ? group->summary : NULL;
}
