/* SPDX-License-Identifier: Apache-2.0 */
/* The shipped profiles as files, read and compiled for one architecture. */
#ifndef SIM_PROFILES_PROFILE_FILES_H
#define SIM_PROFILES_PROFILE_FILES_H

#include "policy/calls.h"
#include "policy/filter.h"
#include "policy/policy.h"

struct profile_file {
	struct policy *policy;
	struct filter filter;
	const struct calls_arch *arch;
};

/* DIR/NAME.policy; says what is wrong and exits if it is not right. */
struct profile_file profile_file_open(const char *dir, const char *name,
				      const struct calls_arch *arch);
void profile_file_close(struct profile_file *file);

/* A file as a string, or exits. */
char *profile_file_text(const char *dir, const char *name, const char *suffix);

#endif
