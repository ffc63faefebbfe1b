/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Paths and privilege, as root: chroot and what is seen from it, working
 * directories and programs that the target may not enter, files that a spec
 * names through links, and what only root may ask for.
 */
#include "oracle.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *
target(uint32_t id)
{
	return harness_text("'credentials':{'uid':%u,'gid':%u,'groups':[]}", id,
			    id);
}

/* A root directory with the reporter as its only program. */
static const char *
jail(void)
{
	const char *dir = harness_path("jail");

	if (mkdir(dir, 0755) != 0)
		assert_int_equal(errno, EEXIST);
	(void)mkdir(harness_path("jail/home"), 0755);
	if (link(harness_reporter(), harness_path("jail/program")) != 0)
		assert_int_equal(errno, EEXIST);
	return dir;
}

static struct caisson_spec *
jailed(const char *members, const char *act, const char *a, const char *b)
{
	const char *argv[] = { "program", act, a, b, NULL };
	struct caisson_spec *spec =
	    launching_spec(harness_text("'process':{'chroot':'%s'}%s%s", jail(),
					members[0] != '\0' ? "," : "", members),
			   NULL);
	struct caisson_error err;

	assert_int_equal(caisson_spec_set_path(spec, "/program", &err), 0);
	assert_int_equal(caisson_spec_set_argv(spec, argv, &err), 0);
	return spec;
}

static unsigned long
inode(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return (unsigned long)st.st_ino;
}

/* Where "cd .." leads to in the end. */
static unsigned long
climb(struct caisson_spec *spec)
{
	char *text = launching_output(spec, NULL);
	unsigned long ino = strtoul(text, NULL, 10);

	free(text);
	return ino;
}

static void
nobody_climbs_out_of_a_chroot(void **state)
{
	uint32_t id = harness_unused_id();

	(void)state;
	assert_true(inode("/") != inode(jail()));
	/* the control: without one it leads to the real root directory */
	assert_int_equal(climb(launching_spec(NULL, "climb", "1", NULL)),
			 inode("/"));
	assert_int_equal(climb(jailed("", "climb", "1", NULL)), inode(jail()));
	assert_int_equal(climb(jailed(target(id), "climb", "1", NULL)),
			 inode(jail()));
	assert_int_equal(climb(jailed("'cwd':'/home'", "climb", "1", NULL)),
			 inode(jail()));
}

static void
a_directory_outside(void *arg)
{
	(void)arg;
	assert_int_equal(chdir("/usr"), 0);
	assert_int_equal(climb(jailed("", "climb", "1", NULL)), inode(jail()));
}

static void
nor_by_a_working_directory_outside(void **state)
{
	(void)state;
	harness_in_fork(a_directory_outside, NULL);
}

static void
paths_are_seen_from_inside(void **state)
{
	struct caisson_error err;
	struct caisson_spec *spec;
	char *text;

	(void)state;
	text = launching_output(jailed("", "open", "1", "/etc/passwd"), NULL);
	assert_string_equal(text, "-2\n");
	free(text);
	launching_refused(jailed("'cwd':'/usr'", "exit", "0", NULL), NULL,
			  &err);
	launching_assert_error(&err, CAISSON_E_SYSTEM, CAISSON_STAGE_CWD,
			       "cwd: /usr: No such file or directory");
	spec = jailed("", "exit", "0", NULL);
	assert_int_equal(caisson_spec_set_path(spec, "/bin/sh", &err), 0);
	launching_refused(spec, NULL, &err);
	launching_assert_error(&err, CAISSON_E_NOT_FOUND, CAISSON_STAGE_PROGRAM,
			       "program: /bin/sh: No such file or directory");
}

static void
links_in_a_chroot_stay_inside(void **state)
{
	struct caisson_spec *spec = jailed("", "write", "1", "it ran");
	const char *path = harness_path("jail/link");
	struct caisson_error err;
	char *text;

	(void)state;
	assert_int_equal(symlink("/program", path), 0);
	assert_int_equal(caisson_spec_set_path(spec, "/link", &err), 0);
	text = launching_output(spec, NULL);
	assert_string_equal(text, "it ran");
	free(text);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink(harness_reporter(), path), 0);
	spec = jailed("", "write", "1", "it ran");
	assert_int_equal(caisson_spec_set_path(spec, "/link", &err), 0);
	launching_refused(spec, NULL, &err);
	assert_int_equal(err.code, CAISSON_E_NOT_FOUND);
	assert_int_equal(unlink(path), 0);
}

