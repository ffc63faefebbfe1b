/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The program of these tests: makes the system calls that it is told to and
 * says what came back, the value or the negative errno.
 */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static long
number(const char *text)
{
	return text != NULL ? (long)strtoul(text, NULL, 0) : 0;
}

static long
result(long r)
{
	return r < 0 ? -errno : r;
}

/* "NR A0 A1...", as many as there are. */
static long
call(char **arg)
{
	long v[7] = { 0 };

	for (int i = 0; i < 7 && arg[i] != NULL; i++)
		v[i] = number(arg[i]);
	return result(syscall(v[0], v[1], v[2], v[3], v[4], v[5], v[6]));
}

static int
act_call(char **arg)
{
	printf("%ld\n", call(arg));
	return 0;
}

/* Once for every byte of standard input. */
static int
act_loop(char **arg)
{
	char c;

	while (read(0, &c, 1) == 1)
		dprintf(1, "%ld\n", call(arg));
	return 0;
}

static int
act_exec(char **arg)
{
	(void)execv(arg[0], arg);
	printf("%d\n", -errno);
	return 0;
}

/* A message of nothing, so that only what a policy says can fail. */
static int
act_sendmsg(char **arg)
{
	struct msghdr msg = { .msg_iovlen = 0 };
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) != 0 ||
	    dup2(pair[0], (int)number(arg[0])) < 0)
		return 1;
	printf("%ld\n", result(sendmsg((int)number(arg[0]), &msg, 0)));
	return 0;
}

/* Unknown numbers, one after the other, then one more; how many were refused. */
static int
act_many(char **arg)
{
	long refused = 0;

	for (long i = 0; i < number(arg[1]); i++)
		refused += syscall(number(arg[0]) + i) < 0;
	if (arg[2] != NULL)
		refused += syscall(number(arg[2]), 0, 0, 0, 0, 0, 0) < 0;
	printf("%ld\n", refused);
	return 0;
}

static struct {
	long nr, times;
	atomic_long refused;
} storm;

static void *
storm_thread(void *arg)
{
	for (long i = 0; storm.times == 0 || i < storm.times; i++)
		if (syscall(storm.nr) == -1 && errno == EPERM)
			atomic_fetch_add(&storm.refused, 1);
	return arg;
}

/* "NR THREADS TIMES": how many calls were refused; TIMES 0: for ever. */
static int
act_storm(char **arg)
{
	pthread_t threads[64];
	long n = number(arg[1]);

	storm.nr = number(arg[0]);
	storm.times = number(arg[2]);
	for (long i = 0; i < n; i++)
		if (pthread_create(&threads[i], NULL, storm_thread, NULL) != 0)
			return 1;
	for (long i = 0; i < n; i++)
		if (pthread_join(threads[i], NULL) != 0)
			return 1;
	printf("%ld\n", atomic_load(&storm.refused));
	return 0;
}

/* A child that calls: "exited N" or "killed N". */
static int
act_child(char **arg)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		(void)call(arg);
		_exit(7);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return 1;
	if (WIFSIGNALED(status))
		printf("killed %d\n", WTERMSIG(status));
	else
		printf("exited %d\n", WEXITSTATUS(status));
	return 0;
}

static void *
call_thread(void *arg)
{
	(void)call(arg);
	return NULL;
}

/* When it is told to, a thread that calls and ends; then the process does. */
static int
act_thread(char **arg)
{
	pthread_t thread;
	char c;

	if (read(0, &c, 1) < 0 ||
	    pthread_create(&thread, NULL, call_thread, arg) != 0 ||
	    pthread_join(thread, NULL) != 0)
		return 1;
	return 5;
}

/* Children without end, each of which makes one call. */
static int
act_forks(char **arg)
{
	for (;;) {
		if (fork() == 0) {
			(void)call(arg);
			_exit(0);
		}
		while (waitpid(-1, NULL, WNOHANG) > 0)
			continue;
	}
}

/* Leaves a process behind that calls when its standard input ends. */
static int
act_leave(char **arg)
{
	char c;
	pid_t pid = fork();

	if (pid != 0)
		return pid < 0;
	(void)setsid();
	while (read(0, &c, 1) == 1)
		continue;
	dprintf(1, "%ld\n", call(arg));
	return 0;
}

static const struct {
	const char *name;
	int (*run)(char **arg);
} acts[] = {
	{ "call", act_call },   { "loop", act_loop },
	{ "exec", act_exec },   { "sendmsg", act_sendmsg },
	{ "many", act_many },   { "storm", act_storm },
	{ "child", act_child }, { "thread", act_thread },
	{ "forks", act_forks }, { "leave", act_leave },
};

int
main(int argc, char **argv)
{
	for (size_t i = 0; argc > 2 && i < sizeof(acts) / sizeof(acts[0]); i++)
		if (strcmp(acts[i].name, argv[1]) == 0)
			return acts[i].run(argv + 2);
	return 99;
}
