/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a program finds around it when it starts: descriptors and what they
 * stand for, directories, processes, terminals.
 */
#include "atk.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define DIRECTORY "/run/town/home/agent"

static int
path_at(const char *path, int flags)
{
	int fd = open(path, flags | O_NONBLOCK | O_NOCTTY);

	atk_check(fd, path);
	return fd;
}

static int
full_pipe(void)
{
	int ends[2];
	char byte = 0;

	atk_check(pipe2(ends, O_NONBLOCK), "pipe");
	while (write(ends[1], &byte, 1) == 1)
		continue;
	atk_check(fcntl(ends[1], F_SETFL, 0), "pipe");
	return ends[1];
}

static int
one_of_pair(int domain, int type, int keep_peer)
{
	int ends[2];

	atk_check(socketpair(domain, type, 0, ends), "socketpair");
	if (!keep_peer)
		(void)close(ends[1]);
	return ends[0];
}

/* There is somebody at the other end, who says nothing. */
static int
fifo(void)
{
	const char *path = DIRECTORY "/fifo";

	(void)mkfifo(path, 0666);
	return path_at(path, O_RDWR);
}

static int
pseudo_terminal(void)
{
	int pty = path_at("/dev/ptmx", O_RDWR), zero = 0, slave;

	atk_check(ioctl(pty, TIOCSPTLCK, &zero), "unlock");
	slave = ioctl(pty, TIOCGPTPEER, O_RDWR | O_NOCTTY);
	atk_check(slave, "terminal");
	return slave;
}

static int
strange_object(const char *kind)
{
	if (strcmp(kind, "netlink") == 0)
		return socket(AF_NETLINK, SOCK_RAW, 0);
	if (strcmp(kind, "full-pipe") == 0)
		return full_pipe();
	if (strcmp(kind, "lonely") == 0)
		return one_of_pair(AF_UNIX, SOCK_SEQPACKET, 0);
	if (strcmp(kind, "stream") == 0)
		return one_of_pair(AF_UNIX, SOCK_STREAM, 1);
	if (strcmp(kind, "datagram") == 0)
		return one_of_pair(AF_UNIX, SOCK_DGRAM, 1);
	if (strcmp(kind, "unconnected") == 0)
		return socket(AF_UNIX, SOCK_SEQPACKET, 0);
	if (strcmp(kind, "eventfd") == 0)
		return eventfd(0, 0);
	if (strcmp(kind, "epoll") == 0)
		return epoll_create1(0);
	if (strcmp(kind, "memfd") == 0)
		return memfd_create("stdio", 0);
	if (strcmp(kind, "pidfd") == 0)
		return (int)syscall(SYS_pidfd_open, getpid(), 0);
	if (strcmp(kind, "fifo") == 0)
		return fifo();
	if (strcmp(kind, "terminal") == 0)
		return pseudo_terminal();
	errno = EINVAL;
	return -1;
}

static int
object(const char *kind)
{
	static const struct {
		const char *kind, *path;
		int flags;
	} paths[] = { { "mem", "/proc/self/mem", O_RDWR },
		      { "full", "/dev/full", O_RDWR },
		      { "o-path", "/etc/shadow", O_PATH },
		      { "directory", "/", O_RDONLY | O_DIRECTORY },
		      { "read-only", "/dev/null", O_RDONLY },
		      { "null", "/dev/null", O_RDWR } };

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		if (strcmp(kind, paths[i].kind) == 0)
			return path_at(paths[i].path, paths[i].flags);
	return strange_object(kind);
}

/* NUMBER:KIND, "closed" among them; its flags are of no use at 0 to 3. */
static void
put(struct atk *atk, const char *value)
{
	int number = (int)atk_number(&value), fd;

	(void)atk;
	if (strcmp(value, "closed") == 0) {
		(void)close(number);
		return;
	}
	fd = object(value);
	atk_check(fd, value);
	(void)fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
	if (fd != number)
		atk_check(dup2(fd, number), "dup2");
}

static void
put_stdio(struct atk *atk, const char *kind)
{
	char word[64];

	for (int fd = 0; fd < 3; fd++) {
		(void)snprintf(word, sizeof(word), "%d:%s", fd, kind);
		put(atk, word);
	}
}

/* As many as there may be; each of them survives exec. */
static void
fill_table(struct atk *atk, const char *value)
{
	struct rlimit limit;

	(void)atk;
	atk_check(getrlimit(RLIMIT_NOFILE, &limit), "getrlimit");
	limit.rlim_cur = atk_number(&value);
	if (limit.rlim_cur > limit.rlim_max)
		limit.rlim_cur = limit.rlim_max;
	atk_check(setrlimit(RLIMIT_NOFILE, &limit), "setrlimit");
	while (dup(3) >= 0)
		continue;
}

static void
open_high(struct atk *atk, const char *value)
{
	struct rlimit limit;

	(void)atk;
	(void)value;
	atk_check(getrlimit(RLIMIT_NOFILE, &limit), "getrlimit");
	limit.rlim_cur = limit.rlim_max;
	atk_check(setrlimit(RLIMIT_NOFILE, &limit), "setrlimit");
	atk_check(dup2(3, (int)limit.rlim_max - 1), "dup2");
	atk_check(dup2(3, 900), "dup2");
}