static void
a_chroot_that_is_not_there_is_an_error(void **state)
{
	struct caisson_error err;

	(void)state;
	launching_refused(launching_spec("'process':{'chroot':'/nonexistent'}",
					 "exit", "0", NULL),
			  NULL, &err);
	assert_int_equal(err.code, CAISSON_E_NOT_FOUND);
}

static void
the_target_must_be_able_to_enter_its_directory(void **state)
{
	const char *dir = harness_path("private");
	uint32_t id = harness_unused_id();
	struct caisson_error err;
	struct launched l;

	(void)state;
	assert_int_equal(mkdir(dir, 0700), 0);
	/* root enters it, with what root has */
	l = launching_state(harness_text("'cwd':'%s'", dir), NULL);
	oracle_check(&l, harness_text("{'cwd':'%s'}", dir));
	launching_refused(launching_spec(harness_text("'cwd':'%s',%s", dir,
						      target(id)),
					 "exit", "0", NULL),
			  NULL, &err);
	launching_assert_error(&err, CAISSON_E_SYSTEM, CAISSON_STAGE_CWD,
			       harness_text("cwd: %s: Permission denied", dir));
	assert_int_equal(chown(dir, id, id), 0);
	l = launching_state(harness_text("'cwd':'%s',%s", dir, target(id)),
			    NULL);
	assert_string_equal(launching_string(l.state, "cwd"), dir);
	json_decref(l.state);
	assert_int_equal(rmdir(dir), 0);
}

static void
the_target_must_be_able_to_reach_its_program(void **state)
{
	const char *dir = harness_path("hidden");
	const char *path = harness_path("hidden/program");
	uint32_t id = harness_unused_id();
	struct caisson_spec *spec;
	struct caisson_error err;

	(void)state;
	assert_int_equal(mkdir(dir, 0700), 0);
	assert_int_equal(link(harness_reporter(), path), 0);
	spec = launching_spec(target(id), "write", "1", "it ran", NULL);
	assert_int_equal(caisson_spec_set_path(spec, path, &err), 0);
	launching_refused(spec, NULL, &err);
	assert_true(err.stage == CAISSON_STAGE_IDENTIFY ||
		    err.stage == CAISSON_STAGE_EXEC);
	assert_int_equal(err.sys_errno, EACCES);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(dir), 0);
}

static void
try_link(const char *path, uint32_t id)
{
	const char *files =
	    harness_text("'extra_fds':[{'fd':5,'type':'file','path':'%s',"
			 "'mode':'read'}]",
			 path);
	struct caisson_error err;
	struct launched l = launching_state(files, NULL);

	/* the control: in the caller's own authority links are followed */
	assert_non_null(strstr(oracle_fds(l.state), "5:file"));
	json_decref(l.state);
	launching_refused(launching_spec(harness_text("%s,%s", files,
						      target(id)),
					 "exit", "0", NULL),
			  NULL, &err);
	launching_assert_error(&err, CAISSON_E_SYSTEM, CAISSON_STAGE_FILES,
			       "files: fd 5: symbolic links are not followed "
			       "when the uid changes: Too many levels of "
			       "symbolic links");
}

static void
files_are_not_opened_through_links_for_another_user(void **state)
{
	uint32_t id = harness_unused_id();
	const char *dir = harness_path("theirs");

	(void)state;
	assert_int_equal(mkdir(dir, 0755), 0);
	assert_int_equal(chown(dir, id, id), 0);
	assert_int_equal(symlink("/etc/shadow", harness_path("theirs/file")),
			 0);
	assert_int_equal(symlink("/etc", harness_path("theirs/dir")), 0);
	try_link(harness_path("theirs/file"), id);
	try_link(harness_path("theirs/dir/passwd"), id);
	try_link(harness_text("/proc/%d/root/etc/passwd", (int)getpid()), id);
}

