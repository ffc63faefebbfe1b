/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Job control between a shell, caisson and the program.  All signals are
 * blocked here, SIGTTOU among them: tcsetpgrp(3) from the background then
 * works instead of stopping us.
 */
#include "cli/job.h"

#include "base/fd.h"

#include <fcntl.h>
#include <unistd.h>

static int
open_terminal(void)
{
	int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);

	/* Without the device node, standard input may still be it. */
	if (fd < 0 && isatty(STDIN_FILENO) != 0)
		fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
	if (fd >= 0 && tcgetpgrp(fd) < 0)
		fd_close(&fd);
	return fd;
}

void
job_begin(struct job *job)
{
	job->tty = open_terminal();
	job->self = getpgrp();
	job->program = 0;
	job->own = job->tty >= 0 && tcgetpgrp(job->tty) == job->self;
}

void
job_started(struct job *job, pid_t program)
{
	pid_t group = getpgid(program);

	if (group > 0 && group != job->self && getsid(program) == getsid(0))
		job->program = group;
}

/*
 * Stop, as the terminal would have stopped us had there been no caisson in
 * between: with everybody in our group, so that a script that waits for us
 * stops as well.  False: the kernel did not stop us, for our group is
 * orphaned (no shell watches over it) or the signal is ignored.
 */
static bool
stop_self(struct job *job, int signo)
{
	sigset_t set, pending;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, signo);
	(void)kill(0, signo);
	(void)sigprocmask(SIG_UNBLOCK, &set, NULL);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	job->own = tcgetpgrp(job->tty) == job->self;
	/* A stop signal removes a pending SIGCONT; being continued sets it. */
	return sigpending(&pending) == 0 && sigismember(&pending, SIGCONT) == 1;
}

static bool
wants_terminal(int signo)
{
	return signo == SIGTTIN || signo == SIGTTOU;
}

static void
hand_over(struct job *job)
{
	(void)tcsetpgrp(job->tty, job->program);
}

/*
 * Without a shell there is nobody to tell; and SIGSTOP, which no terminal
 * sends, stops the program only, unless it holds the terminal: that must not
 * stay with a stopped program.
 */
static bool
is_job_stop(const struct job *job, int signo, pid_t front)
{
	if (job->tty < 0 || job->program == 0)
		return false;
	return signo != SIGSTOP || front == job->program;
}

enum job_action
job_stopped(struct job *job, int signo)
{
	pid_t front = job->tty >= 0 ? tcgetpgrp(job->tty) : -1;

	if (!is_job_stop(job, signo, front))
		return JOB_NOTHING;
	if (wants_terminal(signo) && front == job->self) {
		job->own = true;
		hand_over(job);
		return JOB_CONTINUE;
	}
	/* It asked while the terminal was already on its way. */
	if (wants_terminal(signo) && front == job->program)
		return JOB_CONTINUE;
	if (job->own && front != job->self)
		(void)tcsetpgrp(job->tty, job->self);
	if (stop_self(job, signo))
		return JOB_NOTHING; /* SIGCONT is pending and does the rest */
	/* What the kernel does to a stopped group that nobody can continue. */
	if (wants_terminal(signo) && !job->own)
		return JOB_HANG_UP;
	job_continued(job);
	return JOB_CONTINUE;
}

int
job_guess(const struct job *job)
{
	return job->tty >= 0 && tcgetpgrp(job->tty) == job->program ? SIGTSTP
								    : SIGTTIN;
}

void
job_continued(struct job *job)
{
	if (job->tty < 0 || job->program == 0 ||
	    tcgetpgrp(job->tty) != job->self)
		return;
	job->own = true;
	hand_over(job);
}

bool
job_end(struct job *job)
{
	bool had = false;

	if (job->tty >= 0 && job->own) {
		had = tcgetpgrp(job->tty) != job->self;
		(void)tcsetpgrp(job->tty, job->self);
	}
	fd_close(&job->tty);
	return had;
}
