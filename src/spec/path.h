/* SPDX-License-Identifier: Apache-2.0 */
/* What the spec demands of a path. */
#ifndef SPEC_PATH_H
#define SPEC_PATH_H

#include "caisson.h"

/* A file: absolute, at most 4095 bytes, not ending in "/". */
CAISSON_CHECK int path_check_file(const char *pointer, const char *path,
				  struct caisson_error *err);

/* A directory: absolute and canonical, at most 4095 bytes. */
CAISSON_CHECK int path_check_directory(const char *pointer, const char *path,
				       struct caisson_error *err);

#endif
