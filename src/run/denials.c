/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answering refused calls.  A notification says which call, with which
 * registers; the policy is asked about exactly that, and what it answers is
 * the answer.  Nothing is read from the program's memory and nothing is ever
 * let through, so that there is nothing to win by changing either meanwhile.
 * Memory is taken before the launch and never after it.
 */
#include "run/denials.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/sys.h"
#include "policy/calls.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#define ERRNO_MAX 4095

/* Room for what a later kernel adds. */
union received {
	struct seccomp_notif notif;
	unsigned char room[512];
};

union answered {
	struct seccomp_notif_resp resp;
	unsigned char room[256];
};

int
denials_new(struct denials **out, struct caisson_error *err)
{
	struct seccomp_notif_sizes sizes = { 0, 0, 0 };
	long r = sys3(SYS_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, &sizes);
	struct denials *d;

	if (r < 0)
		return err_set(err, CAISSON_E_UNSUPPORTED,
			       CAISSON_STAGE_PROFILE, (int)-r,
			       "refused calls cannot be reported here");
	if (sizes.seccomp_notif < sizeof(struct seccomp_notif) ||
	    sizes.seccomp_notif > sizeof(union received) ||
	    sizes.seccomp_notif_resp < sizeof(struct seccomp_notif_resp) ||
	    sizes.seccomp_notif_resp > sizeof(union answered))
		return err_set(err, CAISSON_E_UNSUPPORTED,
			       CAISSON_STAGE_PROFILE, 0,
			       "refused calls cannot be reported here: the "
			       "kernel's notifications are of another size");
	d = calloc(1, sizeof(*d));
	if (d == NULL)
		return err_no_memory(err, CAISSON_STAGE_PROFILE);
	atomic_store(&d->listener, -1);
	d->pidfd = -1;
	*out = d;
	return 0;
}

void
denials_close(struct denials *d)
{
	int fd = atomic_exchange(&d->listener, -1);

	fd_close(&fd);
}

void
denials_free(struct denials *d)
{
	if (d == NULL)
		return;
	denials_close(d);
	policy_free(d->policy);
	free(d);
}

void
denials_start(struct denials *d, int listener, int32_t pid, int pidfd)
{
	d->pid = pid;
	d->pidfd = pidfd;
	atomic_store(&d->listener, listener);
}

/* No call has this id; only a listener says it in these words. */
bool
denials_is_listener(int fd)
{
	uint64_t id = 0;

	return ioctl(fd, SECCOMP_IOCTL_NOTIF_ID_VALID, &id) < 0 &&
	       errno == ENOENT;
}

static bool
is_refusal(uint32_t action)
{
	uint32_t full = action & SECCOMP_RET_ACTION_FULL;

	return full == SECCOMP_RET_ERRNO || full == SECCOMP_RET_KILL_THREAD ||
	       full == SECCOMP_RET_KILL_PROCESS;
}

/* Refused in the same way, by the same rule. */
static bool
is_same(const struct denials_record *a, const struct denials_record *b)
{
	return a->first.nr == b->first.nr && a->first.arch == b->first.arch &&
	       a->action == b->action && a->origin.file == b->origin.file &&
	       a->origin.line == b->origin.line;
}

static bool
has_name(const struct denials_record *r)
{
	uint32_t nr = (uint32_t)r->first.nr;
	const struct calls_arch *arch = calls_arch_of(r->first.arch, nr);

	return arch != NULL && calls_name(arch, nr) != NULL;
}

/* Numbers that mean nothing may not crowd out those that do. */
static bool
has_room(const struct denials *d, const struct denials_record *call)
{
	size_t unnamed = 0;

	if (d->n == DENIALS_RECORDS)
		return false;
	for (size_t i = 0; i < d->n; i++)
		unnamed += !has_name(&d->records[i]);
	return has_name(call) || unnamed < DENIALS_UNNAMED;
}

/* The record of all calls that found no room. */
static struct denials_record *
others(struct denials *d, const struct denials_record *call)
{
	struct denials_record *r = &d->records[DENIALS_RECORDS];

	if (r->count == 0) {
		*r = (struct denials_record){ .action = call->action };
		r->first.nr = -1;
		r->origin.file = UINT16_MAX;
		r->pid = call->pid;
	}
	return r;
}

static void
count(struct denials *d, const struct denials_record *call)
{
	struct denials_record *r = d->records;

	while (r < d->records + d->n && !is_same(r, call))
		r++;
	if (r == d->records + d->n) {
		if (has_room(d, call))
			d->records[d->n++] = *call;
		else
			r = others(d, call);
	}
	r->count++;
}

static void
answer(int listener, uint64_t id, uint32_t action)
{
	int error = (int)(action & SECCOMP_RET_DATA);
	union answered a;

	memset(&a, 0, sizeof(a));
	a.resp.id = id;
	a.resp.error = -(error > ERRNO_MAX ? ERRNO_MAX : error);
	/* ENOENT: a signal has taken it away in the meantime */
	(void)ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &a.resp);
}

