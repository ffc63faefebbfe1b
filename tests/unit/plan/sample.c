/* SPDX-License-Identifier: Apache-2.0 */
/* Plans that are right: the usual one, and random ones. */
#include "sample.h"

#include <stdio.h>
#include <sys/resource.h>

uint64_t
sample_number(uint64_t *state)
{
	uint64_t x = *state;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	*state = x;
	return x * 0x2545f4914f6cdd1dull >> 11;
}

static size_t
below(uint64_t *state, size_t n)
{
	return (size_t)(sample_number(state) % n);
}

static void
set_text(char *out, const char *text)
{
	(void)snprintf(out, SAMPLE_TEXT, "%s", text);
}

static void
add(char **v, size_t *n, char *text)
{
	v[(*n)++] = text;
	v[*n] = NULL;
}

static void
point(struct sample *s)
{
	s->plan.argv = s->argv;
	s->plan.envp = s->envp;
	s->plan.groups = s->groups;
	s->plan.rlimits = s->rlimits;
	s->plan.fds = s->fds;
	s->plan.engine = CAISSON_ENGINE_FORK;
}

static void
set_caps(struct sample *s, uint64_t caps)
{
	s->plan.sets =
	    (struct cred_sets){ .bounding = caps, .permitted = caps };
	s->plan.sets.effective = s->plan.sets.inheritable = caps;
	s->plan.sets.ambient = caps;
}

void
sample_usual(struct sample *s)
{
	static const char *const texts[] = {
		"/usr/bin/make", "/srv/build", "/srv/root",
		"make",          "-j2",        "all",
		"HOME=/h",       "LANG=C",     "PATH=/usr/bin",
	};
	size_t argc = 0, envc = 0;
	struct plan *p = &s->plan;

	memset(s, 0, sizeof(*s));
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		set_text(s->text[i], texts[i]);
	for (size_t i = 3; i < 6; i++)
		add(s->argv, &argc, s->text[i]);
	for (size_t i = 6; i < 9; i++)
		add(s->envp, &envc, s->text[i]);
	point(s);
	set_caps(s, 1u << 10);
	p->path = s->text[0];
	p->cwd = s->text[1];
	p->chroot = s->text[2];
	p->deadline_ms = 10000;
	p->new_group = p->set_umask = p->set_nice = true;
	p->umask = 022;
	p->nice = 5;
	p->uid = 1001;
	p->gid = 1002;
	s->groups[p->n_groups++] = 4;
	s->groups[p->n_groups++] = 1002;
	s->rlimits[p->n_rlimits++] =
	    (struct plan_rlimit){ RLIMIT_CORE, 0, CAISSON_UNLIMITED };
	p->set_nofile = true;
	p->nofile = (struct plan_rlimit){ RLIMIT_NOFILE, 64, 128 };
	for (int fd = 0; fd < 4; fd++)
		s->fds[p->n_fds++] = (struct plan_fd){ fd, 1000 + fd };
	s->insns[0] = (struct sock_filter){ 6, 0, 0, 0x7fff0000 };
	p->filter.insns = s->insns;
	p->filter.len = 1;
}

static void
random_path(char *out, uint64_t *state, bool may_be_root)
{
	static const char *const names[] = { "bin", "a", "...", "..x", "\xff" };
	size_t n = below(state, 4) + !may_be_root;

	set_text(out, n == 0 ? "/" : "");
	for (; n > 0; n--) {
		(void)strcat(out, "/");
		(void)strcat(out, names[below(state, 5)]);
	}
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void
random_strings(struct sample *s, uint64_t *state)
{
	size_t argc = 0, envc = 0, n = below(state, SAMPLE_STRINGS) + 1;
	char *text;

	for (size_t i = 0; i < n; i++) {
		text = s->text[3 + i];
		for (size_t k = below(state, 9); k > 0; k--)
			text[k - 1] = (char)(1 + below(state, 255));
		add(s->argv, &argc, text);
	}
	n = below(state, SAMPLE_STRINGS + 1);
	for (size_t i = 0; i < n; i++) {
		text = s->text[3 + SAMPLE_STRINGS + i];
		/* A name that begins with all before it, and one apart. */
		(void)snprintf(text, SAMPLE_TEXT, "%.*s%c=%zu", (int)(i / 2),
			       "AAAAAAAA", 'A' + (int)(i % 2),
			       below(state, 100));
		add(s->envp, &envc, text);
	}
	qsort(s->envp, envc, sizeof(*s->envp), by_text);
}

static void
random_process(struct plan *p, uint64_t *state)
{
	size_t group = below(state, 3), terminal = below(state, 3);

	p->new_group = group == 1;
	p->new_session = group == 2;
	p->tty = terminal == 2 ? CAISSON_TTY_DETACH : CAISSON_TTY_INHERIT;
	if (terminal == 1 && group == 2)
		p->tty = CAISSON_TTY_CONTROL;
	p->foreground = terminal == 1 && group != 2;
	p->parent_death_signal = (int)below(state, 32);
	p->set_umask = below(state, 2) == 1;
	p->umask = p->set_umask ? (uint32_t)below(state, 01000) : 0;
	p->set_nice = below(state, 2) == 1;
	p->nice = p->set_nice ? (int)below(state, 40) - 20 : 0;
	p->set_oom_score_adj = below(state, 2) == 1;
	p->oom_score_adj =
	    p->set_oom_score_adj ? (int)below(state, 2001) - 1000 : 0;
	p->deadline_ms = 1 + below(state, PLAN_DEADLINE_MAX_MS);
	p->uid = (uint32_t)below(state, 0xffffffff);
	p->gid = (uint32_t)below(state, 0xffffffff);
}

static void
random_limits(struct sample *s, uint64_t *state)
{
	struct plan *p = &s->plan;

	for (uint32_t i = 0; i < 16; i++) {
		uint64_t soft = below(state, 1000);
		struct plan_rlimit limit = { i, soft, soft + below(state, 9) };

		if (below(state, 3) == 0)
			limit.hard = CAISSON_UNLIMITED;
		if (below(state, 3) > 0)
			continue;
		if (i == RLIMIT_NOFILE) {
			p->set_nofile = true;
			p->nofile = limit;
		} else {
			s->rlimits[p->n_rlimits++] = limit;
		}
	}
}

void
sample_random(struct sample *s, uint64_t *state)
{
	struct plan *p = &s->plan;
	uint32_t id = 0;
	int fd = -1;

	memset(s, 0, sizeof(*s));
	point(s);
	random_process(p, state);
	random_strings(s, state);
	random_limits(s, state);
	random_path(s->text[0], state, false);
	random_path(s->text[1], state, true);
	random_path(s->text[2], state, true);
	p->path = s->text[0];
	p->cwd = s->text[1];
	p->chroot = strcmp(s->text[2], "/") == 0 ? NULL : s->text[2];
	set_caps(s, sample_number(state) & ((2ull << SAMPLE_LAST_CAP) - 1));
	for (size_t n = below(state, 9); n > 0; n--)
		s->groups[p->n_groups++] = id += (uint32_t)below(state, 99) + 1;
	for (size_t n = below(state, 12); n > 0; n--) {
		fd += (int)below(state, 80) + 1;
		s->fds[p->n_fds] = (struct plan_fd){ fd, 1000 + (int)p->n_fds };
		p->n_fds++;
	}
	p->filter.len = (unsigned short)below(state, 9);
	for (size_t i = 0; i < p->filter.len; i++)
		s->insns[i].k = (uint32_t)sample_number(state);
	if (p->filter.len > 0)
		p->filter.insns = s->insns;
}
