/* SPDX-License-Identifier: Apache-2.0 */
/* Reads files whose size is known.  What went wrong is for the caller to say. */
#include "whole_file.h"

#include <stdio.h>
#include <stdlib.h>

char *
whole_file(const char *path, size_t *len)
{
	FILE *f = fopen(path, "rb");
	char *text = NULL;
	long size = -1;

	if (f == NULL)
		return NULL;
	if (fseek(f, 0, SEEK_END) == 0)
		size = ftell(f);
	if (size >= 0)
		text = malloc((size_t)size + 1);
	rewind(f);
	if (text != NULL && fread(text, 1, (size_t)size, f) != (size_t)size) {
		free(text);
		text = NULL;
	}
	(void)fclose(f);
	if (text == NULL)
		return NULL;
	text[size] = '\0';
	*len = (size_t)size;
	return text;
}
