/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The program's environment: exactly the spec's, in one block of memory, less
 * the variables of sudo and its kin where the spec drops what they stand for.
 */
#include "run/launch.h"

#include "base/err.h"

#include <stdlib.h>
#include <string.h>

static bool
wanted(const struct launch *l, size_t i)
{
	return l->spec->drop_sudo == CAISSON_DROP_SUDO_NO ||
	       !user_is_sudo_variable(l->spec->env_names.v[i]);
}

static char *
append(char *p, const char *text, char last)
{
	size_t len = strlen(text);

	memcpy(p, text, len);
	p[len] = last;
	return p + len + 1;
}

int
launch_env(struct launch *l, struct caisson_error *err)
{
	const struct spec_strings *names = &l->spec->env_names;
	const struct spec_strings *values = &l->spec->env_values;
	size_t size = (names->n + 1) * sizeof(char *), n = 0;
	char *text;

	for (size_t i = 0; i < names->n; i++)
		size += strlen(names->v[i]) + strlen(values->v[i]) + 2;
	l->envp = malloc(size);
	if (l->envp == NULL)
		return err_no_memory(err, CAISSON_STAGE_PROGRAM);
	text = (char *)(l->envp + names->n + 1);
	for (size_t i = 0; i < names->n; i++) {
		if (!wanted(l, i))
			continue;
		l->envp[n++] = text;
		text = append(text, names->v[i], '=');
		text = append(text, values->v[i], '\0');
	}
	l->envp[n] = NULL;
	l->plan.envp = l->envp;
	return 0;
}
