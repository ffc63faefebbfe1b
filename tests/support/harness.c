/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The frame around the launching tests.  Static state is the process's own:
 * cleaning up is left to the process that set it up, not to its forks.
 */
#include "harness.h"

#include "procstate.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <grp.h>
#include <linux/capability.h>
#include <pthread.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static char scratch[64];
static pid_t owner;
static int n_arguments;
static char **arguments;

const char *
harness_text(const char *fmt, ...)
{
	static _Thread_local char text[16][4096];
	static _Thread_local unsigned int turn;
	char *out = text[turn++ % 16];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(out, sizeof(text[0]), fmt, ap);
	va_end(ap);
	return out;
}

const char *
harness_scratch(void)
{
	return scratch;
}

const char *
harness_path(const char *name)
{
	return harness_text("%s/%s", scratch, name);
}

const char *
harness_reporter(void)
{
	return harness_path("reporter");
}

const char *
harness_census(void)
{
	return harness_path("census");
}

const char *
harness_speaker(void)
{
	return harness_path("speaker");
}

const char *
harness_file(const char *name, const void *data, size_t len, unsigned int mode)
{
	const char *path = harness_path(name);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0 || write(fd, data, len) != (ssize_t)len ||
	    fchmod(fd, mode) != 0) {
		perror(path);
		abort();
	}
	(void)close(fd);
	return path;
}

static void
copy_program(const char *from, const char *name)
{
	static char data[1 << 22];
	int fd = open(from, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, data, sizeof(data));

	if (n <= 0 || n == (ssize_t)sizeof(data)) {
		perror(from);
		abort();
	}
	(void)close(fd);
	(void)harness_file(name, data, (size_t)n, 0755);
}

static int
remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	(void)remove(path);
	return 0;
}

static void
clean_up(void)
{
	if (getpid() == owner && chdir("/") == 0)
		(void)nftw(scratch, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void
set_up(void)
{
	(void)strcpy(scratch, "/tmp/caisson-test-XXXXXX");
	owner = getpid();
	if (mkdtemp(scratch) == NULL || chmod(scratch, 0755) != 0) {
		perror(scratch);
		abort();
	}
	(void)atexit(clean_up);
	copy_program(REPORTER_PATH, "reporter");
	copy_program(CENSUS_PATH, "census");
	copy_program(SPEAKER_PATH, "speaker");
}

bool
harness_has_capability(unsigned int cap)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3,
						 0 };
	struct __user_cap_data_struct d[2];

	memset(d, 0, sizeof(d));
	(void)syscall(SYS_capget, &head, d);
	return (d[cap / 32].effective >> (cap % 32) & 1) != 0;
}

void
harness_descriptors(unsigned long n)
{
	struct rlimit files;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &files), 0);
	if (files.rlim_cur >= n)
		return;
	files.rlim_cur = files.rlim_max;
	if (files.rlim_max < n || setrlimit(RLIMIT_NOFILE, &files) < 0) {
		print_message("skipped: needs %lu open files\n", n);
		skip();
	}
}

bool
harness_is_root(void)
{
	return geteuid() == 0 && harness_has_capability(CAP_SETUID) &&
	       harness_has_capability(CAP_SETPCAP);
}

uint32_t
harness_unused_id(void)
{
	static uint32_t next;
	uint32_t id;

	if (next == 0)
		next = 100000 + (uint32_t)getpid() % 500000 * 1000;
	do
		id = next++;
	while (getpwuid(id) != NULL || getgrgid(id) != NULL);
	return id;
}

void
harness_become(uint32_t uid, uint32_t gid)
{
	if (setgroups(0, NULL) != 0 || setresgid(gid, gid, gid) != 0 ||
	    setresuid(uid, uid, uid) != 0 || prctl(PR_SET_DUMPABLE, 1) != 0) {
		perror("harness_become");
		abort();
	}
}

static bool
has_flag(const char *flag)
{
	for (int i = 1; i < n_arguments; i++)
		if (strcmp(arguments[i], flag) == 0)
			return true;
	return false;
}

