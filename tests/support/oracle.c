/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The state oracle.  Defaults are written down here once more, from the
 * documentation and not from the library: that is the point of an oracle.
 */
#include "oracle.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What a program has from its launcher unless the spec says otherwise. */
static const char *const inherited[] = {
	"ruid",
	"euid",
	"suid",
	"fsuid",
	"rgid",
	"egid",
	"sgid",
	"fsgid",
	"groups",
	"rlimits",
	"umask",
	"nice",
	"policy",
	"cpus",
	"ioprio",
	"ctty",
	"oom_score_adj",
	"timerslack",
	"thp_disable",
	"tsc",
	"sid",
	"personality",
	"namespaces",
	"cgroup",
	"root",
	"tpgid",
	"session_keyring",
	"coredump_filter",
};

static const char defaults[] =
    "{'cap_inh':'0000000000000000','cap_prm':'0000000000000000',"
    "'cap_eff':'0000000000000000','cap_bnd':'0000000000000000',"
    "'cap_amb':'0000000000000000','keepcaps':0,'no_new_privs':1,"
    "'threads':1,'dumpable':1,'sig_blocked':'0000000000000000',"
    "'sig_pending':'0000000000000000','sig_ignored':'0000000000000000',"
    "'sig_caught':'0000000000000000','itimers':[0,0,0],'cwd':'/',"
    "'environ':[],'at_secure':0,'subreaper':0,'pdeathsig':0}";

static void
set_number(json_t *object, const char *name, long value)
{
	assert_int_equal(json_object_set_new(object, name, json_integer(value)),
			 0);
}

static const json_t *
find_fd(const json_t *state, int number)
{
	const json_t *fds = json_object_get(state, "fds"), *fd;
	size_t i;

	json_array_foreach(fds, i, fd) if (launching_number(fd, "fd") ==
					   number) return fd;
	return NULL;
}

/* 0 and 2 are the caller's, 1 is the pipe that the report came through. */
static json_t *
expected_fds(const struct launched *l, const json_t *caller)
{
	json_t *fds = json_array();
	json_t *out =
	    json_pack("{s:i,s:s,s:s,s:i,s:i,s:I,s:I}", "fd", 1, "type", "pipe",
		      "target",
		      harness_text("pipe:[%llu]",
				   (unsigned long long)l->pipe_ino),
		      "flags", 1, "cloexec", 0, "dev", (json_int_t)l->pipe_dev,
		      "ino", (json_int_t)l->pipe_ino);

	for (int fd = 0; fd < 3; fd++) {
		const json_t *have = find_fd(caller, fd);
		json_t *copy = fd == 1 ? out : json_deep_copy(have);

		if (copy == NULL)
			continue;
		set_number(copy, "cloexec", 0);
		assert_int_equal(json_array_append_new(fds, copy), 0);
	}
	return fds;
}

static void
expect_privilege(json_t *expect, const struct launched *l, const json_t *caller)
{
	bool setpcap = harness_has_capability(CAP_SETPCAP);
	long filters = launching_number(caller, "seccomp_filters");

	/* exec clears KEEP_CAPS */
	set_number(expect, "securebits",
		   setpcap ? ORACLE_SECUREBITS
			   : launching_number(caller, "securebits") & ~0x10L);
	if (!setpcap)
		(void)json_object_set(expect, "cap_bnd",
				      json_object_get(caller, "cap_bnd"));
	set_number(expect, "seccomp",
		   l->confined ? 2 : launching_number(caller, "seccomp"));
	set_number(expect, "seccomp_filters", filters + (l->confined ? 1 : 0));
	/* The default profile does not let a program talk to the keyrings. */
	if (l->confined)
		set_number(expect, "session_keyring", -EPERM);
}

static json_t *
expected(const struct launched *l)
{
	json_t *expect = harness_json(defaults), *caller = harness_snapshot();
	long tty0 = tcgetpgrp(0), tty2 = tcgetpgrp(2);

	for (size_t i = 0; i < sizeof(inherited) / sizeof(inherited[0]); i++)
		(void)json_object_set(expect, inherited[i],
				      json_object_get(caller, inherited[i]));
	expect_privilege(expect, l, caller);
	set_number(expect, "pid", l->pid);
	set_number(expect, "pgid", l->pid);
	set_number(expect, "ppid", getpid());
	(void)json_object_set_new(expect, "tcgetpgrp",
				  json_pack("[I,i,I]", (json_int_t)tty0, -1,
					    (json_int_t)tty2));
	(void)json_object_set_new(expect, "fds", expected_fds(l, caller));
	(void)json_object_set_new(expect, "argv",
				  json_pack("[s,s,s]", harness_reporter(),
					    "state", "1"));
	json_decref(caller);
	return expect;
}

static void
replace_limits(json_t *limits, json_t *except)
{
	const char *key;
	json_t *value;

	json_object_foreach(except, key, value)(void)
	    json_array_set(limits, strtoul(key, NULL, 10), value);
}

static void
apply_exceptions(json_t *expect, const char *text, int32_t pid)
{
	json_t *except = harness_json(text), *value, *copy;
	const char *key;

	copy = json_deep_copy(json_object_get(expect, "rlimits"));
	(void)json_object_set_new(expect, "rlimits", copy);
	json_object_foreach(except, key, value)
	{
		const char *word = json_string_value(value);

		if (strcmp(key, "rlimits") == 0)
			replace_limits(copy, value);
		else if (word != NULL && strcmp(word, "$pid") == 0)
			set_number(expect, key, pid);
		else
			(void)json_object_set(expect, key, value);
	}
	json_decref(except);
}

static int
compare(const json_t *expect, const json_t *state)
{
	const char *key;
	json_t *is;
	int differ = 0;

	json_object_foreach((json_t *)(uintptr_t)state, key, is)
	{
		const json_t *want = json_object_get(expect, key);
		char *a, *b;

		if (json_is_null(want) || json_equal(want, is))
			continue;
		a = json_dumps(want, JSON_ENCODE_ANY);
		b = json_dumps(is, JSON_ENCODE_ANY);
		print_message("  %s: expected %s\n  %*s  found    %s\n", key,
			      a != NULL ? a : "nothing", (int)strlen(key), "",
			      b);
		free(a);
		free(b);
		differ++;
	}
	return differ;
}

int
oracle_differences(const struct launched *l, const char *except)
{
	json_t *expect = expected(l);
	int differ;

	if (except != NULL)
		apply_exceptions(expect, except, l->pid);
	(void)json_object_set(expect, "at_uid",
			      json_object_get(expect, "ruid"));
	(void)json_object_set(expect, "at_euid",
			      json_object_get(expect, "euid"));
	differ = compare(expect, l->state);
	json_decref(expect);
	return differ;
}

const char *
oracle_fds(const json_t *state)
{
	static _Thread_local char text[4096];
	const json_t *fds = json_object_get(state, "fds"), *fd;
	size_t i, len = 0;

	text[0] = '\0';
	json_array_foreach(fds, i, fd)
	{
		int n = snprintf(text + len, sizeof(text) - len, "%s%ld:%s",
				 i > 0 ? " " : "", launching_number(fd, "fd"),
				 launching_string(fd, "type"));

		assert_in_range(n, 0, sizeof(text) - len - 1);
		len += (size_t)n;
	}
	return text;
}

void
oracle_check(struct launched *l, const char *except)
{
	int differ = oracle_differences(l, except);

	json_decref(l->state);
	l->state = NULL;
	if (differ != 0)
		fail_msg("%d members of the program's state differ", differ);
}
