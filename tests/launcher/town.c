/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A machine of its own for one test program: a private mount namespace with a
 * copy of /etc and empty /var/lib and /run.  Nothing of the host is written.
 */
#include "town.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define SKIP   77
#define ROOT   "/run/town"
#define GRANTS "/etc/caisson/grants"

static uint32_t base;

static void
skip(const char *what)
{
	printf("skipped: %s: %s\n", what, strerror(errno));
	(void)fflush(stdout);
	_exit(SKIP);
}

static bool
run(const char *const argv[])
{
	char *args[8] = { NULL };
	int status = -1;
	pid_t pid;

	for (size_t i = 0; i < 7 && argv[i] != NULL; i++)
		memcpy(&args[i], &argv[i], sizeof(args[i]));
	return posix_spawnp(&pid, argv[0], NULL, NULL, args, environ) == 0 &&
	       waitpid(pid, &status, 0) == pid && status == 0;
}

static void
make_directory(const char *path)
{
	if (mkdir(path, 0755) != 0)
		skip(path);
}

static void
copy(const char *from, const char *to, uint32_t gid, mode_t mode)
{
	if (from == NULL)
		return;
	if (!run((const char *const[]){ "cp", "--", from, to, NULL }) ||
	    chown(to, 0, gid) != 0 || chmod(to, mode) != 0)
		skip(to);
}

static void
make_users(void)
{
	static const char *const name[] = { "agent", "builder", "third",
					    "caisson", "crew" };
	static const char *const member[] = { "", "", "", "agent", "builder" };
	FILE *passwd = fopen("/etc/passwd", "a");
	FILE *group = fopen("/etc/group", "a");

	if (passwd == NULL || group == NULL)
		skip("/etc/passwd");
	base = 70000000 + (uint32_t)getpid() * 8;
	for (enum town_user i = 0; i < TOWN_IDS; i++) {
		char home[64];

		(void)fprintf(group, "%s:x:%u:%s\n", name[i], town_id(i),
			      member[i]);
		if (i >= TOWN_GROUP_CAISSON)
			continue;
		(void)snprintf(home, sizeof(home), ROOT "/home/%s", name[i]);
		make_directory(home);
		if (chown(home, town_id(i), town_id(i)) != 0)
			skip(home);
		(void)fprintf(passwd, "%s:x:%u:%u::%s:/bin/sh\n", name[i],
			      town_id(i), town_id(i), home);
	}
	if (fclose(passwd) != 0 || fclose(group) != 0)
		skip("/etc/passwd");
}

void
town_enter(void)
{
	static const char *const places[] = { ROOT, TOWN_BIN, ROOT "/libexec",
					      ROOT "/home",
					      "/var/lib/caisson" };

	if (geteuid() != 0) {
		errno = EPERM;
		skip("needs root");
	}
	(void)umask(022);
	/* whoever runs the tests may be nice; what they launch asks for that */
	(void)setpriority(PRIO_PROCESS, 0, 0);
	if (chdir("/") != 0 || unshare(CLONE_NEWNS) != 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
	    mount("town", "/var/lib", "tmpfs", 0, "mode=755") != 0 ||
	    mount("town", "/run", "tmpfs", 0, "mode=755") != 0)
		skip("no namespace for a test town");
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		make_directory(places[i]);
	if (!run((const char *const[]){ "cp", "-a", "/etc", ROOT, NULL }) ||
	    mount(ROOT "/etc", "/etc", NULL, MS_BIND, NULL) != 0 ||
	    !run((const char *const[]){ "rm", "-rf", "/etc/caisson", NULL }))
		skip("/etc");
	make_directory("/etc/caisson");
	make_users();
	copy(getenv("CAISSON_LAUNCHER"), TOWN_LAUNCHER,
	     town_id(TOWN_GROUP_CAISSON), 04750);
	copy(getenv("CAISSON"), TOWN_CAISSON, 0, 0755);
}

uint32_t
town_id(enum town_user who)
{
	return base + (uint32_t)who;
}

bool
town_grant(const char *text)
{
	static const char *const apply[] = { TOWN_CAISSON, "grants", "apply",
					     NULL };
	FILE *file = fopen(GRANTS, "w");

	if (file == NULL)
		return false;
	(void)fputs(text, file);
	return fclose(file) == 0 && run(apply);
}

void
town_revoke(void)
{
	(void)unlink(GRANTS);
	(void)unlink("/var/lib/caisson/grants");
}

void
town_become(enum town_user who)
{
	gid_t groups[2] = { town_id(who), 0 };
	size_t n = 1;

	if (who == TOWN_AGENT)
		groups[n++] = town_id(TOWN_GROUP_CAISSON);
	else if (who == TOWN_BUILDER)
		groups[n++] = town_id(TOWN_GROUP_CREW);
	if (setgroups(n, groups) != 0 ||
	    setresgid(groups[0], groups[0], groups[0]) != 0 ||
	    setresuid(groups[0], groups[0], groups[0]) != 0)
		_exit(126);
}

const char *
town_install(const char *path)
{
	static char to[512];
	const char *name = strrchr(path, '/');

	(void)snprintf(to, sizeof(to), TOWN_BIN "/%s",
		       name == NULL ? path : name + 1);
	copy(path, to, 0, 0755);
	return to;
}

static void
become_launcher(enum town_user who, int sock)
{
	char *argv[] = { (char[]){ "caisson-launcher" }, NULL };
	char *envp[] = { NULL };

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (sock != 3)
		(void)dup2(sock, 3);
	else
		(void)fcntl(3, F_SETFD, 0);
	town_become(who);
	(void)execve(TOWN_LAUNCHER, argv, envp);
	_exit(127);
}

int
town_launcher(enum town_user who, pid_t *pid)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
		return -1;
	*pid = fork();
	if (*pid == 0)
		become_launcher(who, pair[1]);
	(void)close(pair[1]);
	if (*pid < 0) {
		(void)close(pair[0]);
		return -1;
	}
	return pair[0];
}
