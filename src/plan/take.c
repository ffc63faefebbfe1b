/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A plan out of bytes, read with privilege: whoever sent them may be the
 * attacker.  Every number has its range in a table, every list its order, and
 * what is accepted has only one form, so nothing is repaired, chosen or
 * ignored.  No allocation, no system calls, and nothing of libc but mem* and
 * str*.
 */
#include "plan/take.h"

#include "base/wire.h"

#include <string.h>
#include <sys/resource.h>

struct take {
	const struct plan_input *from;
	struct plan_memory *memory;
	struct wire_reader in;
	enum plan_part part; /* what is being read */
	struct plan plan;
};

#define RANGE(name, least, most) { least, most },

static const struct {
	uint64_t least, most;
} ranges[PLAN_NUMBERS] = { PLAN_EACH_NUMBER(RANGE) };

/* Each is in its range; but do they fit together, and what is here? */
static bool
take_numbers(struct take *t, uint64_t n[PLAN_NUMBERS])
{
	for (t->part = 0; t->part < PLAN_NUMBERS; t->part++)
		if (!wire_read_u64(&t->in, &n[t->part]) ||
		    n[t->part] < ranges[t->part].least ||
		    n[t->part] > ranges[t->part].most)
			return false;
	t->part = PLAN_TERMINAL;
	if (n[PLAN_TERMINAL] == (n[PLAN_GROUP] == PLAN_GROUP_SESSION
				     ? PLAN_TERMINAL_FOREGROUND
				     : PLAN_TERMINAL_CONTROL))
		return false;
	t->part = PLAN_CAPABILITIES;
	if (n[PLAN_CAPABILITIES] > UINT64_MAX >> (63 - t->from->last_cap))
		return false;
	t->part = PLAN_FDC;
	return n[PLAN_FDC] == t->from->n_fds;
}

/* What is set is 1 more, and what is not set is not looked at. */
static void
use_numbers(struct take *t, const uint64_t n[PLAN_NUMBERS])
{
	const uint64_t caps = n[PLAN_CAPABILITIES];

	t->plan = (struct plan){
		PLAN_NONE,
		.argv = t->memory->argv,
		.envp = t->memory->envp,
		.engine = CAISSON_ENGINE_FORK,
		.deadline_ms = n[PLAN_DEADLINE],
		.new_session = n[PLAN_GROUP] == PLAN_GROUP_SESSION,
		.new_group = n[PLAN_GROUP] == PLAN_GROUP_NEW,
		.tty = (uint32_t)(n[PLAN_TERMINAL] % PLAN_TERMINAL_FOREGROUND),
		.foreground = n[PLAN_TERMINAL] == PLAN_TERMINAL_FOREGROUND,
		.parent_death_signal = (int)n[PLAN_PARENT_DEATH],
		.set_umask = n[PLAN_UMASK] > 0,
		.umask = (uint32_t)n[PLAN_UMASK] - 1,
		.set_nice = n[PLAN_NICE] > 0,
		.nice = (int)n[PLAN_NICE] - 1 + PLAN_NICE_LEAST,
		.set_oom_score_adj = n[PLAN_OOM] > 0,
		.oom_score_adj = (int)n[PLAN_OOM] - 1 + PLAN_OOM_LEAST,
		.rlimits = t->memory->rlimits,
		.fds = t->memory->fds,
		.sources = t->memory->sources,
		.uid = (uint32_t)n[PLAN_UID],
		.gid = (uint32_t)n[PLAN_GID],
		.groups = t->memory->groups,
		.groups_scratch = t->memory->groups_scratch,
		.sets = { caps, caps, caps, caps, caps },
		.last_cap = t->from->last_cap,
	};
}

static const char *
take_text(struct take *t, size_t max)
{
	const uint8_t *text;
	size_t len;

	return wire_read_bytes(&t->in, max + 1, &text, &len) && len > 0 &&
		       memchr(text, '\0', len) == text + len - 1
		   ? (const char *)text
		   : NULL;
}

/* No component is empty, "." or ".."; but a directory may be "/". */
static bool
take_path(struct take *t, enum plan_part part, const char **out)
{
	const char *p = *out = take_text(t, PLAN_PATH_MAX);

	t->part = part;
	if (p == NULL || *p != '/')
		return false;
	for (size_t len; *p == '/'; p += len) {
		len = strcspn(++p, "/");
		if (strncmp(p, "..", len) == 0)
			return part != PLAN_PATH && strcmp(*out, "/") == 0;
	}
	return true;
}

