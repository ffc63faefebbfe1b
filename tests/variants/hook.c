/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A child that can be told to break, for the tests only.  The variable
 * CAISSON_VARIANT of the program's own environment says how, with stage
 * numbers: "skip:31,42 kill:44", likewise exit, stop, hang and slow (half a
 * second).  Runs where the child runs: raw system calls, no libc state.
 */
#include "hook.h"

#include "base/sys.h"
#include "plan/plan.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <time.h>

#define VARIABLE "CAISSON_VARIANT="

/* What follows the prefix in text, or NULL. */
static const char *
after(const char *text, const char *prefix)
{
	while (*prefix != '\0' && *text == *prefix) {
		text++;
		prefix++;
	}
	return *prefix == '\0' ? text : NULL;
}

/* Is stage in "31,42" (up to a space)? */
static bool
listed(const char *list, uint32_t stage)
{
	uint32_t number = 0;

	for (;; list++) {
		if (*list >= '0' && *list <= '9') {
			number = number * 10 + (uint32_t)(*list - '0');
			continue;
		}
		if (number == stage)
			return true;
		if (*list != ',')
			return false;
		number = 0;
	}
}

/* Does the recipe have this word for this stage? */
static bool
says(const char *recipe, const char *word, uint32_t stage)
{
	while (*recipe != '\0') {
		const char *list = after(recipe, word);

		if (list != NULL && listed(list, stage))
			return true;
		while (*recipe != '\0' && *recipe != ' ')
			recipe++;
		while (*recipe == ' ')
			recipe++;
	}
	return false;
}

static void
rest(long seconds, long nanoseconds)
{
	struct timespec t = { seconds, nanoseconds };

	while (sys2(SYS_nanosleep, &t, &t) == -EINTR)
		continue;
}

int
variant_hook(const struct plan *plan, uint32_t stage)
{
	const char *recipe = NULL;

	for (char *const *v = plan->envp; *v != NULL && recipe == NULL; v++)
		recipe = after(*v, VARIABLE);
	if (recipe == NULL)
		return 0;
	if (says(recipe, "kill:", stage))
		(void)sys2(SYS_kill, sys0(SYS_getpid), SIGKILL);
	if (says(recipe, "stop:", stage))
		(void)sys2(SYS_kill, sys0(SYS_getpid), SIGSTOP);
	if (says(recipe, "exit:", stage))
		(void)sys1(SYS_exit_group, 0);
	if (says(recipe, "hang:", stage))
		rest(3600, 0);
	if (says(recipe, "slow:", stage))
		rest(0, 500000000);
	return says(recipe, "skip:", stage);
}