/* "deleted", "unreadable", or a path. */
static void
set_directory(struct atk *atk, const char *value)
{
	char path[] = DIRECTORY "/dirXXXXXX";

	(void)atk;
	if (*value == '/') {
		atk_check(chdir(value), value);
		return;
	}
	if (mkdtemp(path) == NULL)
		atk_fail(path);
	atk_check(chdir(path), path);
	if (strcmp(value, "deleted") == 0)
		atk_check(rmdir(path), path);
	else
		atk_check(chmod(path, 0), path);
}

/* As somebody else has ended. */
static noreturn void
end_alike(int status)
{
	if (WIFSIGNALED(status)) {
		(void)signal(WTERMSIG(status), SIG_DFL);
		(void)raise(WTERMSIG(status));
	}
	_exit(WEXITSTATUS(status));
}

/* We go on as the traced one; the tracer has its exit status. */
static void
be_traced(struct atk *atk, const char *value)
{
	pid_t pid = fork();
	int status = 0;

	(void)atk;
	(void)value;
	atk_check(pid, "fork");
	if (pid == 0) {
		atk_check(ptrace(PTRACE_TRACEME, 0, NULL, NULL), "traceme");
		return;
	}
	/* we must not keep the socket open */
	for (int fd = 3; fd < 256; fd++)
		(void)close(fd);
	while (waitpid(pid, &status, 0) == pid && WIFSTOPPED(status)) {
		long signo = WSTOPSIG(status) == SIGTRAP ? 0 : WSTOPSIG(status);

		(void)ptrace(PTRACE_CONT, pid, NULL, signo);
	}
	end_alike(status);
}

static void
close_all(void)
{
	for (int fd = 0; fd < 256; fd++)
		(void)close(fd);
}

/* Somebody of the user's who stops it all the time while it starts. */
static void
be_stopped(struct atk *atk, const char *value)
{
	struct timespec a_little = { 0, 50000 };
	pid_t whom = getpid(), pid = fork();

	(void)atk;
	(void)value;
	atk_check(pid, "fork");
	if (pid > 0) {
		(void)waitpid(pid, NULL, 0);
		return;
	}
	if (fork() != 0)
		_exit(0);
	close_all();
	for (int i = 0; i < 300; i++) {
		(void)kill(whom, SIGSTOP);
		(void)nanosleep(&a_little, NULL);
		(void)kill(whom, SIGCONT);
		(void)nanosleep(&a_little, NULL);
	}
	_exit(0);
}

/* One is dead, one ends soon with 7, one lives for long. */
static void
have_children(struct atk *atk, const char *value)
{
	(void)atk;
	(void)value;
	for (int i = 0; i < 3; i++) {
		pid_t pid = fork();

		atk_check(pid, "fork");
		if (pid > 0)
			continue;
		close_all();
		if (i == 2)
			(void)sleep(20);
		(void)usleep((useconds_t)i * 5000);
		_exit(7);
	}
	atk_check(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), "subreaper");
}

/* An orphan has the other end for a little while. */
static void
hang_up_soon(void)
{
	pid_t pid = fork();

	atk_check(pid, "fork");
	if (pid > 0) {
		(void)waitpid(pid, NULL, 0);
		return;
	}
	if (fork() == 0) {
		(void)close(3);
		(void)usleep(20000);
	}
	_exit(0);
}

/* We go on as a child of the session's leader, which has our exit status. */
static void
follow_leader(void)
{
	pid_t pid = fork();
	int status = 0;

	atk_check(pid, "fork");
	if (pid == 0)
		return;
	(void)close(3);
	if (waitpid(pid, &status, 0) != pid)
		_exit(98);
	end_alike(status);
}

/* "hangup": the other end goes soon; "background": and we are not in front. */
static void
have_terminal(struct atk *atk, const char *value)
{
	int pty = path_at("/dev/ptmx", O_RDWR | O_CLOEXEC), zero = 0, slave;

	(void)atk;
	atk_check(ioctl(pty, TIOCSPTLCK, &zero), "unlock");
	slave = ioctl(pty, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	atk_check(slave, "terminal");
	if (setsid() < 0 && getpgrp() != getpid())
		atk_fail("session");
	atk_check(ioctl(slave, TIOCSCTTY, 0), "controlling terminal");
	if (strcmp(value, "hangup") == 0)
		hang_up_soon();
	else
		follow_leader();
	if (strcmp(value, "background") == 0)
		atk_check(setpgid(0, 0), "group");
	else
		(void)close(pty);
	for (int fd = 0; fd < 3; fd++)
		atk_check(dup2(slave, fd), "dup2");
}

const struct atk_condition atk_objects[] = {
	{ "stopped", 1, be_stopped },     { "directory", 1, set_directory },
	{ "children", 1, have_children }, { "terminal", 2, have_terminal },
	{ "traced", 2, be_traced },       { "put", 2, put },
	{ "stdio", 2, put_stdio },        { "fill", 3, fill_table },
	{ "high", 3, open_high },         { NULL, 0, NULL },
};
