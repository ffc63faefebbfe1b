/* SPDX-License-Identifier: Apache-2.0 */
/* Setters: what the program is as a process.  They only fill the spec. */
#include "spec/edit.h"

int
caisson_spec_set_group(struct caisson_spec *spec, int32_t pgid,
		       struct caisson_error *err)
{
	int r = edit_begin(spec, err);

	if (r < 0)
		return r;
	spec->process.group = pgid;
	spec->process.has_group = true;
	return 0;
}

int
caisson_spec_set_session(struct caisson_spec *spec, bool own,
			 struct caisson_error *err)
{
	int r = edit_begin(spec, err);

	if (r < 0)
		return r;
	spec->process.session = own;
	return 0;
}

int
caisson_spec_set_tty(struct caisson_spec *spec, uint32_t tty,
		     struct caisson_error *err)
{
	int r = edit_begin(spec, err);

	if (r < 0)
		return r;
	spec->process.tty = tty;
	return 0;
}

int
caisson_spec_set_foreground(struct caisson_spec *spec, bool foreground,
			    struct caisson_error *err)
{
	int r = edit_begin(spec, err);

	if (r < 0)
		return r;
	spec->process.foreground = foreground;
	return 0;
}

int
caisson_spec_set_parent_death_signal(struct caisson_spec *spec, int signo,
				     struct caisson_error *err)
{
	int r = edit_begin(spec, err);

	if (r < 0)
		return r;
	spec->process.parent_death_signal = signo;
	return 0;
}

int
caisson_spec_set_umask(struct caisson_spec *spec, uint32_t mask,
		       struct caisson_error *err)
{
	int r = edit_begin(spec, err);

	if (r < 0)
		return r;
	spec->process.umask = mask;
	spec->process.has_umask = true;
	return 0;
}

int
caisson_spec_set_nice(struct caisson_spec *spec, int nice,
		      struct caisson_error *err)
{
	int r = edit_begin(spec, err);

	if (r < 0)
		return r;
	spec->process.nice = nice;
	spec->process.has_nice = true;
	return 0;
}

int
caisson_spec_set_oom_score_adj(struct caisson_spec *spec, int adj,
			       struct caisson_error *err)
{
	int r = edit_begin(spec, err);

	if (r < 0)
		return r;
	spec->process.oom_score_adj = adj;
	spec->process.has_oom_score_adj = true;
	return 0;
}

int
caisson_spec_set_chroot(struct caisson_spec *spec, const char *path,
			struct caisson_error *err)
{
	int r = edit_begin(spec, err);

	if (r < 0)
		return r;
	return edit_text(&spec->process.chroot, path, "path", err);
}

int
caisson_spec_set_ptrace(struct caisson_spec *spec, bool traced,
			struct caisson_error *err)
{
	int r = edit_begin(spec, err);

	if (r < 0)
		return r;
	spec->process.ptrace = traced;
	return 0;
}
