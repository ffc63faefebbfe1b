/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Throwaway users by useradd and groupadd.  Their names carry the pid, so that
 * those of a run that was killed can be told from those in use, and removed.
 */
#include "people.h"

#include "harness.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define PREFIX "cstest"

static struct person person;
static pid_t owner;

/* Another test may hold the password file's lock: try for a while. */
static int
run(const char *a, const char *b, const char *c, const char *d, const char *e)
{
	const char *argv[] = { a, b, c, d, e, NULL };
	int status = -1;

	for (int i = 0; i < 50; i++) {
		posix_spawn_file_actions_t quiet;
		char *args[6];
		pid_t pid;

		memcpy(args, argv, sizeof(args));
		(void)posix_spawn_file_actions_init(&quiet);
		(void)posix_spawn_file_actions_addopen(&quiet, 2, "/dev/null",
						       1, 0);
		if (posix_spawnp(&pid, a, &quiet, NULL, args, environ) == 0 &&
		    waitpid(pid, &status, 0) == pid && status == 0)
			i = 50;
		(void)posix_spawn_file_actions_destroy(&quiet);
		if (status != 0)
			(void)usleep(100000);
	}
	return status;
}

static void
remove_names(const char *user)
{
	(void)run("userdel", user, NULL, NULL, NULL);
	(void)run("groupdel", harness_text("%sa", user), NULL, NULL, NULL);
	(void)run("groupdel", harness_text("%sb", user), NULL, NULL, NULL);
}

static void
remove_person(void)
{
	if (getpid() == owner)
		remove_names(person.name);
}

/* Those of runs that were killed. */
static void
remove_stale(void)
{
	struct passwd *pw;
	char stale[32] = "";

	setpwent();
	while (stale[0] == '\0' && (pw = getpwent()) != NULL) {
		pid_t pid;

		if (strncmp(pw->pw_name, PREFIX, strlen(PREFIX)) != 0)
			continue;
		pid = (pid_t)strtol(pw->pw_name + strlen(PREFIX), NULL, 10);
		if (pid > 1 && kill(pid, 0) != 0 && errno == ESRCH)
			(void)snprintf(stale, sizeof(stale), "%s", pw->pw_name);
	}
	endpwent();
	if (stale[0] != '\0')
		remove_names(stale);
}

static bool
find_groups(void)
{
	for (int i = 0; i < 2; i++) {
		struct group *gr = getgrnam(person.group_name[i]);

		if (gr == NULL)
			return false;
		person.group[i] = gr->gr_gid;
	}
	if (person.group[0] > person.group[1]) {
		uint32_t first = person.group[1];

		person.group[1] = person.group[0];
		person.group[0] = first;
	}
	return true;
}

static bool
make_person(void)
{
	const char *both;
	struct passwd *pw;

	remove_stale();
	(void)snprintf(person.name, sizeof(person.name), PREFIX "%d",
		       (int)getpid());
	for (int i = 0; i < 2; i++)
		(void)snprintf(person.group_name[i],
			       sizeof(person.group_name[i]), PREFIX "%d%c",
			       (int)getpid(), 'a' + i);
	both =
	    harness_text("%s,%s", person.group_name[0], person.group_name[1]);
	if (run("groupadd", person.group_name[0], NULL, NULL, NULL) != 0 ||
	    run("groupadd", person.group_name[1], NULL, NULL, NULL) != 0 ||
	    run("useradd", "-M", "-UG", both, person.name) != 0)
		return false;
	pw = getpwnam(person.name);
	if (pw == NULL)
		return false;
	person.uid = pw->pw_uid;
	person.gid = pw->pw_gid;
	return find_groups();
}

const struct person *
people_get(void)
{
	static bool made;

	if (owner != 0)
		return made ? &person : NULL;
	owner = getpid();
	(void)atexit(remove_person);
	made = make_person();
	return made ? &person : NULL;
}