/* The same name twice stands side by side: what is between begins alike. */
static bool
take_strings(struct take *t, enum plan_part part, uint64_t n, char **v)
{
	const char *text, *last = "";

	t->part = part;
	for (size_t len; n > 0; n--, last = text) {
		text = take_text(t, PLAN_TEXT_MAX);
		if (text == NULL)
			return false;
		len = strcspn(text, "=");
		if (part == PLAN_ENV &&
		    (len == 0 || text[len] != '=' || strcmp(last, text) >= 0 ||
		     strncmp(last, text, len + 1) == 0))
			return false;
		memcpy(v++, &text, sizeof(text));
	}
	*v = NULL;
	return true;
}

static bool
take_element(struct take *t, uint32_t number)
{
	struct plan_rlimit limit = { .resource = number };
	struct plan *plan = &t->plan;

	if (t->part == PLAN_GROUPS) {
		t->memory->groups[plan->n_groups++] = number;
	} else if (t->part == PLAN_FDS) {
		struct plan_fd fd = { (int)number, t->from->fds[plan->n_fds] };

		t->memory->sources[plan->n_fds] = fd.source;
		t->memory->fds[plan->n_fds++] = fd;
	} else if (!wire_read_u64(&t->in, &limit.soft) ||
		   !wire_read_u64(&t->in, &limit.hard) ||
		   limit.soft > limit.hard ||
		   /* 2^63 and more is no limit; 2^64 - 1 is none at all */
		   limit.soft + 1 > (uint64_t)1 << 63 ||
		   limit.hard + 1 > (uint64_t)1 << 63) {
		return false;
	} else if (number == RLIMIT_NOFILE) {
		plan->nofile = limit;
		plan->set_nofile = true;
	} else {
		t->memory->rlimits[plan->n_rlimits++] = limit;
	}
	return true;
}

/* What each element begins with ascends, up to last. */
static bool
take_list(struct take *t, enum plan_part part, uint64_t n, uint32_t last)
{
	uint64_t number, next = 0;

	t->part = part;
	for (; n > 0; n--, next = number + 1)
		if (!wire_read_u64(&t->in, &number) || number < next ||
		    number > last || !take_element(t, (uint32_t)number))
			return false;
	return true;
}

static bool
take_filter(struct take *t, bool unconfined)
{
	const uint8_t *insns;
	size_t len;

	t->part = PLAN_FILTER;
	if (!wire_read_bytes(&t->in, sizeof(t->memory->insns), &insns, &len) ||
	    len % PLAN_INSN != 0 || (len == 0) != unconfined)
		return false;
	t->plan.filter.len = (unsigned short)(len / PLAN_INSN);
	if (!unconfined)
		t->plan.filter.insns = memcpy(t->memory->insns, insns, len);
	return true;
}

enum plan_part
plan_take(const struct plan_input *in, struct plan_memory *memory,
	  struct plan *out)
{
	struct take t = { in, memory, { in->data, in->len }, 0, { 0 } };
	uint64_t n[PLAN_NUMBERS];

	if (!take_numbers(&t, n))
		return t.part;
	use_numbers(&t, n);
	if (!take_path(&t, PLAN_PATH, &t.plan.path) ||
	    !take_path(&t, PLAN_CWD, &t.plan.cwd) ||
	    !take_path(&t, PLAN_CHROOT, &t.plan.chroot) ||
	    !take_strings(&t, PLAN_ARGV, n[PLAN_ARGC], memory->argv) ||
	    !take_strings(&t, PLAN_ENV, n[PLAN_ENVC], memory->envp) ||
	    !take_list(&t, PLAN_GROUPS, n[PLAN_GROUPC], PLAN_ID_MAX) ||
	    !take_list(&t, PLAN_RLIMITS, n[PLAN_RLIMITC], PLAN_RLIMIT_LAST) ||
	    !take_list(&t, PLAN_FDS, n[PLAN_FDC], PLAN_TARGET_MAX) ||
	    !take_filter(&t, n[PLAN_UNCONFINED] == 1))
		return t.part;
	if (t.in.left > 0 || in->len > PLAN_SIZE_MAX)
		return PLAN_END;
	if (t.plan.chroot[1] == '\0')
		t.plan.chroot = NULL;
	*out = t.plan;
	return PLAN_TAKEN;
}
