/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files of grants.  What root is to obey is opened by the walk of trust.c
 * and read by the descriptor that was looked at; what somebody wants to have
 * checked is any regular file.
 */
#include "grant/text.h"

#include "base/err.h"
#include "base/fd.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define SUFFIX ".grants"

static int
open_file(const struct grant_text *into, const char *path, enum trust_kind kind,
	  int *out, struct caisson_error *err)
{
	struct trust trust;
	struct stat st;
	char said[512];
	int fd;

	if (into->options->trusted) {
		*out = trust_open(path, kind, &trust);
		if (*out >= 0)
			return 0;
		trust_explain(path, &trust, kind, said);
		return err_set(err, CAISSON_E_POLICY, CAISSON_STAGE_POLICY, 0,
			       "%s", said);
	}
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &st) < 0) {
		int error = errno;

		fd_close(&fd);
		return err_set(err, CAISSON_E_SYSTEM, CAISSON_STAGE_POLICY,
			       error, "%s", path);
	}
	if (kind == TRUST_FILE && !S_ISREG(st.st_mode)) {
		fd_close(&fd);
		return err_set(err, CAISSON_E_POLICY, CAISSON_STAGE_POLICY, 0,
			       "%s: not a regular file", path);
	}
	*out = fd;
	return 0;
}

int
grant_text_add_file(struct grant_text *text, const char *path,
		    struct caisson_error *err)
{
	FD_OWNED fd = -1;
	size_t len = 0;
	char *bytes;
	int r = open_file(text, path, TRUST_FILE, &fd, err);

	if (r < 0)
		return r;
	/* One more than there may be, to see that it is too long. */
	bytes = malloc(GRANT_TEXT_SIZE_MAX + 1);
	if (bytes == NULL)
		return err_no_memory(err, CAISSON_STAGE_POLICY);
	if (fd_read_all(fd, bytes, GRANT_TEXT_SIZE_MAX + 1, &len) < 0)
		r = err_set(err, CAISSON_E_SYSTEM, CAISSON_STAGE_POLICY, errno,
			    "%s", path);
	else
		r = grant_text_add(text, path, bytes, len, err);
	free(bytes);
	return r;
}

/* Editors and package managers leave other names behind. */
static int
is_grants(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);

	return entry->d_name[0] != '.' && len > strlen(SUFFIX) &&
	       strcmp(entry->d_name + len - strlen(SUFFIX), SUFFIX) == 0;
}

static int
by_bytes(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int
add_entry(struct grant_text *text, const char *path, const char *name,
	  struct caisson_error *err)
{
	size_t size = strlen(path) + strlen(name) + 2;
	char *file = malloc(size);
	int r;

	if (file == NULL)
		return err_no_memory(err, CAISSON_STAGE_POLICY);
	(void)snprintf(file, size, "%s/%s", path, name);
	r = grant_text_add_file(text, file, err);
	free(file);
	return r;
}

int
grant_text_add_directory(struct grant_text *text, const char *path,
			 struct caisson_error *err)
{
	struct dirent **entries = NULL;
	FD_OWNED fd = -1;
	int n, r = open_file(text, path, TRUST_DIRECTORY, &fd, err);

	if (r < 0)
		return r;
	n = scandirat(fd, ".", &entries, is_grants, by_bytes);
	if (n < 0)
		return err_set(err, CAISSON_E_SYSTEM, CAISSON_STAGE_POLICY,
			       errno, "%s", path);
	if (n > (int)GRANT_FILES_MAX)
		r = err_set(err, CAISSON_E_POLICY, CAISSON_STAGE_POLICY, 0,
			    "%s: more than %u files", path, GRANT_FILES_MAX);
	for (int i = 0; i < n; i++) {
		if (r == 0)
			r = add_entry(text, path, entries[i]->d_name, err);
		free(entries[i]);
	}
	free(entries);
	return r;
}
