/* SPDX-License-Identifier: Apache-2.0 */
/* Names of resource limits and signals.  Tables and comparisons, no state. */
#include "base/names.h"

#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/resource.h>

static const char *const rlimits[] = {
	[RLIMIT_CPU] = "cpu",           [RLIMIT_FSIZE] = "fsize",
	[RLIMIT_DATA] = "data",         [RLIMIT_STACK] = "stack",
	[RLIMIT_CORE] = "core",         [RLIMIT_RSS] = "rss",
	[RLIMIT_NPROC] = "nproc",       [RLIMIT_NOFILE] = "nofile",
	[RLIMIT_MEMLOCK] = "memlock",   [RLIMIT_AS] = "as",
	[RLIMIT_LOCKS] = "locks",       [RLIMIT_SIGPENDING] = "sigpending",
	[RLIMIT_MSGQUEUE] = "msgqueue", [RLIMIT_NICE] = "nice",
	[RLIMIT_RTPRIO] = "rtprio",     [RLIMIT_RTTIME] = "rttime",
};

#define N_RLIMITS ((int)(sizeof(rlimits) / sizeof(rlimits[0])))

int
names_rlimit(const char *name)
{
	if (strncasecmp(name, "RLIMIT_", 7) == 0)
		name += 7;
	for (int i = 0; i < N_RLIMITS; i++)
		if (strcasecmp(name, rlimits[i]) == 0)
			return i;
	return -1;
}

const char *
names_rlimit_name(int resource)
{
	if (resource < 0 || resource >= N_RLIMITS)
		return NULL;
	return rlimits[resource];
}

int
names_signal(const char *name)
{
	if (strncasecmp(name, "SIG", 3) == 0)
		name += 3;
	for (int i = 1; i < NSIG; i++) {
		const char *abbrev = sigabbrev_np(i);

		if (abbrev != NULL && strcasecmp(name, abbrev) == 0)
			return i;
	}
	return -1;
}

const char *
names_signal_name(int signo, char out[16])
{
	const char *abbrev = sigabbrev_np(signo);
	int n;

	if (abbrev == NULL)
		return NULL;
	n = snprintf(out, 16, "SIG%s", abbrev);
	return n > 0 && n < 16 ? out : NULL;
}
