/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A system that is the same everywhere, for grants to be read against.
 *
 *	users	root 0, agent 1000 (also in builders), builder 1500 (also in
 *		audio 29), anna 1001, ann 1002, operator 37 (also in root's
 *		group), lost: its groups cannot be looked up
 *	groups	root 0, audio 29, agents 1000, builders 1500, staff 50,
 *		operators 60
 *	paths	below /missing nothing exists; /tmp is writable for others;
 *		/srv/anna is anna's; /bin is a symbolic link; /usr/bin/data is
 *		no program, /usr/bin/twice has two names; all others are right
 *	filters	default, build, and policies below /etc, of which odd is no whole
 *		number of instructions
 */
#ifndef GRANT_TOWN_H
#define GRANT_TOWN_H

#include "grant/text.h"

extern const struct grant_system town;

/*
 * A rule a line, in words, for tests to compare.  Heap; ends the program
 * without memory.
 */
char *town_show(const struct grant_bytes *bytes);

#endif
