/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of the library's policies share. */
#ifndef UNIT_POLICY_API_TESTING_H
#define UNIT_POLICY_API_TESTING_H

#include "caisson_policy.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the above before it */
#include <cmocka.h>

/* What every program needs to start and to end. */
#define ENDS "{execve, execveat, exit, exit_group}: allow\n"

static inline int
parse(const char *text, struct caisson_policy **out, struct caisson_error *err)
{
	return caisson_policy_parse(text, strlen(text), NULL, out, err);
}

static inline struct caisson_policy *
parsed(const char *text)
{
	struct caisson_policy *policy = NULL;
	struct caisson_error err;

	if (parse(text, &policy, &err) != 0)
		fail_msg("%s", err.msg);
	return policy;
}

#endif