/*
 * A call that kills is answered only if its process cannot be killed; refused
 * it is in any case.
 */
static void
refuse(struct denials *d, uint64_t id, const struct denials_record *call)
{
	uint32_t action = call->action;
	bool program = false;

	if ((action & SECCOMP_RET_ACTION_FULL) != SECCOMP_RET_ERRNO) {
		int r = denials_kill(d, id, call->pid, &program);

		if (program && !d->killed) {
			d->killed = true;
			d->last = *call;
		}
		if (r == 0)
			return;
		action = SECCOMP_RET_ERRNO | EPERM;
	}
	answer(atomic_load(&d->listener), id, action);
}

/* False: there is nothing to receive, or no way to. */
static bool
serve_one(struct denials *d)
{
	struct denials_record call = { .count = 0 };
	union received in;

	/* the kernel insists on zeros */
	memset(&in, 0, sizeof(in));
	if (ioctl(atomic_load(&d->listener), SECCOMP_IOCTL_NOTIF_RECV,
		  &in.notif) < 0)
		return errno == ENOENT; /* its caller is gone: the next one */
	call.first = in.notif.data;
	call.pid = (int32_t)in.notif.pid;
	call.action = policy_decide(d->policy, &call.first, &call.origin);
	/* our filter asks about nothing else; if it did, it would be refused */
	if (!is_refusal(call.action))
		call.action = SECCOMP_RET_ERRNO | EPERM;
	count(d, &call);
	refuse(d, in.notif.id, &call);
	return true;
}

/*
 * Receiving blocks if there is nothing, so it is looked at first.  When no
 * process is left that could call, the kernel says so for ever.
 */
static bool
waits(struct denials *d)
{
	struct pollfd p = { atomic_load(&d->listener), POLLIN, 0 };

	if (p.fd < 0 || poll(&p, 1, 0) <= 0)
		return false;
	if ((p.revents & POLLIN) != 0)
		return true;
	if ((p.revents & POLLNVAL) != 0) /* not ours any more */
		atomic_store(&d->listener, -1);
	else
		denials_close(d);
	return false;
}

void
denials_serve(struct denials *d)
{
	for (unsigned i = 0; i < DENIALS_ROUND && waits(d); i++)
		if (!serve_one(d))
			return;
}

static uint64_t
due_at(const struct denials_record *r)
{
	if (r->count == r->told)
		return CAISSON_FOREVER;
	return r->told == 0 ? 0 : r->told_at + DENIALS_AGAIN_MS;
}

uint64_t
denials_due_at(const struct denials *d)
{
	uint64_t due = CAISSON_FOREVER;

	for (size_t i = 0; i <= DENIALS_RECORDS; i++) {
		const struct denials_record *r = &d->records[i];

		/* who never asks for any must not be kept awake */
		if (r->told > 0 && due_at(r) < due)
			due = due_at(r);
	}
	return due;
}

bool
denials_has_news(const struct denials *d, bool ended, uint64_t *next)
{
	uint64_t now = clock_mono_ms();
	bool is_there = false;

	*next = CAISSON_FOREVER;
	for (size_t i = 0; i <= DENIALS_RECORDS; i++) {
		uint64_t due = due_at(&d->records[i]);

		if (due == CAISSON_FOREVER)
			continue;
		if (due <= now || ended)
			is_there = true;
		else if (due < *next)
			*next = due;
	}
	return is_there;
}

static void
describe(const struct denials *d, const struct denials_record *r,
	 struct caisson_denial *out)
{
	uint32_t nr = (uint32_t)r->first.nr;
	const struct calls_arch *arch = calls_arch_of(r->first.arch, nr);

	out->arch = r->first.arch;
	out->nr = nr;
	out->action = r->action;
	out->name = arch != NULL ? calls_name(arch, nr) : NULL;
	out->pid = r->pid;
	for (size_t i = 0; i < 6; i++)
		out->args[i] = r->first.args[i];
	out->count = r->count;
	if (r->origin.line == 0 || r->origin.file >= d->policy->n_files)
		return;
	out->file = d->policy->files[r->origin.file];
	out->line = r->origin.line;
}

bool
denials_next(struct denials *d, bool ended, struct caisson_denial *out)
{
	uint64_t now = clock_mono_ms();

	for (size_t i = 0; i <= DENIALS_RECORDS; i++) {
		struct denials_record *r = &d->records[i];
		uint64_t due = due_at(r);

		if (due == CAISSON_FOREVER || (due > now && !ended))
			continue;
		r->told = r->count;
		r->told_at = now;
		describe(d, r, out);
		return true;
	}
	return false;
}
