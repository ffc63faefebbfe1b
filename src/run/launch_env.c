/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The program's environment: exactly the spec's, in one block of memory, less
 * the variables of sudo and its kin where the spec drops what they stand for;
 * and of a handshake its own variables, which nobody else sets.
 */
#include "run/launch.h"

#include "base/err.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool
wanted(const struct launch *l, size_t i)
{
	const char *name = l->spec->env_names.v[i];

	if (l->handshake.protocol != NULL && protocol_owns_variable(name))
		return false;
	return l->spec->drop_sudo == CAISSON_DROP_SUDO_NO ||
	       !user_is_sudo_variable(name);
}

static char *
append(char *p, const char *text, char last)
{
	size_t len = strlen(text);

	memcpy(p, text, len);
	p[len] = last;
	return p + len + 1;
}

/* The next variable, its text at *text, which moves on. */
static void
add(struct launch *l, size_t *n, char **text, const char *name,
    const char *value)
{
	l->envp[(*n)++] = *text;
	*text = append(*text, name, '=');
	*text = append(*text, value, '\0');
}

#define HANDSHAKE_VARIABLES 2
#define FDS_TEXT            sizeof("1023:1023")

/* Room for both variables of a handshake. */
static size_t
handshake_size(const struct protocol *protocol)
{
	if (protocol == NULL)
		return 0;
	return sizeof(PROTOCOL_FDS_VARIABLE) + FDS_TEXT +
	       strlen(protocol->variable) + strlen(protocol->version) + 2;
}

static void
add_handshake(struct launch *l, size_t *n, char **text)
{
	const struct spec_handshake *h = &l->spec->handshake;
	const struct protocol *protocol = l->handshake.protocol;
	char fds[FDS_TEXT];

	if (protocol == NULL)
		return;
	if (h->data_fd != PROTOCOL_DATA_FD ||
	    h->status_fd != PROTOCOL_STATUS_FD) {
		(void)snprintf(fds, sizeof(fds), "%d:%d", (int)h->data_fd,
			       (int)h->status_fd);
		add(l, n, text, PROTOCOL_FDS_VARIABLE, fds);
	}
	add(l, n, text, protocol->variable, protocol->version);
}

int
launch_env(struct launch *l, struct caisson_error *err)
{
	const struct spec_strings *names = &l->spec->env_names;
	const struct spec_strings *values = &l->spec->env_values;
	size_t pointers = names->n + HANDSHAKE_VARIABLES + 1, n = 0;
	size_t size =
	    pointers * sizeof(char *) + handshake_size(l->handshake.protocol);
	char *text;

	for (size_t i = 0; i < names->n; i++)
		size += strlen(names->v[i]) + strlen(values->v[i]) + 2;
	l->envp = malloc(size);
	if (l->envp == NULL)
		return err_no_memory(err, CAISSON_STAGE_PROGRAM);
	text = (char *)(l->envp + pointers);
	for (size_t i = 0; i < names->n; i++)
		if (wanted(l, i))
			add(l, &n, &text, names->v[i], values->v[i]);
	add_handshake(l, &n, &text);
	l->envp[n] = NULL;
	l->plan.envp = l->envp;
	return 0;
}
