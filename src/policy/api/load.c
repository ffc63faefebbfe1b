/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Policies from files, texts and the shipped profiles.  What a text means is
 * the readers' business; here only the right one is chosen.
 */
#include "policy/load.h"

#include "base/err.h"
#include "base/fd.h"
#include "policy/import.h"
#include "policy/text.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

bool
load_is_json(const char *text, size_t len)
{
	size_t i = 0;

	while (i < len && is_blank(text[i]))
		i++;
	if (i == len || text[i] != '{')
		return false;
	i++;
	while (i < len && is_blank(text[i]))
		i++;
	return i < len && (text[i] == '"' || text[i] == '}');
}

static const struct calls_arch *
arch_of(const struct load_options *options)
{
	return options->arch != NULL ? options->arch : calls_arch_host();
}

int
load_text(const char *text, size_t len, const struct load_options *options,
	  struct policy **out, struct caisson_error *err)
{
	const struct text_options parse = {
		.file = options->file,
		.arch = arch_of(options),
		.ignore_unknown = options->ignore_unknown,
		.dir_fd = -1,
		.notes = options->notes,
	};
	const struct load_source source = { import_oci, text, len };
	char *converted = NULL;
	int r;

	if (!load_is_json(text, len))
		return text_parse(text, len, &parse, out, err);
	r = load_convert(&source, options, &converted, err);
	if (r < 0)
		return r;
	r = text_parse(converted, strlen(converted), &parse, out, err);
	free(converted);
	return r;
}

/* A regular file whose text is JSON: it is the caller's.  0: not so. */
static int
read_json(const char *path, char **out, size_t *out_len)
{
	FD_OWNED fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat st;
	ssize_t n = 1;
	char *text;

	if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		return 0;
	text = malloc(TEXT_SIZE_MAX + 1);
	if (text == NULL)
		return -1;
	*out_len = 0;
	while (n > 0 && *out_len < TEXT_SIZE_MAX + 1) {
		n = read(fd, text + *out_len, TEXT_SIZE_MAX + 1 - *out_len);
		if (n > 0)
			*out_len += (size_t)n;
	}
	if (n == 0 && load_is_json(text, *out_len)) {
		*out = text;
		return 1;
	}
	free(text);
	return 0;
}

int
load_file(const char *path, const struct load_options *options,
	  struct policy **out, struct caisson_error *err)
{
	struct load_options named = *options;
	const struct text_options parse = {
		.file = path,
		.arch = arch_of(options),
		.ignore_unknown = options->ignore_unknown,
		.dir_fd = -1,
		.confined = options->confined,
		.notes = options->notes,
	};
	size_t len = 0;
	char *text = NULL;
	int r = read_json(path, &text, &len);

	if (r < 0)
		return err_no_memory(err, CAISSON_STAGE_POLICY);
	/* What cannot be read is the reader's to complain about. */
	if (r == 0)
		return text_load(path, &parse, out, err);
	named.file = path;
	r = load_text(text, len, &named, out, err);
	free(text);
	return r;
}

static int
no_profile(const char *name, struct caisson_error *err)
{
	char list[128] = "";
	size_t used = 0;

	for (size_t i = 0; text_profile_at(i) != NULL; i++) {
		int n = snprintf(list + used, sizeof(list) - used, "%s%s",
				 i == 0 ? "" : ", ", text_profile_at(i));

		if (n < 0 || (size_t)n >= sizeof(list) - used)
			break;
		used += (size_t)n;
	}
	return err_set(err, CAISSON_E_POLICY, CAISSON_STAGE_POLICY, 0,
		       "no profile \"%.64s\": there are %s", name, list);
}

int
load_profile(const char *name, const struct load_options *options,
	     struct policy **out, struct caisson_error *err)
{
	const char *text = text_profile(name);
	char file[128];
	const struct text_options parse = {
		.file = file,
		.arch = arch_of(options),
		.dir_fd = -1,
		.notes = options->notes,
	};

	if (text == NULL)
		return no_profile(name, err);
	(void)snprintf(file, sizeof(file), "%s.policy", name);
	return text_parse(text, strlen(text), &parse, out, err);
}
