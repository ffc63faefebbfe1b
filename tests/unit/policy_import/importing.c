/* SPDX-License-Identifier: Apache-2.0 */
/* Options of imports from words. */
#include "importing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int
set_caps(struct importing *importing, char *list)
{
	size_t n = 0;

	for (char *save, *cap = strtok_r(list, ",", &save); cap != NULL;
	     cap = strtok_r(NULL, ",", &save)) {
		if (n == IMPORTING_CAPS_MAX)
			return -1;
		importing->caps[n++] = cap;
	}
	return 0;
}

static int
set_word(struct importing *importing, char *word)
{
	struct import_options *options = &importing->options;

	if (strncmp(word, "arch=", 5) == 0) {
		options->arch = calls_arch_by_name(word + 5);
		return options->arch == NULL ? -1 : 0;
	}
	if (strncmp(word, "caps=", 5) == 0)
		return set_caps(importing, word + 5);
	if (strncmp(word, "kernel=", 7) == 0)
		return sscanf(word + 7, "%u.%u", &options->kernel_major,
			      &options->kernel_minor) == 2
			   ? 0
			   : -1;
	options->ignore_unknown = strcmp(word, "ignore-unknown") == 0;
	return options->ignore_unknown ? 0 : -1;
}

int
importing_init(struct importing *importing, const char *words)
{
	int r = 0;

	*importing = (struct importing){ .words = strdup(words) };
	if (importing->words == NULL)
		return -1;
	importing->options.arch = calls_arch_by_name("x86_64");
	importing->options.capabilities = importing->caps;
	for (char *save, *word = strtok_r(importing->words, " \n", &save);
	     r == 0 && word != NULL; word = strtok_r(NULL, " \n", &save))
		r = set_word(importing, word);
	return r;
}

void
importing_done(struct importing *importing)
{
	free(importing->words);
	importing->words = NULL;
}

int
importing_run(const struct importing *importing, const char *text, size_t len,
	      char **out, struct caisson_error *err)
{
	const char *ending = strrchr(importing->options.file, '.');

	if (ending != NULL && strcmp(ending, ".json") == 0)
		return import_oci(text, len, &importing->options, out, err);
	return import_systemd(text, len, &importing->options, out, err);
}
