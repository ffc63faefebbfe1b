/* SPDX-License-Identifier: Apache-2.0 */
/* Whole files, for tests. */
#ifndef SUPPORT_WHOLE_FILE_H
#define SUPPORT_WHOLE_FILE_H

#include <stddef.h>

/* All of a file, heap, with a NUL behind it; NULL with errno. */
char *whole_file(const char *path, size_t *len);

#endif