unsigned long
harness_argument(const char *name, unsigned long otherwise)
{
	size_t len = strlen(name);

	for (int i = 1; i < n_arguments; i++)
		if (strncmp(arguments[i], name, len) == 0 &&
		    arguments[i][len] == '=')
			return strtoul(arguments[i] + len + 1, NULL, 10);
	return otherwise;
}

/*
 * What a failed test left running would hold this program's output open, and
 * whoever waits for that would wait for ever.
 */
static void
kill_children(void)
{
	FILE *f = fopen("/proc/thread-self/children", "re");
	int pid;

	if (f == NULL)
		return;
	while (fscanf(f, "%d", &pid) == 1)
		(void)kill(pid, SIGKILL);
	(void)fclose(f);
}

int
harness_main(const char *name, int argc, char **argv,
	     const struct CMUnitTest *tests, size_t n)
{
	int failed;

	n_arguments = argc;
	arguments = argv;
	if ((has_flag("--as-user") || has_flag("--root")) &&
	    !harness_is_root()) {
		printf("skipped: needs root\n");
		return HARNESS_SKIP;
	}
	set_up();
	if (has_flag("--as-user")) {
		uint32_t id = harness_unused_id();

		if (chown(scratch, id, id) != 0)
			abort();
		harness_become(id, id);
	}
	failed = _cmocka_run_group_tests(name, tests, n, NULL, NULL);
	if (failed != 0)
		kill_children();
	return failed;
}

bool
harness_try_in_fork(void (*fn)(void *arg), void *arg)
{
	pid_t parent = getpid(), pid;
	int status = 0;

	(void)fflush(NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		/* cmocka would go on with the next test: abort instead. */
		struct rlimit none = { 0, 0 };

		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		/* 0: a parent in another pid namespace cannot be seen */
		if (getppid() != parent && getppid() != 0)
			_exit(1);
		(void)setrlimit(RLIMIT_CORE, &none);
		(void)setenv("CMOCKA_TEST_ABORT", "1", 1);
		fn(arg);
		exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status == 0;
}

void
harness_in_fork(void (*fn)(void *arg), void *arg)
{
	if (!harness_try_in_fork(fn, arg))
		fail_msg("the forked part failed");
}

json_t *
harness_snapshot(void)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	json_error_t e;
	json_t *state;

	assert_non_null(out);
	procstate_write(out, NULL);
	assert_int_equal(fclose(out), 0);
	state = json_loadb(text, len, 0, &e);
	if (state == NULL)
		fail_msg("procstate: %s in %s", e.text, text);
	free(text);
	return state;
}

static void *
end_at_once(void *arg)
{
	return arg;
}

void
harness_first_thread(void)
{
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, end_at_once, NULL), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
}

void
harness_assert_childless(void)
{
	siginfo_t info = { 0 };
	int r = waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT | __WALL);

	if (r == 0)
		fail_msg("a child is left over: pid %d", (int)info.si_pid);
	assert_int_equal(errno, ECHILD);
}

void
harness_assert_unchanged(json_t *before)
{
	json_t *after = harness_snapshot(), *was, *is;
	const char *key;
	int differ = 0;

	json_object_foreach(before, key, was)
	{
		is = json_object_get(after, key);
		if (json_equal(was, is))
			continue;
		differ++;
		print_error("%s changed: %s\n  to %s\n", key,
			    json_dumps(was, JSON_ENCODE_ANY),
			    json_dumps(is, JSON_ENCODE_ANY));
	}
	json_decref(before);
	json_decref(after);
	assert_int_equal(differ, 0);
}

json_t *
harness_json(const char *text)
{
	char *copy = strdup(text);
	json_error_t e;
	json_t *value;

	assert_non_null(copy);
	for (char *p = copy; *p != '\0'; p++)
		if (*p == '\'')
			*p = '"';
	value = json_loads(copy, 0, &e);
	if (value == NULL)
		fail_msg("%s in %s", e.text, copy);
	free(copy);
	return value;
}