static void
a_file_that_root_opened_stays_open_for_the_target(void **state)
{
	uint32_t id = harness_unused_id();
	const char *path = harness_file("for root", "secret", 6, 0600);
	char *text = launching_output(
	    launching_spec(harness_text("'extra_fds':[{'fd':5,'type':'file',"
					"'path':'%s','mode':'read'}],%s",
					path, target(id)),
			   "copy", "5", "1", NULL),
	    NULL);

	(void)state;
	assert_string_equal(text, "secret");
	free(text);
	text = launching_output(launching_spec(target(id), "open", "1", path,
					       NULL),
				NULL);
	assert_string_equal(text, "-13\n");
	free(text);
}

static void
root_can_be_nicer_than_nice(void **state)
{
	struct launched l = launching_state("'process':{'nice':-5}", NULL);

	(void)state;
	oracle_check(&l, "{'nice':-5}");
	l = launching_state(harness_text("'process':{'nice':-11},%s",
					 target(harness_unused_id())),
			    NULL);
	assert_int_equal(launching_number(l.state, "nice"), -11);
	json_decref(l.state);
}

static void
die_with_launcher(void *arg)
{
	int *pipe_end = arg;
	const char *members =
	    harness_text("'process':{'parent_death_signal':'SIGTERM'},%s",
			 target(harness_unused_id()));
	struct launched l = launching_state(members, NULL);
	/* kept to the end, not a leak; volatile, or it is optimised away */
	static struct caisson_child *volatile child;
	int32_t pid;

	assert_int_equal(launching_number(l.state, "pdeathsig"), SIGTERM);
	json_decref(l.state);
	child = launching_start(launching_spec(members, "sleep", "60000", NULL),
				NULL);
	pid = caisson_child_pid(child);
	assert_int_equal(write(pipe_end[1], &pid, sizeof(pid)), sizeof(pid));
	exit(0); /* and the handle is never freed */
}

static void
subreaper(void *arg)
{
	int32_t pid = 0;
	int ends[2], status = 0;

	(void)arg;
	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	assert_int_equal(pipe(ends), 0);
	harness_in_fork(die_with_launcher, ends);
	assert_int_equal(read(ends[0], &pid, sizeof(pid)), sizeof(pid));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGTERM);
}

static void
the_parent_death_signal_survives_the_change_of_uid(void **state)
{
	(void)state;
	harness_in_fork(subreaper, NULL);
}

static void
another_users_program_can_be_stopped(void **state)
{
	uint32_t id = harness_unused_id();
	struct caisson_exit e = launching_finish(launching_start(
	    launching_spec(harness_text("'timeout_ms':100,'kill_grace_ms':100,"
					"%s",
					target(id)),
			   "ignore", "15", "1", NULL),
	    NULL));

	(void)state;
	assert_int_equal(e.value, SIGKILL);
	assert_true(e.timed_out);
	caisson_child_free(
	    launching_start(launching_spec(target(id), "family", "1", NULL),
			    NULL));
	harness_assert_childless();
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nobody_climbs_out_of_a_chroot),
		cmocka_unit_test(nor_by_a_working_directory_outside),
		cmocka_unit_test(paths_are_seen_from_inside),
		cmocka_unit_test(links_in_a_chroot_stay_inside),
		cmocka_unit_test(a_chroot_that_is_not_there_is_an_error),
		cmocka_unit_test(
		    the_target_must_be_able_to_enter_its_directory),
		cmocka_unit_test(the_target_must_be_able_to_reach_its_program),
		cmocka_unit_test(
		    files_are_not_opened_through_links_for_another_user),
		cmocka_unit_test(
		    a_file_that_root_opened_stays_open_for_the_target),
		cmocka_unit_test(root_can_be_nicer_than_nice),
		cmocka_unit_test(
		    the_parent_death_signal_survives_the_change_of_uid),
		cmocka_unit_test(another_users_program_can_be_stopped),
	};

	return harness_main("places", argc, argv, tests,
			    sizeof(tests) / sizeof(tests[0]));
}
