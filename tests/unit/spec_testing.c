/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of the spec share.  Looks into the spec, past the API. */
#include "spec_testing.h"

#include "spec/spec.h"

struct caisson_error error;

struct caisson_spec *
new_spec(void)
{
	struct caisson_spec *spec = NULL;

	must(caisson_spec_new(&spec, &error));
	return spec;
}

static char *
requote(const char *text)
{
	char *copy = strdup(text);

	assert_non_null(copy);
	for (char *p = copy; *p != '\0'; p++)
		if (*p == '\'')
			*p = '"';
	return copy;
}

int
parse(const char *text, struct caisson_spec **out, struct caisson_error *err)
{
	struct caisson_spec *spec = NULL;
	char *quoted = requote(text);
	int r = caisson_spec_parse(quoted, strlen(quoted), &spec, err);

	free(quoted);
	if (out != NULL)
		*out = spec;
	else
		caisson_spec_free(spec);
	return r;
}

int
load(struct caisson_spec *spec, const char *text, struct caisson_error *err)
{
	char *quoted = requote(text);
	int r = caisson_spec_load(spec, quoted, strlen(quoted), err);

	free(quoted);
	return r;
}

char *
printed(const struct caisson_spec *spec)
{
	char *text = NULL;

	must(caisson_spec_print(spec, &text, &error));
	return text;
}

static void
assert_same_text(const char *a, const char *b)
{
	assert_int_equal(a == NULL, b == NULL);
	if (a != NULL)
		assert_string_equal(a, b);
}

static void
assert_same_strings(const struct spec_strings *a, const struct spec_strings *b)
{
	assert_int_equal(a->n, b->n);
	for (size_t i = 0; i < a->n; i++)
		assert_string_equal(a->v[i], b->v[i]);
}

static void
assert_same_fd(const struct spec_fd *a, const struct spec_fd *b)
{
	assert_int_equal(a->fd, b->fd);
	assert_int_equal(a->kind, b->kind);
	assert_int_equal(a->from, b->from);
	assert_int_equal(a->direction, b->direction);
	assert_int_equal(a->mode, b->mode);
	assert_same_text(a->path, b->path);
}

static void
assert_same_fds(const struct caisson_spec *a, const struct caisson_spec *b)
{
	for (size_t i = 0; i < 3; i++)
		assert_same_fd(&a->stdio[i], &b->stdio[i]);
	assert_int_equal(a->n_extra, b->n_extra);
	for (size_t i = 0; i < a->n_extra; i++)
		assert_same_fd(&a->extra[i], &b->extra[i]);
}

static void
assert_same_identity(const struct spec_identity_fields *a,
		     const struct spec_identity_fields *b)
{
	assert_int_equal(a->kind, b->kind);
	assert_int_equal(a->uid, b->uid);
	assert_int_equal(a->gid, b->gid);
	assert_int_equal(a->n_groups, b->n_groups);
	for (size_t i = 0; i < a->n_groups; i++)
		assert_int_equal(a->groups[i], b->groups[i]);
	assert_same_text(a->user, b->user);
	assert_same_text(a->group, b->group);
}

static void
assert_same_process(const struct spec_process *a, const struct spec_process *b)
{
	assert_int_equal(a->group, b->group);
	assert_int_equal(a->has_group, b->has_group);
	assert_int_equal(a->session, b->session);
	assert_int_equal(a->tty, b->tty);
	assert_int_equal(a->foreground, b->foreground);
	assert_int_equal(a->parent_death_signal, b->parent_death_signal);
	assert_int_equal(a->has_umask, b->has_umask);
	assert_int_equal(a->has_nice, b->has_nice);
	assert_int_equal(a->has_oom_score_adj, b->has_oom_score_adj);
	assert_int_equal(a->umask, b->umask);
	assert_int_equal(a->nice, b->nice);
	assert_int_equal(a->oom_score_adj, b->oom_score_adj);
	assert_same_text(a->chroot, b->chroot);
	assert_int_equal(a->ptrace, b->ptrace);
}

static void
assert_same_handshake(const struct spec_handshake *a,
		      const struct spec_handshake *b)
{
	assert_int_equal(a->has, b->has);
	assert_same_text(a->protocol, b->protocol);
	assert_int_equal(a->has_config, b->has_config);
	assert_int_equal(a->config_len, b->config_len);
	assert_same_text(a->config, b->config);
	assert_int_equal(a->has_map, b->has_map);
	assert_same_strings(&a->keys, &b->keys);
	assert_same_strings(&a->values, &b->values);
	assert_int_equal(a->ready_timeout_ms, b->ready_timeout_ms);
	assert_int_equal(a->has_fds, b->has_fds);
	assert_int_equal(a->data_fd, b->data_fd);
	assert_int_equal(a->status_fd, b->status_fd);
}

static void
assert_same_limits(const struct caisson_spec *a, const struct caisson_spec *b)
{
	assert_int_equal(a->n_rlimits, b->n_rlimits);
	for (size_t i = 0; i < a->n_rlimits; i++) {
		assert_int_equal(a->rlimits[i].resource,
				 b->rlimits[i].resource);
		assert_true(a->rlimits[i].soft == b->rlimits[i].soft);
		assert_true(a->rlimits[i].hard == b->rlimits[i].hard);
	}
	assert_int_equal(a->timeout_ms, b->timeout_ms);
	assert_int_equal(a->kill_grace_ms, b->kill_grace_ms);
}

void
assert_same(const struct caisson_spec *a, const struct caisson_spec *b)
{
	assert_int_equal(a->frozen, b->frozen);
	assert_same_text(a->path, b->path);
	assert_same_strings(&a->argv, &b->argv);
	assert_same_strings(&a->env_names, &b->env_names);
	assert_same_strings(&a->env_values, &b->env_values);
	assert_same_text(a->cwd, b->cwd);
	assert_same_identity(&a->id, &b->id);
	assert_int_equal(a->drop_sudo, b->drop_sudo);
	assert_same_strings(&a->capabilities, &b->capabilities);
	assert_int_equal(a->bounding_required, b->bounding_required);
	assert_same_text(a->profile, b->profile);
	assert_same_text(a->policy, b->policy);
	assert_same_fds(a, b);
	assert_same_process(&a->process, &b->process);
	assert_same_limits(a, b);
	assert_same_handshake(&a->handshake, &b->handshake);
}

void
assert_same_spec(struct caisson_spec *spec, const char *text)
{
	struct caisson_spec *other = NULL;
	char *a, *b;

	must(caisson_spec_freeze(spec, &error));
	must(parse(text, &other, &error));
	assert_same(spec, other);
	a = printed(spec);
	b = printed(other);
	assert_string_equal(a, b);
	caisson_spec_free(other);
	must(caisson_spec_parse(a, strlen(a), &other, &error));
	assert_same(spec, other);
	free(a);
	free(b);
	caisson_spec_free(other);
	caisson_spec_free(spec);
}
