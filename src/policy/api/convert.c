/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Other formats to policy text, with what their conditions are decided with:
 * capabilities, in full, and a kernel's version.
 */
#include "policy/load.h"

#include "base/err.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/utsname.h>

/* *text moves behind the number; false: none, or too large. */
static bool
read_number(const char **text, unsigned *out)
{
	const char *p = *text;
	unsigned value = 0;

	while (*p >= '0' && *p <= '9' && value < 100000)
		value = value * 10 + (unsigned)(*p++ - '0');
	if (p == *text || value >= 100000)
		return false;
	*text = p;
	*out = value;
	return true;
}

bool
load_kernel(const char *text, unsigned *major, unsigned *minor)
{
	struct utsname running;

	if (text == NULL) {
		if (uname(&running) != 0)
			return false;
		text = running.release;
	}
	if (!read_number(&text, major) || *text++ != '.' ||
	    !read_number(&text, minor))
		return false;
	return *text == '\0' || *text == '.' || *text == '-' || *text == '+';
}

/* "sys_admin" becomes "CAP_SYS_ADMIN"; NULL: no memory. */
static char *
full_name(const char *name)
{
	static const char prefix[] = "CAP_";
	size_t len = strlen(name), at = 0;
	char *full = malloc(sizeof(prefix) + len);

	if (full == NULL)
		return NULL;
	memcpy(full, prefix, sizeof(prefix));
	if (strncasecmp(name, prefix, sizeof(prefix) - 1) != 0)
		at = sizeof(prefix) - 1;
	for (size_t i = 0; i <= len; i++) {
		char c = name[i];

		full[at + i] = c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
	}
	return full;
}

static void
free_names(char **names)
{
	for (size_t i = 0; names != NULL && names[i] != NULL; i++)
		free(names[i]);
	free(names);
}

static char **
full_names(const char *const *names)
{
	size_t n = 0;
	char **out;

	while (names != NULL && names[n] != NULL)
		n++;
	out = calloc(n + 1, sizeof(*out));
	if (out == NULL)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		out[i] = full_name(names[i]);
		if (out[i] == NULL) {
			free_names(out);
			return NULL;
		}
	}
	return out;
}

int
load_convert(const struct load_source *source,
	     const struct load_options *options, char **out,
	     struct caisson_error *err)
{
	struct import_options import = {
		.file = options->file,
		.arch =
		    options->arch != NULL ? options->arch : calls_arch_host(),
		.kernel_major = options->kernel_major,
		.kernel_minor = options->kernel_minor,
		.ignore_unknown = options->ignore_unknown,
		.notes = options->notes,
	};
	char **names = full_names(options->capabilities);
	int r;

	if (names == NULL)
		return err_no_memory(err, CAISSON_STAGE_POLICY);
	import.capabilities = (const char *const *)names;
	if (import.kernel_major == 0 && import.kernel_minor == 0)
		(void)load_kernel(NULL, &import.kernel_major,
				  &import.kernel_minor);
	r = source->run(source->text, source->len, &import, out, err);
	free_names(names);
	return r;
}
