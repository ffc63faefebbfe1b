/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs the launcher as a caller, and interferes with single system calls of it
 * and of what it clones, up to the program's exec: strace's "inject", but that
 * a call is one of a certain process, and that the test can do something while
 * it stands still.
 *
 *	injector LOG GROUP... -- LAUNCHER [agent] [FAULT...]
 *
 * as root; the first group is uid and gid.  With "agent" the launcher's parent
 * is a process of its own, the one that was started.  Descriptor 3 is the launcher's
 * socket.  A process is 0, the launcher, or the number of its child:
 *
 *	FAULT = PROCESS (@N | #NR) WHAT [=VALUE]
 *	@N     its Nth call, from 1;  #NR  each call of this number
 *	e      it is not made, and fails with errno VALUE
 *	v      it is not made, and returns VALUE
 *	k, K   SIGKILL before it, after it
 *	s, S   before it, after it: a byte to stdout, and wait for one on stdin
 *	d      VALUE ms go by before it
 *
 * LOG has a line for each call: process, number, six arguments, and what it
 * returned; and others for "exec", "end STATUS", and "hit" for a fault.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define FAULTS_MAX    8
#define PROCESSES_MAX 32
#define OPTIONS                                                             \
	(PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | \
	 PTRACE_O_TRACEVFORK | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL)

struct fault {
	unsigned process;
	bool each;
	unsigned long which;
	char what;
	long value;
};

struct traced {
	pid_t pid;
	unsigned long calls;
	bool counts, gone;
	unsigned long long first; /* argument, of what is not made */
	const struct fault *fault; /* that this call has */
};

static struct fault faults[FAULTS_MAX];
static size_t n_faults;
static struct traced traced[PROCESSES_MAX];
static size_t n_traced;
static FILE *log_file;

static void
die(const char *what)
{
	perror(what);
	_exit(99);
}

static void
take_fault(const char *text)
{
	struct fault *f = &faults[n_faults++];
	char kind = 0;

	if (n_faults > FAULTS_MAX ||
	    sscanf(text, "%u%c%lu%c=%ld", &f->process, &kind, &f->which,
		   &f->what, &f->value) < 4 ||
	    (kind != '@' && kind != '#')) {
		fprintf(stderr, "injector: %s is not a fault\n", text);
		_exit(99);
	}
	f->each = kind == '#';
}

static size_t
number_of(pid_t pid)
{
	for (size_t i = 0; i < n_traced; i++)
		if (traced[i].pid == pid && !traced[i].gone)
			return i;
	if (n_traced == PROCESSES_MAX)
		die("too many processes");
	traced[n_traced] = (struct traced){ .pid = pid, .counts = true };
	return n_traced++;
}

static void
resume(pid_t pid, int signo)
{
	if (ptrace(PTRACE_SYSCALL, pid, NULL, (void *)(intptr_t)signo) < 0 &&
	    errno != ESRCH)
		die("PTRACE_SYSCALL");
}

/*
 * Instead of the call a harmless one is made, which filters allow; a number
 * that is none they would not.
 */
static void
replace_call(struct traced *t)
{
	struct user_regs_struct regs;

	if (ptrace(PTRACE_GETREGS, t->pid, NULL, &regs) < 0)
		return; /* killed meanwhile */
	t->first = regs.rdi;
	regs.orig_rax = SYS_close;
	regs.rdi = (unsigned long)-1;
	(void)ptrace(PTRACE_SETREGS, t->pid, NULL, &regs);
}

/* And that is what it has returned. */
static void
replace_result(const struct traced *t, long value)
{
	struct user_regs_struct regs;

	if (ptrace(PTRACE_GETREGS, t->pid, NULL, &regs) < 0)
		return;
	regs.rdi = t->first;
	regs.rax = (unsigned long)value;
	(void)ptrace(PTRACE_SETREGS, t->pid, NULL, &regs);
}

static void
let_the_test_act(void)
{
	char byte = 's';

	fflush(log_file);
	if (write(STDOUT_FILENO, &byte, 1) != 1 ||
	    read(STDIN_FILENO, &byte, 1) < 0)
		die("the test is gone");
}

static const struct fault *
find_fault(size_t process, unsigned long nr)
{
	const struct traced *t = &traced[process];

	for (size_t i = 0; i < n_faults; i++)
		if (faults[i].process == process &&
		    faults[i].which == (faults[i].each ? nr : t->calls))
			return &faults[i];
	return NULL;
}

static void
enter_call(size_t process, const struct __ptrace_syscall_info *call)
{
	struct traced *t = &traced[process];
	const struct fault *f;

	if (!t->counts)
		return;
	t->calls++;
	fprintf(log_file, "%zu %llu", process,
		(unsigned long long)call->entry.nr);
	for (int i = 0; i < 6; i++)
		fprintf(log_file, " %llx",
			(unsigned long long)call->entry.args[i]);
	f = t->fault = find_fault(process, call->entry.nr);
	fprintf(log_file, "%s\n", f != NULL ? " hit" : "");
	if (f == NULL)
		return;
	if (f->what == 'e' || f->what == 'v')
		replace_call(t);
	else if (f->what == 'k')
		(void)kill(t->pid, SIGKILL);
	else if (f->what == 's')
		let_the_test_act();
	else if (f->what == 'd')
		(void)nanosleep(&(struct timespec){ 0, f->value * 1000000 },
				NULL);
}

static void
leave_call(size_t process, const struct __ptrace_syscall_info *call)
{
	struct traced *t = &traced[process];
	const struct fault *f = t->fault;
	long value = call->exit.rval;

	if (!t->counts)
		return;
	t->fault = NULL;
	if (f != NULL && (f->what == 'e' || f->what == 'v')) {
		value = f->what == 'e' ? -f->value : f->value;
		replace_result(t, value);
	}
	fprintf(log_file, "%zu = %ld\n", process, value);
	if (f != NULL && f->what == 'K')
		(void)kill(t->pid, SIGKILL);
	else if (f != NULL && f->what == 'S')
		let_the_test_act();
}

/* A stop of a process; it goes on afterwards. */
static void
look(pid_t pid, int status)
{
	size_t process = number_of(pid);
	struct traced *t = &traced[process];
	struct __ptrace_syscall_info call;
	int event = status >> 16, signo = WSTOPSIG(status);

	if (signo == (SIGTRAP | 0x80)) {
		if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(call), &call) <=
		    0)
			return; /* killed meanwhile */
		if (call.op == PTRACE_SYSCALL_INFO_ENTRY)
			enter_call(process, &call);
		else if (call.op == PTRACE_SYSCALL_INFO_EXIT)
			leave_call(process, &call);
	} else if (event == PTRACE_EVENT_EXEC) {
		fprintf(log_file, "%zu exec\n", process);
		if (process > 0 || t->counts) {
			fflush(log_file);
			t->gone = true;
			(void)ptrace(PTRACE_DETACH, pid, NULL, NULL);
			return;
		}
		t->counts = true;
	}
	resume(pid, event != 0 || signo == (SIGTRAP | 0x80) ? 0 : signo);
}

