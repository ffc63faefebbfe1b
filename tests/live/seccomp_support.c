/* SPDX-License-Identifier: Apache-2.0 */
/* Filters of policy text under a real kernel; see the header. */
#include "seccomp_support.h"

#include "policy/calls.h"
#include "policy/text.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static struct sandbox
compile(struct policy *policy)
{
	struct sandbox sandbox = { .policy = policy };
	struct caisson_error err = { 0 };

	if (filter_generate(policy, &sandbox.filter, &err) < 0)
		fail_msg("%s", err.msg);
	return sandbox;
}

struct sandbox
sandbox_text(const char *text)
{
	const struct text_options options = {
		.file = "text",
		.arch = calls_arch_host(),
		.dir_fd = -1,
	};
	struct caisson_error err = { 0 };
	struct policy *policy = NULL;

	if (text_parse(text, strlen(text), &options, &policy, &err) < 0)
		fail_msg("%s", err.msg);
	return compile(policy);
}

struct sandbox
sandbox_profile(const char *name)
{
	const struct text_options options = { .arch = calls_arch_host() };
	struct caisson_error err = { 0 };
	struct policy *policy = NULL;
	char path[512];

	(void)snprintf(path, sizeof(path), "%s/%s.policy", POLICY_DIR, name);
	if (text_load(path, &options, &policy, &err) < 0)
		fail_msg("%s", err.msg);
	return compile(policy);
}

void
sandbox_done(struct sandbox *sandbox)
{
	policy_free(sandbox->policy);
	filter_done(&sandbox->filter);
}

const char *
sandbox_name(size_t i)
{
	static const char *const names[] = { PROFILE_NAMES NULL };

	return i < sizeof(names) / sizeof(names[0]) ? names[i] : NULL;
}

uint32_t
sandbox_decide(const struct sandbox *sandbox, long nr, const long args[6])
{
	struct seccomp_data data = {
		.nr = (int)nr,
		.arch = calls_arch_host()->token,
	};

	for (size_t i = 0; i < 6; i++)
		data.args[i] = (uint64_t)args[i];
	return policy_decide(sandbox->policy, &data, NULL);
}

int
sandbox_load(const struct sandbox *sandbox)
{
	struct sock_fprog prog = {
		.len = (unsigned short)sandbox->filter.len,
		.filter = sandbox->filter.insns,
	};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1L, 0L, 0L, 0L) != 0)
		return -1;
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog) == 0
		   ? 0
		   : -1;
}

int
result(long r)
{
	return r < 0 ? errno : 0;
}

int
act_call(void *arg)
{
	const struct call *c = arg;

	errno = 0;
	return result(syscall(c->nr, c->args[0], c->args[1], c->args[2],
			      c->args[3], c->args[4], c->args[5]));
}

/* cmocka handles those that are a program's own mistakes: not here. */
static void
restore_signals(void)
{
	static const int list[] = { SIGILL, SIGBUS, SIGFPE, SIGSEGV, SIGSYS };

	for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++)
		(void)signal(list[i], SIG_DFL);
}

/* Without what a sanitizer does at the end, which the filter may refuse. */
static void
leave(int status)
{
	for (;;)
		(void)syscall(SYS_exit_group, status);
}

/* The wait status; what the act returned goes to *answer, if it did. */
static int
run(act *fn, void *arg, const struct sandbox *sandbox, int *answer)
{
	const struct rlimit none = { 0, 0 };
	int status = 0;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		restore_signals();
		(void)setrlimit(RLIMIT_CORE, &none);
		if (sandbox != NULL && sandbox_load(sandbox) != 0)
			leave(255);
		*answer = fn(arg);
		leave(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

/* The answer comes by shared memory: errnos are more than 255. */
int
outcome(act *fn, void *arg, const struct sandbox *sandbox)
{
	int *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int status, answer;

	assert_true(shared != MAP_FAILED);
	*shared = -1;
	status = run(fn, arg, sandbox, shared);
	answer = *shared;
	assert_int_equal(munmap(shared, sizeof(*shared)), 0);
	if (WIFSIGNALED(status))
		return SIGNALED + WTERMSIG(status);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	return answer;
}

int
outcome_exit(act *fn, void *arg, const struct sandbox *sandbox)
{
	int answer = 0, status = run(fn, arg, sandbox, &answer);

	if (WIFSIGNALED(status))
		return SIGNALED + WTERMSIG(status);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* As an ordinary user.  77: not possible here. */
static int
become_user(void)
{
	if (geteuid() != 0) {
		print_message("needs root\n");
		return 77;
	}
	if (syscall(SYS_setgroups, 0L, NULL) != 0 ||
	    syscall(SYS_setresgid, 65534L, 65534L, 65534L) != 0 ||
	    syscall(SYS_setresuid, 65534L, 65534L, 65534L) != 0) {
		perror("ids");
		return 1;
	}
	if (access(POLICY_DIR "/default.policy", R_OK) != 0) {
		print_message("the sources are not readable for everybody\n");
		return 77;
	}
	return 0;
}

int
sandbox_main(int argc, char **argv, const struct CMUnitTest *tests, size_t n)
{
	int r = 0;

	/* Under a filter already, "before" is not before anything. */
	if (prctl(PR_GET_SECCOMP, 0L, 0L, 0L, 0L) != 0) {
		print_message("this process has a seccomp filter\n");
		return 77;
	}
	if (argc == 2 && strcmp(argv[1], "--as-user") == 0)
		r = become_user();
	return r != 0
		   ? r
		   : _cmocka_run_group_tests("seccomp", tests, n, NULL, NULL);
}
