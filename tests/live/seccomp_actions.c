/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Actions: what each does to the caller, who wins where filters are stacked,
 * and to whom a filter applies.
 */
#include "seccomp_support.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define N(list)  (sizeof(list) / sizeof((list)[0]))
#define SIGSYSED (SIGNALED + SIGSYS)
#define LIED     90000 /* a call that was not carried out said that it was */

/*
 * What the test itself needs in its forks, and one call: getppid, which
 * cannot fail and never is 0 here.
 */
static struct sandbox
with_getppid(const char *action)
{
	char text[512];

	(void)snprintf(
	    text, sizeof(text),
	    "@default return EPERM\n"
	    "{exit, exit_group, mmap, munmap, mprotect, madvise, brk}: allow\n"
	    "{futex, clone, wait4, rt_sigaction, rt_sigprocmask}: allow\n"
	    "{rt_sigreturn, sigaltstack, set_robust_list, rseq}: allow\n"
	    "{gettid, getpid, sched_getaffinity, prlimit64, open}: allow\n"
	    "{prctl, seccomp, write, close, read, sched_yield}: allow\n"
	    "clone3: return ENOSYS\ngetppid: %s\n",
	    action);
	return sandbox_text(text);
}

static int
act_getppid(void *arg)
{
	long r = syscall(SYS_getppid);

	(void)arg;
	if (r < 0)
		return errno;
	return r == 0 ? LIED : 0;
}

/* The strictest first; errnos are told apart by their number. */
static const struct {
	const char *action;
	int outcome;
} actions[] = {
	{ "kill-process", SIGSYSED },
	{ "kill-thread", SIGSYSED },
	{ "trap", SIGSYSED },
	{ "return 2000", 2000 },
	{ "user-notify", ENOSYS },
	{ "trace", ENOSYS },
	{ "log", 0 },
	{ "allow", 0 },
};

static void
h10_an_action_does_what_it_says(void **state)
{
	static const struct {
		const char *action;
		int outcome;
	} errnos[] = {
		{ "return EPERM", EPERM }, { "return 4095", 4095 },
		{ "return 1", 1 },         { "return 0", LIED },
		{ "kill", SIGSYSED },
	};

	(void)state;
	assert_int_equal(outcome(act_getppid, NULL, NULL), 0);
	for (size_t i = 0; i < N(actions) + N(errnos); i++) {
		const char *action = i < N(actions)
					 ? actions[i].action
					 : errnos[i - N(actions)].action;
		int want = i < N(actions) ? actions[i].outcome
					  : errnos[i - N(actions)].outcome;
		struct sandbox sandbox = with_getppid(action);
		int got = outcome(act_getppid, NULL, &sandbox);

		if (got != want)
			fail_msg("%s: %d, not %d", action, got, want);
		sandbox_done(&sandbox);
	}
}

static volatile sig_atomic_t trapped;

static void
on_sigsys(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)context;
	trapped = info->si_code == 1 /* SYS_SECCOMP */ &&
		  info->si_syscall == SYS_getppid;
}

static int
act_trapped(void *arg)
{
	struct sigaction sa = { .sa_flags = SA_SIGINFO };

	(void)arg;
	sa.sa_sigaction = on_sigsys;
	if (sigaction(SIGSYS, &sa, NULL) != 0)
		return errno;
	(void)syscall(SYS_getppid);
	return trapped ? 0 : EIO;
}

static void
h10_a_trap_tells_the_handler_which_call_it_was(void **state)
{
	struct sandbox sandbox = with_getppid("trap");

	(void)state;
	assert_int_equal(outcome(act_trapped, NULL, NULL), EIO);
	assert_int_equal(outcome(act_trapped, NULL, &sandbox), 0);
	sandbox_done(&sandbox);
	/* What kills asks no handler. */
	sandbox = with_getppid("kill-process");
	assert_int_equal(outcome(act_trapped, NULL, &sandbox), SIGSYSED);
	sandbox_done(&sandbox);
}

static void *
thread_getppid(void *arg)
{
	*(int *)arg = act_getppid(NULL);
	return NULL;
}

/* What a thread is answered, which was started under the filter. */
static int
act_thread(void *arg)
{
	pthread_t thread;
	int answer = -1, r;

	(void)arg;
	r = pthread_create(&thread, NULL, thread_getppid, &answer);
	if (r != 0)
		return r;
	r = pthread_join(thread, NULL);
	return r != 0 ? r : answer == -1 ? ECANCELED : answer;
}

static void
h10_kill_thread_ends_one_thread_and_kill_process_all(void **state)
{
	struct sandbox thread = with_getppid("kill-thread");
	struct sandbox process = with_getppid("kill-process");

	(void)state;
	assert_int_equal(outcome(act_thread, NULL, NULL), 0);
	assert_int_equal(outcome(act_thread, NULL, &thread), ECANCELED);
	assert_int_equal(outcome(act_thread, NULL, &process), SIGSYSED);
	sandbox_done(&thread);
	sandbox_done(&process);
}

