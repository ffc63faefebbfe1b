/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of refused calls have in common. */
#include "reporting.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const struct caisson_launch_options reporting_options = {
	.size = sizeof(struct caisson_launch_options),
	.denials = 1,
};

const char *
reporting_policy(const char *text)
{
	return harness_file("test.policy", text, strlen(text), 0644);
}

/* A copy that another user may execute. */
static const char *
caller(void)
{
	static char data[1 << 22];
	const char *path = harness_path("caller");
	ssize_t n;
	int fd;

	if (access(path, X_OK) == 0)
		return path;
	fd = open(CALLER_PATH, O_RDONLY | O_CLOEXEC);
	n = read(fd, data, sizeof(data));
	assert_true(n > 0 && n < (ssize_t)sizeof(data));
	assert_int_equal(close(fd), 0);
	return harness_file("caller", data, (size_t)n, 0755);
}

struct caisson_spec *
reporting_spec(const char *policy, const char *members, const char *const *args)
{
	struct caisson_spec *spec = launching_spec(members, NULL);
	struct caisson_error err;

	if (policy != NULL &&
	    caisson_spec_set_seccomp_policy(spec, policy, &err) != 0)
		fail_msg("%s", err.msg);
	if (caisson_spec_set_path(spec, caller(), &err) != 0 ||
	    caisson_spec_set_argv(spec, args, &err) != 0)
		fail_msg("%s", err.msg);
	return spec;
}

struct caisson_child *
reporting_start(const char *policy, const char *const *args)
{
	return launching_start(reporting_spec(policy, NULL, args),
			       &reporting_options);
}

static bool
is_same(const struct caisson_denial *a, const struct caisson_denial *b)
{
	return a->arch == b->arch && a->nr == b->nr && a->action == b->action &&
	       a->line == b->line && a->file == b->file;
}

static void
keep(struct reporting_seen *seen, const struct caisson_denial *one)
{
	size_t i = 0;

	while (i < seen->n && !is_same(&seen->v[i], one))
		i++;
	if (i == seen->n) {
		seen->v = reallocarray(seen->v, ++seen->n, sizeof(*seen->v));
		assert_non_null(seen->v);
	} else {
		assert_true(one->count > seen->v[i].count);
	}
	seen->v[i] = *one;
	seen->told++;
}

void
reporting_take(struct caisson_child *child, struct reporting_seen *seen)
{
	struct caisson_denial one = { .size = sizeof(one) };

	while (caisson_child_denial(child, &one)) {
		assert_int_equal(one.size, sizeof(one));
		keep(seen, &one);
	}
}

void
reporting_finish(struct caisson_child *child, struct reporting_seen *seen)
{
	struct caisson_error err;

	memset(seen, 0, sizeof(*seen));
	if (caisson_child_wait(child, CAISSON_FOREVER, &seen->exit, &err) != 0)
		fail_msg("%s", err.msg);
	reporting_take(child, seen);
	/* none is told twice if nothing has happened since */
	assert_int_equal(seen->told, seen->n);
	seen->output = launching_read(child, 1);
	/* the names of files were the child's */
	for (size_t i = 0; i < seen->n; i++)
		if (seen->v[i].file != NULL)
			seen->v[i].file = harness_text("%s", seen->v[i].file);
	caisson_child_free(child);
}

void
reporting_forget(struct reporting_seen *seen)
{
	free(seen->output);
	free(seen->v);
	memset(seen, 0, sizeof(*seen));
}

const struct caisson_denial *
reporting_of(const struct reporting_seen *seen, uint32_t nr)
{
	const struct caisson_denial *found = NULL;

	for (size_t i = 0; i < seen->n; i++)
		if (seen->v[i].arch != 0 && seen->v[i].nr == nr) {
			assert_null(found);
			found = &seen->v[i];
		}
	return found;
}

uint64_t
reporting_count(const struct reporting_seen *seen)
{
	uint64_t n = 0;

	for (size_t i = 0; i < seen->n; i++)
		n += seen->v[i].count;
	return n;
}
