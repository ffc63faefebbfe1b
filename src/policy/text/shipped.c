/* SPDX-License-Identifier: Apache-2.0 */
/* The shipped policies by name.  They include each other, and no other file. */
#include "policy/text/shipped.h"

#include "policy/text/reader.h"

#include <string.h>

const char *
text_profile(const char *name)
{
	for (const struct shipped *s = shipped_table; s->file != NULL; s++)
		if (s->profile != NULL && strcmp(s->profile, name) == 0)
			return s->text;
	return NULL;
}

const char *
text_profile_at(size_t i)
{
	for (const struct shipped *s = shipped_table; s->file != NULL; s++)
		if (s->profile != NULL && i-- == 0)
			return s->profile;
	return NULL;
}

const char *
text_shipped_file(const char *file, size_t *len)
{
	for (const struct shipped *s = shipped_table; s->file != NULL; s++) {
		if (strcmp(s->file, file) == 0) {
			*len = s->len;
			return s->text;
		}
	}
	return NULL;
}

bool
text_shipped_is_text(const char *text)
{
	for (const struct shipped *s = shipped_table; s->file != NULL; s++)
		if (s->text == text)
			return true;
	return false;
}