/* Until nothing of it is left but programs. */
static void
trace(pid_t launcher, int go)
{
	int status;
	pid_t pid;

	if (ptrace(PTRACE_SEIZE, launcher, NULL, (void *)OPTIONS) < 0 ||
	    ptrace(PTRACE_INTERRUPT, launcher, NULL, NULL) < 0 ||
	    waitpid(launcher, &status, __WALL) != launcher)
		die("PTRACE_SEIZE");
	traced[number_of(launcher)].counts = false;
	resume(launcher, 0);
	if (write(go, "g", 1) != 1)
		die("write");
	(void)close(go);
	while ((pid = waitpid(-1, &status, __WALL)) > 0) {
		if (WIFSTOPPED(status)) {
			look(pid, status);
			continue;
		}
		fprintf(log_file, "%zu end %d\n", number_of(pid), status);
		fflush(log_file);
		traced[number_of(pid)].gone = true;
	}
	fprintf(log_file, "done\n");
	exit(fclose(log_file) != 0);
}

/* The tracer is nobody's child, so that the launcher has none but its own. */
static void
start_tracer(const char *path)
{
	pid_t self = getpid(), pid;
	int go[2];
	char byte;

	log_file = fopen(path, "we");
	if (log_file == NULL || pipe2(go, O_CLOEXEC) < 0)
		die(path);
	pid = fork();
	if (pid < 0)
		die("fork");
	if (pid == 0) {
		if (fork() != 0)
			_exit(0);
		(void)close(3);
		(void)close(go[0]);
		trace(self, go[1]);
	}
	(void)close(go[1]);
	if (waitpid(pid, NULL, 0) != pid || read(go[0], &byte, 1) != 1)
		die("no tracer");
	(void)close(go[0]);
}

/* Returns in a child.  The parent has nothing to do with the session. */
static void
be_agent(void)
{
	pid_t pid = fork();

	if (pid < 0)
		die("fork");
	if (pid == 0)
		return;
	for (int fd = 0; fd < 64; fd++)
		(void)close(fd);
	while (waitpid(pid, NULL, 0) < 0)
		continue;
	_exit(0);
}

int
main(int argc, char **argv)
{
	gid_t groups[32];
	size_t n = 0;
	int null, i = 2, agent;

	for (; i < argc && strcmp(argv[i], "--") != 0 && n < 32; i++)
		groups[n++] = (gid_t)strtoul(argv[i], NULL, 10);
	if (n == 0 || i + 2 > argc)
		return 99;
	agent = i + 2 < argc && strcmp(argv[i + 2], "agent") == 0;
	for (int k = i + 2 + agent; k < argc; k++)
		take_fault(argv[k]);
	if (agent)
		be_agent();
	start_tracer(argv[1]);
	null = open("/dev/null", O_RDWR);
	if (null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0 || null <= 3 ||
	    close(null) < 0 || setgroups(n, groups) < 0 ||
	    setresgid(groups[0], groups[0], groups[0]) < 0 ||
	    setresuid(groups[0], groups[0], groups[0]) < 0)
		die("the caller");
	(void)execve(argv[i + 1], (char *[]){ argv[i + 1], NULL },
		     (char *[]){ NULL });
	die(argv[i + 1]);
}
