/* SPDX-License-Identifier: Apache-2.0 */
/* The agent of a town, and what it starts as builder. */
#include "folk.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define PROGRAMS                            \
	"\tprogram " TOWN_BIN "/reporter\n" \
	"\tprogram " TOWN_BIN "/speaker\n"

const char folk_grants[] =
    "permit user agent as user builder {\n" PROGRAMS "\tnice -5\n"
    "\tenv A CAISSON_EXEC_VERSION\n"
    "\textra_fds 2\n"
    "\tdetach\n"
    "\tsignal\n"
    "}\n";

struct caisson_launch_options
folk_options(struct caisson_session *session)
{
	return (struct caisson_launch_options){
		.size = sizeof(struct caisson_launch_options),
		.session = session,
		.launcher = TOWN_LAUNCHER,
	};
}

/* As builder, or whoever the members say; behind the fork, as agent. */
struct caisson_spec *
folk_spec(const char *members, const char *act, const char *arg)
{
	struct caisson_spec *s =
	    launching_spec("'credentials':{'user':'builder'}", act, arg, NULL);

	assert_int_equal(caisson_spec_set_path(s, TOWN_BIN "/reporter", NULL),
			 0);
	if (members != NULL)
		launching_set(s, members);
	return s;
}

struct caisson_session *
folk_open_session(uint32_t once)
{
	struct caisson_session_options o = { .size = sizeof(o),
					     .once = once,
					     .launcher = TOWN_LAUNCHER };
	struct caisson_session *session = NULL;
	struct caisson_error err;

	if (caisson_session_open(&o, &session, &err) < 0)
		fail_msg("%s", err.msg);
	return session;
}

struct caisson_child *
folk_start(struct caisson_session *session, const char *members,
	   const char *act, const char *arg)
{
	struct caisson_launch_options o = folk_options(session);

	return launching_start(folk_spec(members, act, arg), &o);
}

struct caisson_exit
folk_wait_for(struct caisson_child *child)
{
	struct caisson_exit e = { 0 };
	struct caisson_error err;

	if (caisson_child_wait(child, LAUNCHING_PATIENCE_MS, &e, &err) < 0)
		fail_msg("%s", err.msg);
	return e;
}

/* The user whose process it is, says /proc; -1: there is none. */
int64_t
folk_owner(int32_t pid)
{
	struct stat st;

	if (stat(harness_text("/proc/%d/stat", pid), &st) != 0)
		return -1;
	return st.st_uid;
}

void
folk_wait_until_gone(int32_t pid)
{
	for (uint64_t i = 0; i < LAUNCHING_PATIENCE_MS; i += 10) {
		if (kill(pid, 0) != 0 && errno == ESRCH)
			return;
		(void)usleep(10000);
	}
	fail_msg("process %d is still there", pid);
}

/* How many processes are the builder's. */
int
folk_count_builders(void)
{
	DIR *proc = opendir("/proc");
	const struct dirent *entry;
	int n = 0;

	assert_non_null(proc);
	while ((entry = readdir(proc)) != NULL)
		n += folk_owner(atoi(entry->d_name)) == town_id(TOWN_BUILDER);
	(void)closedir(proc);
	return n;
}

void
folk_wait_until_nobody(void)
{
	for (uint64_t i = 0; i < LAUNCHING_PATIENCE_MS; i += 10) {
		if (folk_count_builders() == 0)
			return;
		(void)usleep(10000);
	}
	fail_msg("%d processes are still there", folk_count_builders());
}

int
folk_main(const char *name, const struct CMUnitTest *tests, size_t n)
{
	char *argv[] = { (char[]){ "town" }, NULL };
	const char *launcher = getenv("CAISSON_LAUNCHER");

	town_enter();
	if (launcher == NULL || !town_grant("")) {
		printf("skipped: no launcher was built\n");
		return HARNESS_SKIP;
	}
	(void)town_install(REPORTER_PATH);
	(void)town_install(SPEAKER_PATH);
	(void)town_install(launcher);
	if (!town_grant(folk_grants)) {
		printf("the grants were not applied\n");
		return 1;
	}
	return harness_main(name, 1, argv, tests, n);
}
