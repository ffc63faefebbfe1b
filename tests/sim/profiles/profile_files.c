/* SPDX-License-Identifier: Apache-2.0 */
/* Reads profiles where they lie in the sources; a test helper, which exits. */
#include "profile_files.h"

#include "policy/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
say_notes(const struct notes *notes)
{
	for (size_t i = 0; notes != NULL && i < notes->n; i++) {
		char *text = notes_show(&notes->v[i]);

		(void)fputs(text != NULL ? text : "?\n", stderr);
		free(text);
	}
}

struct profile_file
profile_file_open(const char *dir, const char *name,
		  const struct calls_arch *arch)
{
	struct profile_file file = { .arch = arch };
	struct notes *notes = notes_new();
	struct text_options options = { .arch = arch, .notes = notes };
	struct caisson_error err = { 0 };
	char path[512];

	(void)snprintf(path, sizeof(path), "%s/%s.policy", dir, name);
	if (text_load(path, &options, &file.policy, &err) < 0 ||
	    filter_generate(file.policy, &file.filter, &err) < 0) {
		(void)fprintf(stderr, "%s\n", err.msg);
		say_notes(notes);
		exit(1);
	}
	/* A shipped profile gives no reason for a remark. */
	if (notes->n > 0) {
		say_notes(notes);
		exit(1);
	}
	notes_free(notes);
	return file;
}

void
profile_file_close(struct profile_file *file)
{
	policy_free(file->policy);
	filter_done(&file->filter);
}

char *
profile_file_text(const char *dir, const char *name, const char *suffix)
{
	char path[512], *text = calloc(1, 1u << 20);
	FILE *f;
	size_t n;

	(void)snprintf(path, sizeof(path), "%s/%s%s", dir, name, suffix);
	f = fopen(path, "re");
	if (f == NULL || text == NULL) {
		perror(path);
		exit(1);
	}
	n = fread(text, 1, (1u << 20) - 1, f);
	text[n] = '\0';
	(void)fclose(f);
	return text;
}