/* What a child is answered that was forked under the filter. */
static int
act_child(void *arg)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0)
		_exit(act_getppid(arg) == 2000 ? 20 : 0);
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : ECANCELED;
}

static void
h09_threads_and_children_have_the_filter(void **state)
{
	struct sandbox sandbox = with_getppid("return 2000");

	(void)state;
	assert_int_equal(outcome(act_thread, NULL, NULL), 0);
	assert_int_equal(outcome(act_thread, NULL, &sandbox), 2000);
	assert_int_equal(outcome(act_child, NULL, NULL), 0);
	assert_int_equal(outcome(act_child, NULL, &sandbox), 20);
	sandbox_done(&sandbox);
}

/* A second filter under the first. */
static int
act_second(void *second)
{
	if (sandbox_load(second) != 0)
		return errno;
	return act_getppid(NULL);
}

static void
h10_of_stacked_filters_the_strictest_answer_wins(void **state)
{
	(void)state;
	for (size_t a = 0; a < N(actions); a++) {
		for (size_t b = 0; b < N(actions); b++) {
			struct sandbox first = with_getppid(actions[a].action);
			struct sandbox second = with_getppid(actions[b].action);
			int want = actions[a < b ? a : b].outcome;
			int got = outcome(act_second, &second, &first);

			if (got != want)
				fail_msg("%s and %s: %d, not %d",
					 actions[a].action, actions[b].action,
					 got, want);
			sandbox_done(&first);
			sandbox_done(&second);
		}
	}
}

/* Ten more filters, of which one is other than the rest. */
struct stack {
	const struct sandbox *rest, *other;
	int at;
};

static int
act_stack(void *arg)
{
	const struct stack *stack = arg;

	for (int i = 0; i < 10; i++)
		if (sandbox_load(i == stack->at ? stack->other : stack->rest) !=
		    0)
			return errno;
	return act_getppid(NULL);
}

static void
h10_one_of_ten_filters_is_enough(void **state)
{
	struct sandbox rest = with_getppid("allow");
	struct sandbox other = with_getppid("return 2000");
	struct stack stack = { &rest, &other, -1 };

	(void)state;
	assert_int_equal(outcome(act_stack, &stack, NULL), 0);
	for (stack.at = 0; stack.at < 10; stack.at++)
		assert_int_equal(outcome(act_stack, &stack, NULL), 2000);
	sandbox_done(&rest);
	sandbox_done(&other);
}

static int
act_load_without_nnp(void *arg)
{
	const struct sandbox *sandbox = arg;
	struct sock_fprog prog = {
		.len = (unsigned short)sandbox->filter.len,
		.filter = sandbox->filter.insns,
	};

	if (geteuid() == 0 &&
	    (syscall(SYS_setresgid, 65534, 65534, 65534) != 0 ||
	     syscall(SYS_setresuid, 65534, 65534, 65534) != 0))
		return errno;
	errno = 0;
	return result(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog));
}

static int
act_load(void *arg)
{
	if (geteuid() == 0 &&
	    (syscall(SYS_setresgid, 65534, 65534, 65534) != 0 ||
	     syscall(SYS_setresuid, 65534, 65534, 65534) != 0))
		return errno;
	return sandbox_load(arg) == 0 ? 0 : errno;
}

static void
h09_without_no_new_privs_there_is_no_filter(void **state)
{
	struct sandbox sandbox = with_getppid("allow");

	(void)state;
	if (prctl(PR_GET_NO_NEW_PRIVS, 0L, 0L, 0L, 0L) != 0) {
		sandbox_done(&sandbox);
		print_message("this process has no_new_privs\n");
		skip();
	}
	assert_int_equal(outcome(act_load, &sandbox, NULL), 0);
	assert_int_equal(outcome(act_load_without_nnp, &sandbox, NULL), EACCES);
	sandbox_done(&sandbox);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(h10_an_action_does_what_it_says),
		cmocka_unit_test(
		    h10_a_trap_tells_the_handler_which_call_it_was),
		cmocka_unit_test(
		    h10_kill_thread_ends_one_thread_and_kill_process_all),
		cmocka_unit_test(h09_threads_and_children_have_the_filter),
		cmocka_unit_test(
		    h10_of_stacked_filters_the_strictest_answer_wins),
		cmocka_unit_test(h10_one_of_ten_filters_is_enough),
		cmocka_unit_test(h09_without_no_new_privs_there_is_no_filter),
	};

	return sandbox_main(argc, argv, tests, N(tests));
}
